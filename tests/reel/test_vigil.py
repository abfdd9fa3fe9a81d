"""An ffmpeg that gets nowhere is ended and quoted, whatever it was to do; one that is slow is waited for."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from tests.reel.conftest import SIZE, children, moving
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.inspection import inspect
from zoomdream.reel import encode, ffmpeg, probe, read_frames, read_metadata, vigil
from zoomdream.reel.encode import plan_film
from zoomdream.reel.job.joining import join
from zoomdream.reel.output import Plan
from zoomdream.reel.pipe import EncoderFailed
from zoomdream.reel.sound import Sound, add_sound

Install = Callable[[str], None]

REAL = f"'{get_ffmpeg_exe()}' \"$@\""
PATIENCE = 0.4


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everyone lose patience soon."""
    monkeypatch.setattr(vigil, "PATIENCE", PATIENCE)


@pytest.fixture
def film(here: Path) -> Path:
    """Return a film of nine frames."""
    encode(here / "film.mp4", moving(9), 30, SIZE)
    return here / "film.mp4"


def planned(here: Path) -> Plan:
    """Return the plan of a film that is joined from one segment."""
    return plan_film(here / "joined.mp4", SIZE, 30, None, None, False)


def joined(film: Path) -> None:
    """Join a film from one segment."""
    plan = planned(film.parent)
    join([film], plan.path, plan, "{}")


DEEDS: dict[str, Callable[[Path], object]] = {
    "probe": probe,
    "read": lambda film: list(read_frames(film)),
    "inspect": inspect,
    "metadata": read_metadata,
    "join": joined,
    "sound": lambda film: add_sound(film, Sound(film), planned(film.parent).format),
}

STUCK = {
    "sleeps at once": "echo 'so tired' >&2; exec sleep 100",
    "sleeps in a child": "echo 'so tired' >&2; (sleep 100); exit",
    "sleeps when it is done": f"{REAL}; echo 'so tired' >&2; sleep 100",
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("script", STUCK.values(), ids=STUCK)
def test_an_ffmpeg_that_sleeps_is_ended_and_quoted(film: Path, stand_in: Install, deed: str, script: str) -> None:
    before = film.read_bytes()
    stand_in(script)
    start = time.monotonic()
    with pytest.raises(
        ZoomdreamError, match=r"ffmpeg made no progress for 0\.4 seconds and was ended: .*so tired"
    ) as caught:
        DEEDS[deed](film)
    assert not isinstance(caught.value, BadInput)
    assert time.monotonic() - start < 60
    assert film.read_bytes() == before
    assert not children()


def test_what_sleeps_midway_is_ended_after_the_frames_that_came(film: Path, stand_in: Install) -> None:
    stand_in(f"{REAL} | head -c 20000; sleep 100")
    came = []
    with pytest.raises(ZoomdreamError, match="no progress"):
        came.extend(read_frames(film))  # a list keeps what came before an error
    assert len(came) == 2
    assert not children()


SLOW = {
    "it thinks": "timeout 1.2 sh -c 'while :; do :; done'",
    "it speaks": "for i in 1 2 3 4 5 6 7 8; do sleep 0.15; echo patience >&2; done",
}


@pytest.mark.parametrize("deed", ["probe", "read", "inspect", "join"])
@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
def test_an_ffmpeg_that_is_slow_but_alive_is_waited_for(film: Path, stand_in: Install, deed: str, script: str) -> None:
    stand_in(f"{script}; {REAL}")
    DEEDS[deed](film)
    assert deed != "join" or probe(film.with_name("joined.mp4")).frames == 9


def test_an_ffmpeg_whose_frames_nobody_takes_is_not_stuck(here: Path) -> None:
    big = (640, 480)
    encode(here / "film.mp4", moving(6, big), 30, big)
    frames = read_frames(here / "film.mp4")
    next(frames)
    time.sleep(3 * PATIENCE)
    assert len(list(frames)) == 5


@pytest.mark.parametrize("script", ["exec yes complaint >&2", "yes complaint >&2 & cat >/dev/null; wait"])
def test_an_encoder_that_floods_its_log_is_ended_at_once(here: Path, stand_in: Install, script: str) -> None:
    stand_in(script)
    start = time.monotonic()
    with pytest.raises(EncoderFailed, match=r"The encoder said more than 16 MB and was ended: .*complaint"):
        encode(here / "film.mp4", moving(20, (640, 480)), 30, (640, 480), patience=8)
    assert time.monotonic() - start < 60
    assert not list(here.iterdir())
    assert not children()


def test_a_decoder_that_floods_its_log_is_ended(film: Path, stand_in: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "REPORT", 20)
    stand_in("exec yes complaint >&2")
    with pytest.raises(ZoomdreamError, match=r"ffmpeg said more than 20 MB and was ended: .*complaint"):
        probe(film)


def test_an_encoder_that_only_thinks_is_ended_after_some_time(
    here: Path, stand_in: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vigil, "_THINKING", 4)
    stand_in("while :; do :; done")
    start = time.monotonic()
    with pytest.raises(EncoderFailed, match="no progress for 2 seconds"):
        encode(here / "film.mp4", moving(20, (640, 480)), 30, (640, 480), patience=0.5)
    assert 2 < time.monotonic() - start < 60
    assert not children()


def test_an_encoder_that_thinks_for_a_while_is_waited_for(here: Path, stand_in: Install) -> None:
    stand_in(f"timeout 1.2 sh -c 'while :; do :; done'; {REAL}")
    encode(here / "film.mp4", moving(9), 30, SIZE, patience=PATIENCE)
    assert probe(here / "film.mp4").frames == 9
