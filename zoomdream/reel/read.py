"""The frames of a film, one after another, as RGB."""

import tempfile
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from subprocess import Popen
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import ImageSequence

from zoomdream.errors import BadInput
from zoomdream.picture.image import open_picture
from zoomdream.reel import ffmpeg, folder
from zoomdream.reel.kinds import kind_of
from zoomdream.reel.vigil import Vigil

# The matrix is the one the file names; without these flags ffmpeg's shortcuts cost up to 5/255.
TO_RGB = "scale=flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,format=rgb24"


def read_frames(path: str | PathLike[str]) -> Iterator[NDArray[np.uint8]]:
    """Yield the frames of a film, or of a folder of PNGs, as uint8 (H, W, 3) RGB.

    ffmpeg is ended when the iterator is exhausted or closed. Raises `BadInput` for what cannot be decoded,
    `ZoomdreamError` if ffmpeg gets nowhere.
    """
    place = Path(path)
    kind = kind_of(place)
    if kind == "folder":
        pictures = folder.numbered(place)
        return (frame for picture in pictures for frame in with_pillow(picture))
    return with_pillow(place) if kind in ("webp", "png") else _with_ffmpeg(place)


def with_pillow(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Yield the frames of a picture, or of an animated one; `BadInput` for what cannot be decoded."""
    with open_picture(path) as image:
        for frame in ImageSequence.Iterator(image):
            yield np.array(frame.convert("RGB"))


def _with_ffmpeg(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Decode into a stream of PPM pictures, which say their own size."""
    source = [*ffmpeg.reading(path), "-map", "0:v:0"]
    made = ["-vf", TO_RGB, "-fps_mode", "passthrough", "-c:v", "ppm", "-f", "image2pipe", "pipe:1"]
    with tempfile.TemporaryFile() as log:
        with ffmpeg.running([*ffmpeg.QUIET, *source, *made], log) as (process, watch):
            yield from ppm_pictures(process, watch)
        if process.returncode != 0:
            raise BadInput(f"{path} cannot be decoded: {ffmpeg.last_words(log)}.")


def ppm_pictures(process: Popen[bytes], watch: Vigil) -> Iterator[NDArray[np.uint8]]:
    """Yield the binary PPMs that a process prints, and wait until it ends; between two of them it may rest."""
    assert process.stdout is not None
    while True:
        with watch.waiting():
            picture = _ppm_picture(process.stdout)
            if picture is None:
                process.wait()
                return
        yield picture


def _ppm_picture(stream: IO[bytes]) -> NDArray[np.uint8] | None:
    """Return the next picture of a stream, None after the last."""
    if stream.readline() != b"P6\n":
        return None
    width, height = (int(length) for length in stream.readline().split())
    stream.readline()
    picture = np.empty((height, width, 3), np.uint8)
    whole = stream.readinto(picture.data) == picture.nbytes  # type: ignore[attr-defined]
    return picture if whole else None
