"""Passes: forward and back through a network for a batch of pictures, compiled once and kept.

Pictures are (n, h, w, 3), RGB in [0, 1], all of one size; rows of weights (n, channels) say of which channels of a
layer each picture's score is made. A channel's score is its logit, its value at a place, or its mean over all places.
All raise ``ZoomdreamError`` where what a network computes is no finite number.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.network.backend import (
    Shape,
    compile_frozen,
    compile_lightly,
    gradient_within,
    guided,
    value_and_gradient,
)
from zoomdream.network.network import Network

Array = NDArray[np.float32]
Position = tuple[int, int] | None
Compile = Callable[[Callable[..., Any], Mapping[str, Shape]], Callable[..., list[Array]]]
BATCH = 16
"""Pictures that go through a network at once: more are no faster on a CPU, and take memory."""


MOST_FROZEN = 10_000_000
"""Weights of a network, up to which its passes are frozen."""
KEPT = 16
"""Compiled passes that are kept."""


def scores(network: Network, pictures: Array, layer: str, position: Position = None) -> Array:
    """Return (n, channels): the score of every channel or class."""
    run = _forward(network, layer, position, _size(pictures))
    return _in_batches(network, run, images=pictures)[0]


def gradients(
    network: Network, pictures: Array, layer: str, weights: Array, position: Position = None, through: str = "plain"
) -> tuple[Array, Array]:
    """Return (scores (n,), their gradients to the pictures (n, h, w, 3)).

    Args:
        through: ``plain``, or ``guided`` to drop what is negative at every ReLU on the way back.

    Raises:
        BadInput: ``guided``, and a nonlinearity on the way is like a ReLU but is none.
    """
    run = _to_picture(network, layer, position, _size(pictures), through == "guided")
    score, down = _in_batches(network, run, images=pictures, rows=weights)
    return score, down


def gradients_within(
    network: Network, pictures: Array, layer: str, weights: Array, inner: str, position: Position = None
) -> tuple[Array, Array, Array]:
    """Return (scores (n,), activations (n, a, b, c) of the layer ``inner``, gradients of the scores to them).

    Raises:
        BadInput: the scores do not depend on that layer.
    """
    run = _to_layer(network, layer, position, _size(pictures), inner)
    score, activations, slopes = _in_batches(network, run, images=pictures, rows=weights)
    return score, activations, slopes


def batches(items: Sequence[Any], size: int = BATCH) -> Iterator[Sequence[Any]]:
    """Yield the items in batches."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


def _in_batches(network: Network, run: Callable[..., list[Array]], **arrays: Array) -> list[Array]:
    """Return what a compiled pass finds for arrays of n rows, given in batches and put together again.

    Raises:
        ZoomdreamError: some of it is no finite number.
    """
    count = len(arrays["images"])
    parts = [run(**{name: array[i : i + BATCH] for name, array in arrays.items()}) for i in range(0, count, BATCH)]
    found = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
    if not all(np.isfinite(each).all() for each in found):
        raise ZoomdreamError(
            f"What {network.name} computes is not finite here: its weights may be damaged, or its input range wrong."
        )
    return found


def _size(pictures: Array) -> tuple[int, int]:
    return pictures.shape[1], pictures.shape[2]


def _score(activations: Any, position: Position) -> Any:
    """Return (n, channels)."""
    if len(activations.shape) == 2:
        return activations
    if position is None:
        return ops.mean(activations, axis=(1, 2))
    height, width = activations.shape[1:3]
    if position[0] >= height or position[1] >= width:
        raise BadInput(
            f"@{position[0]},{position[1]} is outside: for this picture the layer has rows 0 to {height - 1} and "
            f"columns 0 to {width - 1}."
        )
    return activations[:, position[0], position[1]]


@lru_cache(KEPT)
def _made_ready(network: Network) -> tuple[Network, Compile]:
    """Return the network and how its passes are compiled.

    Folded and frozen a pass is up to twice as fast, but its weights are copied several times, which for a large network
    takes gigabytes and more time than its passes do.
    """
    if network.model.count_params() <= MOST_FROZEN:
        return network, compile_frozen
    return replace(network, fold=False), compile_lightly


@lru_cache(KEPT)
def _forward(network: Network, layer: str, position: Position, size: tuple[int, int]) -> Any:
    network, compiled = _made_ready(network)
    network.check_size(*size, {layer})

    def run(images: Any) -> list[Any]:
        return [_score(network.activations(images, {layer})[layer], position)]

    return compiled(run, {"images": (None, *size, 3)})


@lru_cache(KEPT)
def _to_picture(network: Network, layer: str, position: Position, size: tuple[int, int], guide: bool) -> Any:
    network, compiled = _made_ready(network)
    network.check_size(*size, {layer})
    relu = guided if guide else None

    def run(images: Any, rows: Any) -> list[Any]:
        def value(pictures: Any) -> Any:
            return ops.sum(_score(network.activations(pictures, {layer}, relu)[layer], position) * rows, axis=-1)

        return list(value_and_gradient(value, images))

    return compiled(run, {"images": (None, *size, 3), "rows": (None, None)})


@lru_cache(KEPT)
def _to_layer(network: Network, layer: str, position: Position, size: tuple[int, int], inner: str) -> Any:
    network, compiled = _made_ready(network)
    network.check_size(*size, {layer, inner})

    def run(images: Any, rows: Any) -> list[Any]:
        def value(pictures: Any) -> tuple[Any, Any]:
            found = network.activations(pictures, {layer, inner})
            return ops.sum(_score(found[layer], position) * rows, axis=-1), found[inner]

        score, activations, gradient = gradient_within(value, images)
        if gradient is None:
            raise BadInput(f"{layer} of {network.name} does not depend on {inner}: name a layer before it.")
        return [score, activations, gradient]

    return compiled(run, {"images": (None, *size, 3), "rows": (None, None)})
