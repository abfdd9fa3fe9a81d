"""From pictures in [0, 1] to the raw bytes that an encoder reads."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zoomdream.errors import ZoomdreamError
from zoomdream.reel.extent import Extent

_ROWS = 32  # of a frame that are turned into bytes at once
_PALETTE_SAMPLE = 160  # pixels across; enough to find 256 colours, and fast


def check_frame(frame: NDArray[np.floating], size: Extent, index: int) -> None:
    """Raise `ZoomdreamError` unless ``frame`` is a float array (H, W, 3) of the film's ``size``."""
    if not isinstance(frame, np.ndarray) or frame.dtype.kind != "f":
        kind = frame.dtype if isinstance(frame, np.ndarray) else type(frame).__name__
        raise ZoomdreamError(f"Frame {index} is {kind}; a film is made of float arrays with values from 0 to 1.")
    shape = (size.height, size.width, 3)
    if frame.shape != shape:
        raise ZoomdreamError(f"Frame {index} has the shape {frame.shape}; this film needs {shape}.")
    if np.isnan(frame.min()):
        raise ZoomdreamError(f"Frame {index} holds values that are not numbers (NaN).")


def to_uint8(frame: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return float (H, W, 3) in [0, 1] as uint8; values outside are clipped, the rest rounded once."""
    return _levels(frame, 255, np.dtype(np.uint8))


def to_uint16(frame: NDArray[np.floating]) -> NDArray[np.uint16]:
    """Return float (H, W, 3) in [0, 1] as little-endian uint16; values outside are clipped, the rest rounded once."""
    return _levels(frame, 65535, np.dtype("<u2"))


def _levels(frame: NDArray[np.floating], most: int, kind: np.dtype[Any]) -> NDArray[Any]:
    levels = np.empty(frame.shape, kind)
    for first in range(0, len(frame), _ROWS):  # in the processor's cache, and with no large array of floats
        rows = slice(first, first + _ROWS)
        levels[rows] = np.clip(frame[rows], 0, 1) * np.float32(most) + 0.5
    return levels


def to_palette(picture: NDArray[np.uint8]) -> bytes:
    """Return uint8 (H, W, 3) as one byte per pixel and then 256 colours (B, G, R, A): ffmpeg's ``pal8``.

    The colours are chosen for this picture alone, from the pixels of a thumbnail, and spread by error diffusion.
    """
    image = Image.fromarray(picture)
    thumbnail = image.copy()
    thumbnail.thumbnail((_PALETTE_SAMPLE, _PALETTE_SAMPLE), Image.Resampling.NEAREST)
    colours = thumbnail.quantize(256, method=Image.Quantize.MAXCOVERAGE)
    indices = image.quantize(palette=colours, dither=Image.Dither.FLOYDSTEINBERG)
    palette = np.full((256, 4), 255, np.uint8)
    palette[:, 2::-1] = np.array(indices.getpalette(), np.uint8).reshape(-1, 3)
    return indices.tobytes() + palette.tobytes()


RAW: dict[str, Callable[[NDArray[np.floating]], bytes | memoryview]] = {
    "rgb24": lambda frame: to_uint8(frame).reshape(-1).data,
    "rgb48le": lambda frame: to_uint16(frame).reshape(-1).view(np.uint8).data,
    "pal8": lambda frame: to_palette(to_uint8(frame)),
}
"""How a frame becomes the bytes of each of ffmpeg's raw pixel formats that `formats` names."""
