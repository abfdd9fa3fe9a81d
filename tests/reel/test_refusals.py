"""What can be refused is refused at once, in one sentence, and nothing is touched."""

import os
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.reel.conftest import HEIGHT, SIZE, WIDTH, moving
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.reel import check_output, encode, ffmpeg
from zoomdream.reel.rate import frame_rate, likely_rate

REFUSALS = [
    ("film.mp5", {}, "cannot be written as .mp5 (did you mean '.mp4'?); the suffixes are .mp4, .mkv, .webm"),
    ("film.mp4", {"codec": "h256"}, "cannot hold the codec 'h256' (did you mean 'h265'?)"),
    ("film.webm", {"codec": "h264"}, "it holds vp9, av1"),
    ("film", {"codec": "h264"}, "A folder of PNGs cannot hold the codec 'h264'"),
    ("film.mp4", {"size": (65, 48)}, "the nearest size is 64x48"),
    ("film.mp4", {"size": (64, 47)}, "takes even width and height"),
    ("film.mov", {"size": (66, 48), "codec": "hap"}, "takes multiples of 4"),
    ("film.mp4", {"size": (64.5, 48)}, "The size 64.5x48 does not suit h264"),
    ("film.mp4", {"size": (0, 48)}, "the nearest size is 2x48"),
    ("film.mp4", {"size": (8, 48), "codec": "h265"}, "the nearest size is 16x48"),
    ("film.gif", {"size": (65536, 48)}, "the nearest size is 65535x48"),
    ("film.webp", {"size": (48, 16384)}, "the nearest size is 48x16383"),
    ("film.mp4", {"size": (16386, 48)}, "the nearest size is 16384x48"),
    ("film.mp4", {"crf": 52}, "a whole number from 1 (finest) to 51, not 52"),
    ("film.mp4", {"crf": -1}, "the default is 17"),
    ("film.webm", {"crf": 64}, "from 0 (finest) to 63"),
    ("film.mov", {"crf": 17}, "prores has no crf"),
    ("film.mov", {"crf": 17, "codec": "hap"}, "hap has no crf"),
    ("film.gif", {"crf": 17}, "gif has no crf"),
    ("film", {"crf": 17}, "png has no crf"),
    ("film.gif", {"fps": 60}, "at most 50 frames per second, not 60"),
    ("film.webp", {"fps": 120}, "at most 90 frames per second"),
    ("film.mp4", {"fps": 0}, "cannot run at 0 frames per second"),
    ("film.mp4", {"fps": float("nan")}, "cannot run at nan frames per second"),
    (".mp4", {}, "is only a suffix"),
    ("", {}, "is not the name of a film"),
    (".", {}, "is not the name of a film"),
    ("..", {}, "is not the name of a film"),
    ("a\0b.mp4", {}, "is not the name of a film"),
    ("x" * 300 + ".mp4", {}, "cannot be used as a name"),
    ("none/film.mp4", {}, "films/none; make it first"),
    ("file.txt/film.mp4", {}, "There is no folder"),
    ("folder.mp4", {}, "folder.mp4 is a folder; name a file"),
    ("old.mp4", {}, "old.mp4 exists; add --force to replace it."),
    ("pipe.mp4", {"force": True}, "is not an ordinary file"),
    ("plain", {"force": True}, "is a file, and a name without suffix is a folder of PNGs"),
    ("pngs", {}, "exists and is not empty; add --force to replace it."),
    ("/proc/", {"force": True}, "/proc is a mount point and cannot be replaced"),
    ("mixed", {"force": True}, "holds diary.txt, which is no numbered PNG"),
]


