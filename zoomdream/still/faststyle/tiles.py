"""A picture that is too large for one pass, painted in tiles that cannot be told from one.

A painter normalises each channel over the whole picture, so a tile on its own would be painted as another picture is.
Here the statistics are measured first, one normalisation after the other over all tiles, those before it being those of
the whole picture already. The painter's middle, a sixteenth as large, is held whole. So what is left between this and
one pass is rounding; it takes about twice the time.
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
from zoomdream.still.faststyle.painter import DOWN, STRIDE

TILE = 1024
"""Side of what is painted at once, in pixels, without its surroundings."""
REACH = 16
"""Pixels around a place beyond which nothing bears on it on the way to the middle, or from there."""

Array = NDArray[np.float32]
Box = tuple[slice, slice]


@dataclass(frozen=True)
class Part:
    """A tile, in pixels of the picture: which part is seen for it, and which part it is."""

    seen: Box
    inner: Box

    @property
    def within(self) -> Box:
        """Where the tile lies in what is seen."""
        rows, columns = (
            slice(inner.start - seen.start, inner.stop - seen.start)
            for seen, inner in zip(self.seen, self.inner, strict=True)
        )
        return rows, columns


class Tiled:
    """A painter for pictures of any size, sides being multiples of `STRIDE`.

    Args:
        tile: side of a tile in pixels, a multiple of `STRIDE`.
    """

    def __init__(self, model: keras.Model, tile: int = TILE) -> None:
        layers = [layer for _, layer in named_layers(model)]
        reached = [layer for layer in layers if isinstance(layer, keras.layers.GroupNormalization)][DOWN].input
        left = next(layer for layer in layers if isinstance(layer, keras.layers.UpSampling2D)).input
        middle = keras.Model(reached, left)
        self._down = _Stage(keras.Model(model.input, reached), 1, STRIDE)
        self._middle = trace(lambda values: [middle(values, training=False)], {"values": (1, *reached.shape[1:])})
        self._up = _Stage(keras.Model(left, model.output), STRIDE, 1)
        self._tile = tile

    def __call__(self, image: Image) -> Image:
        """Return the picture (H, W, 3) painted."""
        parts = list(tiles(image.shape[0], image.shape[1], self._tile))
        [middle] = self._middle(values=self._down(image, parts)[None])
        return self._up(middle.numpy()[0], parts)


class _Stage:
    """A part of a painter, run in tiles.

    Args:
        before: pixels of the picture to one place of what goes in.
        after: the same of what comes out.
    """

    def __init__(self, model: keras.Model, before: int, after: int) -> None:
        self._model, self._before, self._after = model, before, after
        layers = [layer for _, layer in named_layers(model)]
        self._norms = [layer for layer in layers if isinstance(layer, keras.layers.GroupNormalization)]
        self._wanted = [*(layer.name for layer in self._norms), layers[-1].name]

    def __call__(self, values: Array, parts: Sequence[Part]) -> Array:
        """Return what comes out (h, w, c) of what goes in."""
        maps: list[Array] = []
        for norm in self._norms:
            maps.append(_map(norm, (self._tile(len(maps), values, part, maps) for part in parts)))
        size = [side * self._before // self._after for side in values.shape[:2]]
        whole = np.empty((*size, self._model.output.shape[-1]), np.float32)
        for part in parts:
            whole[_at(part.inner, self._after)] = self._tile(len(maps), values, part, maps)
        return whole

    def _tile(self, number: int, values: Array, part: Part, maps: Sequence[Array]) -> Array:
        """Return what a normalisation is given in a tile (h, w, c), or what comes out if there are no more of them."""
        given = {f"map{each}": maps[each] for each in range(number)}
        [found] = self._passes[number](values=values[_at(part.seen, self._before)][None], **given)
        stride = (part.seen[0].stop - part.seen[0].start) // found.shape[1]
        return np.asarray(found.numpy()[0][_at(part.within, stride)])

    @cached_property
    def _passes(self) -> list[Any]:
        return [self._pass(number) for number in range(len(self._wanted))]

    def _pass(self, number: int) -> Any:
        places = {id(layer): each for each, layer in enumerate(self._norms)}
        channels = {f"map{each}": (2, self._norms[each].gamma.shape[0]) for each in range(number)}
        shapes: dict[str, Shape] = {"values": (1, *self._model.input.shape[1:]), **channels}

        def run(values: Any, **maps: Any) -> list[Any]:
            def visit(layer: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
                if id(layer) not in places:
                    return layer(*args, **kwargs)
                if places[id(layer)] == number:
                    return args[0]
                factor, summand = (maps[f"map{places[id(layer)]}"][row] for row in range(2))
                return args[0] * factor + summand

            wanted = self._wanted[number]
            return [walk(self._model, values, {wanted}, visit)[wanted]]

        return trace(run, shapes)


def _map(norm: Any, tiles: Iterator[Array]) -> Array:
    """Return (2, c): factor and summand by which a normalisation does its work on all tiles as if they were one."""
    count, total, squares = 0, 0.0, 0.0
    for values in tiles:
        exact = values.astype(np.float64)
        count += exact.shape[0] * exact.shape[1]
        total, squares = total + exact.sum((0, 1)), squares + (exact**2).sum((0, 1))
    mean = total / count
    factor = np.asarray(norm.gamma) / np.sqrt(np.maximum(squares / count - mean**2, 0) + norm.epsilon)
    return np.asarray([factor, np.asarray(norm.beta) - mean * factor], np.float32)


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


def _at(box: Box, stride: int) -> Box:
    rows, columns = (slice(side.start // stride, side.stop // stride) for side in box)
    return rows, columns
