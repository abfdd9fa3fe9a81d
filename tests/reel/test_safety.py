"""Whatever happens, the final name holds a whole film or what it held before."""

import os
import re
import signal
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from tests.reel.conftest import SIZE, children, moving
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.reel import encode, probe, read_metadata
from zoomdream.reel.folder import PngFolder

HOSTILE = [
    "-y.mp4",
    "a:b.mp4",
    "concat:a|b.mp4",
    "a\nb.mp4",
    "%d.mp4",
    "%03d.gif",
    "file:x.webm",
    "é 'q\".mkv",
    "~.mov",
]
BIG = (640, 480)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_taken_literally(here: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    strange = here / "50%d: -i"
    strange.mkdir()
    monkeypatch.chdir(strange)
    encode(name, moving(3), 20, SIZE, metadata={"a": 1})
    assert [p.name for p in strange.iterdir()] == [name]
    assert probe(name).frames == 3
    assert read_metadata(name) == {"a": 1}


STAND_INS = {
    "refuses at once": "echo 'no such encoder here' >&2; exit 1",
    "dies midway": "head -c 2000000 >/dev/null; echo 'disk is full' >&2; exit 228",
    "floods stderr": "yes 'a very long complaint' | head -c 3000000 >&2; head -c 2000000 >/dev/null; exit 3",
    "kills itself": "head -c 2000000 >/dev/null; kill -9 $$",
    "ends well too early": "head -c 2000000 >/dev/null; exit 0",
    "writes nothing": "cat >/dev/null; exit 0",
    "fails at the end": "cat >/dev/null; echo 'cannot write the trailer' >&2; exit 1",
}
WORDS = {
    "refuses at once": "exit status 1: no such encoder here",
    "dies midway": "exit status 228: disk is full",
    "floods stderr": "exit status 3: .*a very long complaint",
    "kills itself": "by signal 9",
    "ends well too early": "exit status 0",
    "writes nothing": "cannot be read back",
    "fails at the end": "cannot write the trailer",
}


@pytest.mark.parametrize("fault", STAND_INS)
def test_failing_encoder_is_quoted_and_leaves_nothing(here: Path, stand_in: Callable[[str], None], fault: str) -> None:
    stand_in(STAND_INS[fault])
    before = children()
    with pytest.raises(ZoomdreamError, match=WORDS[fault]) as caught:
        encode(here / "film.mp4", moving(30, BIG), 30, BIG)
    assert not isinstance(caught.value, BadInput)
    assert not list(here.iterdir())
    assert children() == before


def test_lost_frames_are_noticed(here: Path, stand_in: Callable[[str], None]) -> None:
    real = imageio_ffmpeg.get_ffmpeg_exe()
    stand_in(f"head -c {SIZE[0] * SIZE[1] * 3 * 4} | '{real}' \"$@\"; status=$?; cat >/dev/null; exit $status")
    with pytest.raises(ZoomdreamError, match="was given 9 frames, but its file has 4"):
        encode(here / "film.mp4", moving(9), 30, SIZE)
    assert not list(here.iterdir())


@pytest.mark.parametrize("script", ["sleep 100", "cat >/dev/null; sleep 100"])
def test_stuck_encoder_is_ended(here: Path, stand_in: Callable[[str], None], script: str) -> None:
    stand_in(f"echo 'thinking' >&2; {script}")
    start = time.monotonic()
    with pytest.raises(ZoomdreamError, match=r"no progress for .* seconds and was ended: thinking"):
        encode(here / "film.mp4", moving(20, BIG), 30, BIG, patience=0.5)
    assert time.monotonic() - start < 20
    assert not list(here.iterdir())
    assert not children()


def test_stopped_encoder_is_ended(here: Path) -> None:
    def frames() -> Iterator[np.ndarray]:
        for index, frame in enumerate(moving(100, BIG)):
            if index == 5:
                os.kill(children()[0], signal.SIGSTOP)
            yield frame

    with pytest.raises(ZoomdreamError, match="no progress"):
        encode(here / "film.mp4", frames(), 30, BIG, patience=0.5)
    assert not list(here.iterdir())
    assert not children()


def test_killed_encoder_leaves_the_old_film(here: Path) -> None:
    encode(here / "film.mp4", moving(3), 30, SIZE)
    old = (here / "film.mp4").read_bytes()

    def frames() -> Iterator[np.ndarray]:
        for index, frame in enumerate(moving(60, BIG)):
            if index == 10:
                os.kill(children()[0], signal.SIGKILL)
            yield frame

    with pytest.raises(ZoomdreamError, match="by signal 9"):
        encode(here / "film.mp4", frames(), 30, BIG, force=True)
    assert (here / "film.mp4").read_bytes() == old
    assert [p.name for p in here.iterdir()] == ["film.mp4"]
    assert not children()


def stopped(error: BaseException, after: int) -> Iterator[np.ndarray]:
    yield from moving(after)
    raise error


@pytest.mark.parametrize("name", ["film.mp4", "film.webm", "film.gif", "film"])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_interrupted_film_is_whole_and_shorter(here: Path, name: str, kind: type[BaseException]) -> None:
    error = kind(143)
    with pytest.raises(kind) as caught:
        encode(here / name, stopped(error, 7), 30, SIZE, metadata={"a": 1}, frame_count=100)
    assert caught.value is error
    assert error.__notes__ == [f"{here / name} holds what there is."]
    assert probe(here / name).frames == 7
    assert read_metadata(here / name) == {"a": 1}
    assert [p.name for p in here.iterdir()] == [name]
    assert not children()


@pytest.mark.parametrize("name", ["film.mp4", "film"])
@pytest.mark.parametrize(("error", "after"), [(KeyboardInterrupt(), 0), (ValueError("a bug"), 5), (GeneratorExit(), 5)])
def test_any_other_end_leaves_nothing(here: Path, name: str, error: BaseException, after: int) -> None:
    with pytest.raises(type(error)):
        encode(here / name, stopped(error, after), 30, SIZE)
    assert not list(here.iterdir())
    assert not children()


@contextmanager
def alarm_interrupts() -> Iterator[None]:
    """Have the alarm raise `KeyboardInterrupt`, as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt("alarm")

    old = signal.signal(signal.SIGALRM, interrupt)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def test_second_interrupt_while_the_film_is_finished_discards_it(here: Path, stand_in: Callable[[str], None]) -> None:
    stand_in(f"'{imageio_ffmpeg.get_ffmpeg_exe()}' \"$@\"; sleep 100")

    def frames() -> Iterator[np.ndarray]:
        yield from moving(3)
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        raise KeyboardInterrupt("the first")

    with alarm_interrupts(), pytest.raises(KeyboardInterrupt, match="alarm") as caught:
        encode(here / "film.mp4", frames(), 30, SIZE)
    assert not hasattr(caught.value, "__notes__")
    assert not list(here.iterdir())
    assert not children()


def test_interrupt_while_the_encoder_is_busy_keeps_whole_frames(here: Path) -> None:
    """A real signal, at a moment that nobody chose."""

    def frames() -> Iterator[np.ndarray]:
        yield from moving(3, BIG)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        yield from moving(100_000, BIG)

    with alarm_interrupts(), pytest.raises(KeyboardInterrupt):
        encode(here / "film.mp4", frames(), 30, BIG)
    assert probe(here / "film.mp4").frames >= 3
    assert not children()


def test_encoder_is_out_of_reach_of_a_terminals_interrupt(here: Path) -> None:
    sessions = []

    def frames() -> Iterator[np.ndarray]:
        yield from moving(2)
        sessions.extend(os.getsid(child) for child in children())
        yield from moving(2)

    encode(here / "film.mp4", frames(), 30, SIZE)
    assert sessions and os.getsid(0) not in sessions


def test_force_replaces_a_film_through_a_link(here: Path) -> None:
    (here / "real.mp4").write_text("old")
    (here / "link.mp4").symlink_to("real.mp4")
    encode(here / "link.mp4", moving(3), 30, SIZE, force=True)
    assert (here / "link.mp4").is_symlink()
    assert probe(here / "real.mp4").frames == 3


def test_film_has_the_usual_permissions(here: Path) -> None:
    encode(here / "film.gif", moving(2), 30, SIZE, metadata={"a": 1})
    (here / "plain").touch()
    assert stat.S_IMODE((here / "film.gif").stat().st_mode) == stat.S_IMODE((here / "plain").stat().st_mode)


def during(frames: Iterable[np.ndarray], deed: Callable[[], object]) -> Iterator[np.ndarray]:
    """Yield the frames, and do ``deed`` before the film is finished."""
    yield from frames
    deed()


def kept(caught: pytest.ExceptionInfo[ZoomdreamError]) -> Path:
    """Return the place that the error names."""
    assert caught.value.exit_status == 1
    return Path(str(caught.value).partition("so the film is kept as ")[2].removesuffix("."))


MEANWHILE: dict[str, Callable[[Path], object]] = {
    "a file": lambda place: place.write_text("someone else's"),
    "a folder": lambda place: place.mkdir(),
    "a link to nothing": lambda place: place.symlink_to("nowhere"),
}


@pytest.mark.parametrize("came", MEANWHILE)
def test_what_appears_meanwhile_is_left_alone_and_the_film_is_kept(here: Path, came: str) -> None:
    place = here / "film.mp4"
    with pytest.raises(ZoomdreamError) as caught:
        encode(place, during(moving(3), lambda: MEANWHILE[came](place)), 30, SIZE)
    assert place.is_symlink() or place.is_dir() or place.read_text() == "someone else's"
    assert re.fullmatch(r"film-[0-9a-f]{4}\.mp4", kept(caught).name)
    assert probe(kept(caught)).frames == 3
    assert sorted(here.iterdir()) == sorted([place, kept(caught)])


def test_folder_that_appears_meanwhile_is_left_alone_even_by_force(here: Path) -> None:
    with pytest.raises(ZoomdreamError) as caught:
        encode(here / "film.mp4", during(moving(3), (here / "film.mp4").mkdir), 30, SIZE, force=True)
    assert probe(kept(caught)).frames == 3
    assert sorted(here.iterdir()) == sorted([here / "film.mp4", kept(caught)])


def test_force_replaces_a_folder_of_pngs(here: Path) -> None:
    encode(here / "film", moving(5), 30, SIZE)
    encode(here / "film", moving(2), 30, SIZE, force=True)
    assert probe(here / "film").frames == 2
    assert [p.name for p in here.iterdir()] == ["film"]


def test_picture_cut_short_by_an_interruption_is_dropped(here: Path) -> None:
    pictures = PngFolder(here / "film", None)
    for frame in moving(2):
        pictures.write(frame)
    (pictures.part / "000002.png").write_bytes(b"\x89PNG")
    assert pictures.finish() == 2
    pictures.publish(force=False)
    assert probe(here / "film").frames == 2


def test_empty_folder_is_filled(here: Path) -> None:
    (here / "film").mkdir()
    encode(here / "film", moving(2), 30, SIZE)
    assert probe(here / "film").frames == 2


def test_folder_that_gains_something_meanwhile_is_not_replaced_and_the_frames_are_kept(here: Path) -> None:
    place = here / "v1.5"
    encode(f"{place}/", moving(5), 30, SIZE)
    with pytest.raises(ZoomdreamError) as caught:
        encode(f"{place}/", during(moving(2), (place / "diary.txt").touch), 30, SIZE, force=True)
    assert len(list(place.iterdir())) == 6
    assert re.fullmatch(r"v1\.5-[0-9a-f]{4}", kept(caught).name)
    assert probe(kept(caught)).frames == 2
    assert sorted(here.iterdir()) == sorted([place, kept(caught)])


@pytest.mark.parametrize("came", ["a file", "a link to nothing"])
def test_frames_are_kept_whatever_came_to_their_place(here: Path, came: str) -> None:
    place = here / "film"
    with pytest.raises(ZoomdreamError) as caught:
        encode(place, during(moving(2), lambda: MEANWHILE[came](place)), 30, SIZE)
    assert probe(kept(caught)).frames == 2
    assert sorted(here.iterdir()) == sorted([place, kept(caught)])


@pytest.mark.parametrize("name", ["film.mp4", "film"])
def test_film_whose_name_the_system_refuses_is_kept(here: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As when a player on Windows holds the old film open, or the folder is a mount point."""
    rename = os.rename

    def refuse(old: Path, new: Path) -> None:
        if Path(new) == here / name:
            raise PermissionError(13, "it is in use")
        rename(old, new)

    monkeypatch.setattr(os, "rename", refuse)
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(ZoomdreamError, match=r"cannot be replaced \(it is in use\)") as caught:
        encode(here / name, moving(2), 30, SIZE)
    assert probe(kept(caught)).frames == 2
    assert sorted(here.iterdir()) == [kept(caught)]


def test_an_interrupted_film_is_kept_beside_too(here: Path) -> None:
    (here / "film").mkdir()
    frames = during(moving(2), (here / "film" / "diary.txt").touch)
    with pytest.raises(ZoomdreamError) as caught:
        encode(here / "film", chain(frames, stopped(KeyboardInterrupt(), 1)), 30, SIZE)
    assert probe(kept(caught)).frames == 3
