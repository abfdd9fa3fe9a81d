"""Tiles: the gradient of a picture that is larger than what the network should see at once."""

from collections.abc import Callable, Iterator
from itertools import product
from math import ceil
from typing import Any

import numpy as np

from zoomdream.errors import ZoomdreamError
from zoomdream.network.backend import aligned
from zoomdream.picture.warp import Image

STRIDE = 32
"""Tiles begin at multiples of this, the coarsest grid of usual networks, so that all see the picture on one grid."""
SMALLEST = 256
"""Side of the smallest tiles that are tried, in pixels."""
Shift = tuple[int, int]
Place = tuple[slice, slice]
Gradient = Callable[[Image, Any], tuple[Image, float]]
"""(image (H, W, 3), weights) → (gradient of that shape, value). The gradient is a new array, or may be written over."""
RolledGradient = Callable[..., tuple[Image, float]]
"""(image, weights, (down, right)) → the same, of the picture rolled by so many pixels; the gradient is rolled back."""
HALO = 2 * STRIDE
"""Pixels of its surroundings that a tile sees on each side; their gradient is thrown away."""


def rolled(gradient: Gradient) -> RolledGradient:
    """Return the gradient of a picture that is rolled for it, (down, right), and the gradient rolled back."""

    def of_rolled(image: Image, weights: Any, shift: Shift) -> tuple[Image, float]:
        slope, value = gradient(np.roll(image, shift, (0, 1)), weights)
        return np.roll(slope, (-shift[0], -shift[1]), (0, 1)), value

    return of_rolled


def tiled(gradient: Gradient, tile: int) -> RolledGradient:
    """Return a gradient that takes a picture of more than tile² pixels in tiles of at most ``tile`` a side.

    The picture is taken to continue round its edges. Rolled by another amount at each step, which costs no copy of it
    here, no tile border stays in one place. The value is the mean over the tiles.
    """

    most = (tile - 2 * HALO) // STRIDE * STRIDE

    def over_tiles(image: Image, weights: Any, shift: Shift = (0, 0)) -> tuple[Image, float]:
        height, width = image.shape[:2]
        if height * width <= tile**2:
            return rolled(gradient)(image, weights, shift) if any(shift) else gradient(image, weights)
        rows, columns = _cuts(height, most), _cuts(width, most)
        size = rows[1], columns[1]
        seen = np.empty((size[0] + 2 * HALO, size[1] + 2 * HALO, 3), image.dtype)
        whole, values = aligned(image.shape), []
        for y in rows[:-1]:
            for x in columns[:-1]:
                corner = y - shift[0], x - shift[1]
                for here, there in _pieces((corner[0] - HALO, corner[1] - HALO), seen.shape, image.shape):
                    seen[here] = image[there]
                part, value = gradient(seen, weights)
                inner = part[HALO : HALO + min(size[0], height - y), HALO : HALO + min(size[1], width - x)]
                for here, there in _pieces(corner, inner.shape, image.shape):
                    whole[there] = inner[here]
                values.append(value)
        return whole, float(np.mean(values))

    return over_tiles


def within_memory(gradient: Gradient, tile: int, told: Callable[[int], None]) -> RolledGradient:
    """Return a gradient in tiles as :func:`tiled`, which takes smaller ones from where the memory was not enough.

    Args:
        tile: largest side to begin with.
        told: of each smaller side.

    Raises:
        ZoomdreamError: even tiles of 256 pixels a side are too much.
    """

    def careful(image: Image, weights: Any, shift: Shift = (0, 0)) -> tuple[Image, float]:
        nonlocal tile
        while True:
            try:
                return tiled(gradient, tile)(image, weights, shift)
            except MemoryError as why:
                tile = _smaller(tile, image)
                if tile < SMALLEST:
                    raise ZoomdreamError("There is too little memory for a picture of 256×256 pixels.") from why
                told(tile)

    return careful


def _smaller(tile: int, image: Image) -> int:
    """Return the side of smaller tiles than those that the picture was taken in, in multiples of 32."""
    return int(min(tile, np.sqrt(image.shape[0] * image.shape[1]))) // 2 // STRIDE * STRIDE


def _pieces(corner: Shift, size: tuple[int, ...], period: tuple[int, ...]) -> Iterator[tuple[Place, Place]]:
    """Yield the pieces of a window on a picture that continues round its edges: (place in the window, in the picture).

    Args:
        corner: (row, column) of the picture where the window begins, anywhere.
        size: (height, width) of the window.
        period: (height, width) of the picture.
    """
    down, right = (list(_runs(*one)) for one in zip(corner, size[:2], period[:2], strict=True))
    for (rows, image_rows), (columns, image_columns) in product(down, right):
        yield (rows, columns), (image_rows, image_columns)


def _runs(start: int, length: int, period: int) -> Iterator[tuple[slice, slice]]:
    """Yield a stretch of an endlessly repeated row in runs: (where in the stretch, where in the row).

    >>> list(_runs(-2, 5, 4))
    [(slice(0, 2, None), slice(2, 4, None)), (slice(2, 5, None), slice(0, 3, None))]
    """
    done = 0
    while done < length:
        begin = (start + done) % period
        count = min(length - done, period - begin)
        yield slice(done, done + count), slice(begin, begin + count)
        done += count


def _cuts(length: int, most: int) -> list[int]:
    """Return the borders of the fewest equal tiles that cover the length; the last may reach beyond it.

    >>> _cuts(300, 128)
    [0, 128, 256, 384]
    """
    count = ceil(length / most)
    size = STRIDE * ceil(length / count / STRIDE)
    return [size * i for i in range(count + 1)]
