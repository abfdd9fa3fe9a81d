"""Passes: forward and back through a network for a batch of pictures, compiled once and kept.

Pictures are (n, h, w, 3), RGB in [0, 1], all of one size; rows of weights (n, channels) say of which channels of a
layer each picture's score is made, and ``places`` (a, b) by how much each place of the layer counts: all alike if not
given. The logits have no places. All raise ``ZoomdreamError`` where what a network computes is no finite number.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.network.addresses import CLASS
from zoomdream.network.backend import (
    Shape,
    compile_frozen,
    compile_lightly,
    gradient_within,
    guided,
    value_and_gradient,
)
from zoomdream.network.graph import shapes
from zoomdream.network.head import Size
from zoomdream.network.network import Network

Array = NDArray[np.float32]
Compile = Callable[[Callable[..., Any], Mapping[str, Shape]], Callable[..., list[Array]]]
BATCH = 16
"""Pictures that go through a network at once: more are no faster on a CPU, and take memory."""

KEPT = 16
"""Compiled passes that are kept."""


def scores(network: Network, pictures: Array, layer: str, places: Array | None = None) -> Array:
    """Return (n, channels): the score of every channel or class."""
    run = _forward(network, layer, _size(pictures))
    return _in_batches(network, run, _shares(network, layer, pictures, places), images=pictures)[0]


def gradients(
    network: Network, pictures: Array, layer: str, weights: Array, places: Array | None = None, through: str = "plain"
) -> tuple[Array, Array]:
    """Return (scores (n,), their gradients to the pictures (n, h, w, 3)).

    Args:
        through: ``plain``, or ``guided`` to drop what is negative at every ReLU on the way back.

    Raises:
        BadInput: ``guided``, and a nonlinearity on the way is like a ReLU but is none.
    """
    run = _to_picture(network, layer, _size(pictures), through == "guided")
    shares = _shares(network, layer, pictures, places)
    score, down = _in_batches(network, run, shares, images=pictures, rows=weights)
    return score, down


def gradients_within(
    network: Network, pictures: Array, layer: str, weights: Array, inner: str, places: Array | None = None
) -> tuple[Array, Array, Array]:
    """Return (scores (n,), activations (n, a, b, c) of the layer ``inner``, gradients of the scores to them).

    Raises:
        BadInput: the scores do not depend on that layer.
    """
    run = _to_layer(network, layer, _size(pictures), inner)
    shares = _shares(network, layer, pictures, places)
    score, activations, slopes = _in_batches(network, run, shares, images=pictures, rows=weights)
    return score, activations, slopes


def channels(network: Network, pictures: Array, layer: str, mix: Array) -> Array:
    """Return (n, a, b, k): sums of a layer's channels at every place, by a matrix (channels, k) of their weights."""
    run = _at_places(network, layer, _size(pictures))
    return _in_batches(network, run, mix, images=pictures)[0]


def batches(items: Any, size: int = BATCH) -> Iterator[Any]:
    """Yield the items of a sequence or the rows of an array in as few batches as there can be, nearly of one length.

    >>> [list(some) for some in batches(range(5), 4)]
    [[0, 1], [2, 3, 4]]
    """
    count = -(-len(items) // size)
    for first, end in pairwise(len(items) * number // max(count, 1) for number in range(count + 1)):
        yield items[first:end]


@lru_cache(KEPT)
def layer_size(network: Network, layer: str, size: Size) -> Size:
    """Return how many rows and columns a layer has for pictures of that size (height, width).

    Raises:
        BadInput: it cannot be reached with such a picture.
    """
    network.check_size(*size, {layer})
    height, width = shapes(network.model, *size)[layer][1:3]
    return height, width


def _shares(network: Network, layer: str, pictures: Array, places: Array | None) -> Array:
    """Return by how much each place of the layer counts, (a, b)."""
    if places is not None or layer == CLASS:
        return np.ones((1, 1), np.float32) if places is None else places
    height, width = layer_size(network, layer, _size(pictures))
    return np.full((height, width), 1 / (height * width), np.float32)


def _in_batches(network: Network, run: Callable[..., list[Array]], places: Array, **arrays: Array) -> list[Array]:
    """Return what a compiled pass finds for arrays of n rows, given in batches and put together again.

    Args:
        places: the same for all batches.

    Raises:
        ZoomdreamError: some of it is no finite number.
    """
    some = zip(*(batches(array) for array in arrays.values()), strict=True)
    parts = [run(places=places, **dict(zip(arrays, rows, strict=True))) for rows in some]
    found = [columns[0] if len(columns) == 1 else np.concatenate(columns) for columns in zip(*parts, strict=True)]
    if not all(np.isfinite(each).all() for each in found):
        raise ZoomdreamError(
            f"What {network.name} computes is not finite here: its weights may be damaged, or its input range wrong."
        )
    return found


def _size(pictures: Array) -> Size:
    return pictures.shape[1], pictures.shape[2]


def _score(activations: Any, places: Any) -> Any:
    """Return (n, channels)."""
    return activations if len(activations.shape) == 2 else ops.einsum("nabc,ab->nc", activations, places)


@lru_cache(KEPT)
def _made_ready(network: Network) -> tuple[Network, Compile]:
    """Return the network and how its passes are compiled.

    Folded and frozen a pass is up to twice as fast, but its weights are copied several times, which for a large network
    takes gigabytes and more time than its passes do.
    """
    if network.small:
        return network, compile_frozen
    return replace(network, fold=False), compile_lightly


@lru_cache(KEPT)
def _forward(network: Network, layer: str, size: Size) -> Any:
    network, compiled = _made_ready(network)
    network.check_size(*size, {layer})

    def run(images: Any, places: Any) -> list[Any]:
        return [_score(network.activations(images, {layer})[layer], places)]

    return compiled(run, {"images": (None, *size, 3), "places": (None, None)})


@lru_cache(KEPT)
def _at_places(network: Network, layer: str, size: Size) -> Any:
    network, compiled = _made_ready(network)
    network.check_size(*size, {layer})

    def run(images: Any, places: Any) -> list[Any]:
        return [ops.einsum("nabc,ck->nabk", network.activations(images, {layer})[layer], places)]

    return compiled(run, {"images": (None, *size, 3), "places": (None, None)})


@lru_cache(KEPT)
def _to_picture(network: Network, layer: str, size: Size, guide: bool) -> Any:
    network, compiled = _made_ready(network)
    network.check_size(*size, {layer})
    relu = guided if guide else None

    def run(images: Any, rows: Any, places: Any) -> list[Any]:
        def value(pictures: Any) -> Any:
            return ops.sum(_score(network.activations(pictures, {layer}, relu)[layer], places) * rows, axis=-1)

        return list(value_and_gradient(value, images))

    return compiled(run, {"images": (None, *size, 3), "rows": (None, None), "places": (None, None)})


@lru_cache(KEPT)
def _to_layer(network: Network, layer: str, size: Size, inner: str) -> Any:
    network, compiled = _made_ready(network)
    network.check_size(*size, {layer, inner})

    def run(images: Any, rows: Any, places: Any) -> list[Any]:
        def value(pictures: Any) -> tuple[Any, Any]:
            found = network.activations(pictures, {layer, inner})
            return ops.sum(_score(found[layer], places) * rows, axis=-1), found[inner]

        score, activations, gradient = gradient_within(value, images)
        if gradient is None:
            raise BadInput(f"{layer} of {network.name} does not depend on {inner}: name a layer before it.")
        return [score, activations, gradient]

    return compiled(run, {"images": (None, *size, 3), "rows": (None, None), "places": (None, None)})