@pytest.fixture
def crowded(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, made the current one, with all kinds of things in the way."""
    for name in ("folder.mp4", "pngs", "mixed"):
        (here / name).mkdir()
    for name in ("old.mp4", "file.txt", "plain", "pngs/000000.png", "mixed/000000.png", "mixed/diary.txt"):
        (here / name).write_text("precious")
    os.mkfifo(here / "pipe.mp4")
    monkeypatch.chdir(here)
    return here


@pytest.mark.parametrize(("name", "request_", "sentence"), REFUSALS)
def test_refused_before_any_process(
    crowded: Path, monkeypatch: pytest.MonkeyPatch, name: str, request_: dict[str, object], sentence: str
) -> None:
    monkeypatch.setattr(ffmpeg, "executable", lambda: pytest.fail("a process was wanted"))
    before = sorted(crowded.rglob("*"))
    options = {"size": SIZE, "fps": 30, **request_}
    with pytest.raises(BadInput, match=re.escape(sentence)) as caught:
        check_output(name, **options)
    with pytest.raises(BadInput):
        encode(name, moving(3), **options)
    assert "\n" not in str(caught.value) and str(caught.value).endswith((".", "?)"))
    assert sorted(crowded.rglob("*")) == before


@pytest.mark.parametrize("name", ["film.mp4", "film.webm", "film.mov", "film.gif", "film.webp", "film", "film/"])
def test_good_output_is_passed_and_nothing_is_left(here: Path, name: str) -> None:
    check_output(f"{here}/{name}", SIZE, Fraction(25))
    assert not list(here.iterdir())


def test_folder_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(BadInput, match="Nothing can be written in the folder /proc"):
        check_output("/proc/film.mp4", SIZE, 30)


def test_hardware_that_is_not_there_is_refused_with_ffmpegs_words(here: Path, stand_in: Callable[[str], None]) -> None:
    stand_in("echo 'Cannot load libnvidia-encode.so.1' >&2; exit 1")
    with pytest.raises(BadInput, match=r"This machine cannot encode 64x48 with h264_nvenc: Cannot load libnvidia"):
        check_output(here / "film.mp4", SIZE, 30, codec="h264_nvenc")
    assert not list(here.iterdir())


def test_missing_ffmpeg_is_told_before_work(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nowhere/ffmpeg")
    with pytest.raises(ZoomdreamError, match="/nowhere/ffmpeg does not exist"):
        check_output(here / "film.mp4", SIZE, 30)
    check_output(here / "film", SIZE, 30)  # PNGs need none


WRONG = [
    (np.zeros((HEIGHT, WIDTH), np.float32), r"Frame 2 has the shape \(48, 64\); this film needs \(48, 64, 3\)"),
    (np.zeros((WIDTH, HEIGHT, 3), np.float32), "Frame 2 has the shape"),
    (np.zeros((HEIGHT, WIDTH, 3), np.uint8), "Frame 2 is uint8"),
    (np.full((HEIGHT, WIDTH, 3), np.nan, np.float32), "Frame 2 holds values that are not numbers"),
    (None, "Frame 2 is NoneType"),
]


@pytest.mark.parametrize(("frame", "sentence"), WRONG)
@pytest.mark.parametrize("name", ["film.mp4", "film"])
def test_wrong_frame_is_named_and_nothing_is_left(here: Path, name: str, frame: np.ndarray, sentence: str) -> None:
    with pytest.raises(ZoomdreamError, match=sentence):
        encode(here / name, [*moving(2), frame], 30, SIZE)
    assert not list(here.iterdir())


@pytest.mark.parametrize("name", ["film.mp4", "film"])
@pytest.mark.parametrize(
    ("sent", "announced", "sentence"),
    [(0, None, "no frame to encode"), (3, 4, "Only 3 of the 4"), (5, 4, "More than the 4 frames")],
)
def test_wrong_number_of_frames_leaves_nothing(
    here: Path, name: str, sent: int, announced: int | None, sentence: str
) -> None:
    with pytest.raises(ZoomdreamError, match=sentence):
        encode(here / name, moving(sent), 30, SIZE, frame_count=announced)
    assert not list(here.iterdir())


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (30, Fraction(30)),
        (29.97, Fraction(30000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (30.0, Fraction(30)),
        (12.5, Fraction(25, 2)),
        (Fraction(7, 3), Fraction(7, 3)),
    ],
)
def test_rates_are_exact(fps: float, rate: Fraction) -> None:
    assert frame_rate(fps) == rate


def test_likely_rate_is_the_simplest_that_fits() -> None:
    millisecond = Fraction(1, 1000)
    assert likely_rate(20, Fraction(633, 1000), millisecond) == 30
    assert likely_rate(3001, Fraction(100100, 1000), millisecond) == Fraction(30000, 1001)
    assert likely_rate(101, Fraction(8), millisecond) == Fraction(25, 2)
    assert likely_rate(1, Fraction(0), millisecond) is None
