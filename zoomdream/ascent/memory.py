"""Where a picture is kept from octave to octave: in the host's memory, or in that of the device that climbs."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from keras import ops

from zoomdream.network.backend import accelerators
from zoomdream.picture.warp import Size, resize


class Memory(NamedTuple):
    """A memory for pictures (H, W, 3), which can be added to each other there.

    Attributes:
        put: array or tensor → the picture as it is kept there.
        resize: (picture, (height, width)) → the picture of that size.
        take: picture → array.
    """

    put: Callable[[Any], Any]
    resize: Callable[[Any, Size], Any]
    take: Callable[[Any], Any]


def memory_for(sizes: Iterable[Size], tile: int) -> Memory:
    """Return where pictures of these sizes are kept: on an accelerator, unless one is too large.

    So a picture goes to the device once, and leaves it once. Too large is one that would not go through the network
    whole, and one of a side longer than two tiles, whose resizing would take larger products than it is worth.

    Args:
        tile: largest side, in pixels, of a square that goes through at once.
    """
    fits = all(height * width <= tile**2 and max(height, width) <= 2 * tile for height, width in sizes)
    return DEVICE if fits and accelerators() else HOST


def resize_on_device(picture: Any, size: Size) -> Any:
    """Return a tensor (H, W, 3) at (height, width), as :func:`zoomdream.picture.warp.resize` does with an array.

    Only where one side shrinks and the other one grows it is another: each side then does so in its own way.
    """
    (height, width), (rows, columns) = picture.shape[:2], size
    if height != rows:
        picture = ops.einsum("rh,hwc->rwc", _shares(height, rows), picture)
    return picture if width == columns else ops.einsum("kw,hwc->hkc", _shares(width, columns), picture)


@lru_cache(maxsize=96)
def _shares(old: int, new: int) -> Any:
    """Return (new, old): what each new pixel of a row takes of the old ones; 4 MB for a side of 1024, 16 at most.

    Each key of a zoom has use for the same ones: two dozen for four octaves, 90 for eight with a ratio of 1.2, which
    take 0.25 GB at most. A film that unfolds needs others for each size, and leaves up to 0.5 GB of them.
    """
    return ops.convert_to_tensor(resize(np.eye(old, dtype=np.float32), (new, old)))


HOST = Memory(np.asarray, resize, np.asarray)
DEVICE = Memory(lambda picture: ops.convert_to_tensor(picture, "float32"), resize_on_device, np.array)
