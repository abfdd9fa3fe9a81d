"""Where a picture is kept from octave to octave: in the host's memory, or on the device that climbs."""

from collections.abc import Callable, Iterable
from functools import lru_cache, reduce
from operator import add
from typing import Any, NamedTuple

import numpy as np
from keras import ops
from numpy.typing import NDArray

from zoomdream.network.backend import accelerators
from zoomdream.picture.warp import Size, resize

Taps = tuple[NDArray[np.int32], NDArray[np.float32]]

SHARPNESS = -0.75
"""Slope of the bicubic kernel at 1; OpenCV's, so that both places show the same picture."""


class Place(NamedTuple):
    """A place for pictures (H, W, 3), which can be added to each other there.

    Attributes:
        put: array or tensor → the picture as it is kept there.
        resize: (picture, (height, width)) → the picture of that size.
    """

    put: Callable[[Any], Any]
    resize: Callable[[Any, Size], Any]


def place_for(sizes: Iterable[Size], tile: int) -> Place:
    """Return where pictures of these sizes are kept: on an accelerator, unless one goes through it in tiles.

    So a picture goes there once, and leaves it once.
    """
    fits = max(height * width for height, width in sizes) <= tile**2
    return DEVICE if fits and accelerators() else HOST


def resize_there(picture: Any, size: Size) -> Any:
    """Return a tensor (H, W, 3) at (height, width), as :func:`zoomdream.picture.warp.resize` does with an array.

    Where one side shrinks and the other one grows, each does so in its own way.
    """
    for axis, length in enumerate(size):
        if picture.shape[axis] != length:
            picture = _resize_along(picture, axis, length)
    return picture


def _resize_along(picture: Any, axis: int, length: int) -> Any:
    places, weights = _taps(picture.shape[axis], length)
    along = (-1, *[1] * (2 - axis))
    taps = zip(places, weights, strict=True)
    return reduce(add, (ops.take(picture, place, axis) * weight.reshape(along) for place, weight in taps))


@lru_cache(maxsize=256)
def _taps(old: int, new: int) -> Taps:
    """Return what each new pixel of a row takes, tap by tap: from where (taps, new), and how much of it (taps, new)."""
    return _shrinking(old, new) if new < old else _growing(old, new)


def _shrinking(old: int, new: int) -> Taps:
    """Return the taps of an area average: the share of each old pixel in the stretch that a new one covers."""
    scale = old / new
    begin = np.arange(new) * scale
    places = np.floor(begin) + np.arange(np.ceil(scale) + 1)[:, None]
    weights = np.minimum(places + 1, begin + scale) - np.maximum(places, begin)
    return _within(old, places, np.maximum(weights, 0) / scale)


def _growing(old: int, new: int) -> Taps:
    """Return the taps of bicubic interpolation (Keys 1981); beyond the border the last pixel goes on."""
    centre = (np.arange(new) + 0.5) * old / new - 0.5
    places = np.floor(centre) + np.arange(-1, 3)[:, None]
    far, a = np.abs(centre - places), SHARPNESS
    near = (a + 2) * far**3 - (a + 3) * far**2 + 1
    return _within(old, places, np.where(far <= 1, near, a * (far**3 - 5 * far**2 + 8 * far - 4)))


def _within(length: int, places: NDArray[Any], weights: NDArray[Any]) -> Taps:
    return np.clip(places, 0, length - 1).astype(np.int32), weights.astype(np.float32)


HOST = Place(np.asarray, resize)
DEVICE = Place(ops.convert_to_tensor, resize_there)
