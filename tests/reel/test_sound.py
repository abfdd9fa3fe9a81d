"""The sound of one film in another: the same samples at the same time, whatever the container."""

import signal
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.reel.conftest import SIZE, moving
from zoomdream.errors import ZoomdreamError
from zoomdream.reel import Sound, encode, has_sound, probe, read_metadata
from zoomdream.reel.ffmpeg import executable, run

RATE = 8000


def with_sound(path: Path, *codec: str, video_after: float = 0.0, seconds: int = 1, size: str = "64x48") -> Path:
    """Make a film in which a beep begins after half a second, with ffmpeg alone."""
    beep = f"aevalsrc='if(gte(t,0.5),sin(2764*t),0)':s={RATE}:d={seconds}"
    source = ["-f", "lavfi", "-itsoffset", str(video_after), "-i", f"testsrc=s={size}:r=30000/1001:d={seconds}"]
    sound = [
        "-f",
        "lavfi",
        "-i",
        beep,
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-c:a",
        *codec,
    ]
    status, _, said = run(["-loglevel", "error", *source, *sound, "-y", str(path)])
    assert status == 0, said
    return path


def samples(path: Path) -> np.ndarray:
    """Return the sound of a film, beginning where the file begins."""
    told = ["-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
    command = [executable(), "-loglevel", "error", "-i", str(path), "-map", "0:a:0", *told]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.int16)


def beep_begins(path: Path) -> float:
    """Return when the beep begins, in seconds."""
    return int(np.argmax(np.abs(samples(path)) > 8000)) / RATE


@pytest.mark.parametrize(
    ("source", "codec", "target"),
    [
        ("a.mp4", "aac", "b.mp4"),
        ("a.mkv", "flac", "b.mkv"),
        ("a.mov", "pcm_s16le", "b.mov"),
        ("a.mp4", "aac", "b.webm"),
    ],
)
def test_sound_stays_where_it_was(here, source, codec, target):
    film = with_sound(here / source, codec)
    frames = probe(film).frames
    report = encode(
        here / target,
        moving(frames),
        Fraction(30000, 1001),
        SIZE,
        metadata={"seed": 7},
        frame_count=frames,
        sound=Sound(film),
    )
    made = probe(here / target)
    assert (made.frames, made.fps, report.bytes) == (frames, Fraction(30000, 1001), (here / target).stat().st_size)
    assert read_metadata(here / target) == {"seed": 7}
    assert beep_begins(here / target) == pytest.approx(0.5, abs=0.01)
    if not target.endswith("webm"):
        assert (samples(here / target) == samples(film)).all()
    assert sorted(path.name for path in here.iterdir()) == sorted([source, target])


def test_pictures_that_come_after_the_sound_still_do(here):
    film = with_sound(here / "a.mkv", "flac", video_after=0.4)
    start = probe(film).start
    assert float(start) == pytest.approx(0.4, abs=0.002)
    encode(here / "b.mkv", moving(30), Fraction(30000, 1001), SIZE, sound=Sound(film, start))
    assert float(probe(here / "b.mkv").start) == pytest.approx(0.4, abs=0.002)
    assert beep_begins(here / "b.mkv") == pytest.approx(0.5, abs=0.01)


def test_a_film_that_is_stopped_ends_with_its_sound(here):
    def stopped():
        yield from moving(20)
        raise SystemExit(128 + signal.SIGINT)

    film = with_sound(here / "a.mp4", "aac")
    with pytest.raises(SystemExit):
        encode(here / "b.mp4", stopped(), 30, SIZE, sound=Sound(film))
    assert probe(here / "b.mp4").frames == 20
    assert len(samples(here / "b.mp4")) / RATE == pytest.approx(20 / 30, abs=0.13)


def test_a_format_without_sound_leaves_it_out(here):
    encode(here / "b.gif", moving(5), 10, SIZE, sound=Sound(with_sound(here / "a.mp4", "aac")))
    assert not has_sound(here / "b.gif")
    assert has_sound(here / "a.mp4")


def test_where_there_is_no_sound_the_film_is_kept_and_that_is_said(here):
    encode(here / "a.mp4", moving(5), 10, SIZE)
    with pytest.raises(ZoomdreamError, match=r"b\.mp4 is silent: The sound of .*a\.mp4 cannot be put into a \.mp4"):
        encode(here / "b.mp4", moving(5), 10, SIZE, sound=Sound(here / "a.mp4"))
    assert probe(here / "b.mp4").frames == 5
    assert sorted(path.name for path in here.iterdir()) == ["a.mp4", "b.mp4"]
