"""A picture that is too large for one pass, painted in tiles that cannot be told from one.

A painter normalises each channel over the whole picture, so a tile on its own would be painted as another picture is.
Here the statistics are measured first, one normalisation after the other over all tiles, with those before it already
those of the whole picture. Then every tile is painted with them, and sees as much of its surroundings as bears on it.
What is left between this and one pass is rounding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from zoomdream.network.backend import Shape, trace
from zoomdream.network.graph import named_layers, walk
from zoomdream.picture.warp import Image
from zoomdream.still.faststyle.painter import REACH, STRIDE

TILE = 1024
"""Side of what goes through the painter at once, in pixels, without its surroundings."""


@dataclass(frozen=True)
class Part:
    """A tile: which part of the picture is seen for it, and which part it is."""

    seen: tuple[slice, slice]
    inner: tuple[slice, slice]

    def within(self, stride: int = 1) -> tuple[slice, slice]:
        """Return where the tile lies in what is seen, at so many pixels to one place."""
        sides = zip(self.seen, self.inner, strict=True)
        rows, columns = (
            slice((inner.start - seen.start) // stride, (inner.stop - seen.start) // stride) for seen, inner in sides
        )
        return rows, columns


class Tiled:
    """A painter for pictures of any size, sides being multiples of `STRIDE`.

    Args:
        tile: side of a tile in pixels, a multiple of `STRIDE`.
    """

    def __init__(self, model: keras.Model, tile: int = TILE) -> None:
        self._model, self._tile = model, tile
        layers = [layer for _, layer in named_layers(model)]
        self._norms = [layer for layer in layers if isinstance(layer, keras.layers.GroupNormalization)]
        self._last = layers[-1].name

    def __call__(self, image: Image) -> Image:
        """Return the picture (H, W, 3) painted."""
        parts = list(tiles(image.shape[0], image.shape[1], self._tile))
        maps: list[NDArray[np.float32]] = []
        for number in range(len(self._norms)):
            maps.append(self._map(number, image, parts, maps))
        painted = np.empty_like(image)
        for part in parts:
            painted[part.inner] = self._run(len(maps), image[part.seen], maps)[part.within()]
        return painted

    def _map(self, number: int, image: Image, parts: Sequence[Part], maps: Sequence[Any]) -> NDArray[np.float32]:
        """Return (2, c): factor and summand by which a normalisation does its work on the whole picture."""
        layer = self._norms[number]
        count, total, squares = 0, 0.0, 0.0
        for part in parts:
            values = self._run(number, image[part.seen], maps)
            stride = (part.seen[0].stop - part.seen[0].start) // values.shape[0]
            inner = values[part.within(stride)].astype(np.float64)
            count += inner.shape[0] * inner.shape[1]
            total, squares = total + inner.sum((0, 1)), squares + (inner**2).sum((0, 1))
        mean = total / count
        factor = np.asarray(layer.gamma) / np.sqrt(np.maximum(squares / count - mean**2, 0) + layer.epsilon)
        return np.asarray([factor, np.asarray(layer.beta) - mean * factor], np.float32)

    def _run(self, number: int, seen: Image, maps: Sequence[Any]) -> NDArray[np.float32]:
        """Return what a normalisation is given (h, w, c), or what is painted if there are no more of them."""
        given = {f"map{each}": maps[each] for each in range(number)}
        [values] = self._passes[number](picture=seen[None], **given)
        return np.asarray(values)[0]  # type: ignore[no-any-return]

    @cached_property
    def _passes(self) -> list[Any]:
        return [self._pass(number) for number in range(len(self._norms) + 1)]

    def _pass(self, number: int) -> Any:
        places = {id(layer): each for each, layer in enumerate(self._norms)}
        wanted = self._norms[number].name if number < len(self._norms) else self._last
        channels = {f"map{each}": (2, self._norms[each].gamma.shape[0]) for each in range(number)}
        shapes: dict[str, Shape] = {"picture": (1, None, None, 3), **channels}

        def run(picture: Any, **maps: Any) -> list[Any]:
            def visit(layer: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
                if id(layer) not in places:
                    return layer(*args, **kwargs)
                if places[id(layer)] == number:
                    return args[0]
                factor, summand = (maps[f"map{places[id(layer)]}"][row] for row in range(2))
                return args[0] * factor + summand

            return [walk(self._model, picture, {wanted}, visit)[wanted]]

        return trace(run, shapes)


def tiles(height: int, width: int, tile: int) -> Iterator[Part]:
    """Yield the tiles of a picture, at most ``tile`` a side, in rows.

    >>> [(part.inner[0].start, part.seen[0].stop) for part in tiles(40, 8, 32)]
    [(0, 40), (32, 40)]
    """
    assert tile % STRIDE == REACH % STRIDE == 0
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            rows, columns = _side(top, tile, height), _side(left, tile, width)
            yield Part((rows[0], columns[0]), (rows[1], columns[1]))


def _side(start: int, tile: int, length: int) -> tuple[slice, slice]:
    stop = min(start + tile, length)
    return slice(max(0, start - REACH), min(length, stop + REACH)), slice(start, stop)
