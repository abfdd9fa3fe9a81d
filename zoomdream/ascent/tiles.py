"""Tiles: the gradient of a picture that is larger than what the network should see at once."""

from collections.abc import Callable
from math import ceil
from typing import Any

import numpy as np

from zoomdream.errors import ZoomdreamError
from zoomdream.picture.warp import Image

STRIDE = 32
"""Tiles begin at multiples of this, the coarsest grid of usual networks, so that all see the picture on one grid."""
SMALLEST = 256
"""Side of the smallest tiles that are tried, in pixels."""
HALO = 2 * STRIDE
"""Pixels of its surroundings that a tile sees on each side; their gradient is thrown away."""


def tiled(
    gradient: Callable[[Image, Any], tuple[Image, float]], tile: int
) -> Callable[[Image, Any], tuple[Image, float]]:
    """Return a gradient that takes a picture of more than tile² pixels in tiles of at most ``tile`` a side.

    The picture is taken to continue round its edges, as it does when it is rolled; roll it by another amount at
    each step and no tile border stays in one place. The value is the mean over the tiles.
    """

    most = (tile - 2 * HALO) // STRIDE * STRIDE

    def over_tiles(image: Image, weights: Any) -> tuple[Image, float]:
        height, width = image.shape[:2]
        if height * width <= tile**2:
            return gradient(image, weights)
        rows, columns = _cuts(height, most), _cuts(width, most)
        size = rows[1] - rows[0], columns[1] - columns[0]
        around = np.pad(image, ((HALO, HALO + size[0]), (HALO, HALO + size[1]), (0, 0)), mode="wrap")
        whole, values = np.empty_like(image), []
        for y in rows[:-1]:
            for x in columns[:-1]:
                part, value = gradient(around[y : y + size[0] + 2 * HALO, x : x + size[1] + 2 * HALO], weights)
                inner = part[HALO:-HALO, HALO:-HALO]
                target = whole[y : y + size[0], x : x + size[1]]
                target[:] = inner[: target.shape[0], : target.shape[1]]
                values.append(value)
        return whole, float(np.mean(values))

    return over_tiles


def within_memory(
    gradient: Callable[[Image, Any], tuple[Image, float]], tile: int, told: Callable[[int], None]
) -> Callable[[Image, Any], tuple[Image, float]]:
    """Return a gradient in tiles as :func:`tiled`, which takes smaller ones from where the memory was not enough.

    Args:
        tile: largest side to begin with.
        told: of each smaller side.

    Raises:
        ZoomdreamError: even tiles of 256 pixels a side are too much.
    """

    def careful(image: Image, weights: Any) -> tuple[Image, float]:
        nonlocal tile
        while True:
            try:
                return tiled(gradient, tile)(image, weights)
            except MemoryError as why:
                tile = _smaller(tile, image)
                if tile < SMALLEST:
                    raise ZoomdreamError("There is too little memory for a picture of 256×256 pixels.") from why
                told(tile)

    return careful


def _smaller(tile: int, image: Image) -> int:
    """Return the side of smaller tiles than those that the picture was taken in, in multiples of 32."""
    return int(min(tile, np.sqrt(image.shape[0] * image.shape[1]))) // 2 // STRIDE * STRIDE


def _cuts(length: int, most: int) -> list[int]:
    """Return the borders of the fewest equal tiles that cover the length; the last may reach beyond it.

    >>> _cuts(300, 128)
    [0, 128, 256, 384]
    """
    count = ceil(length / most)
    size = STRIDE * ceil(length / count / STRIDE)
    return [size * i for i in range(count + 1)]
