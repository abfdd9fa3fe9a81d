"""Costs that compare activations with an example's: their distance, and the distance of their Gram matrices.

The examples reach a cost from outside, as an argument under :func:`example_key`, so that one compiled step serves all
of them. Both distances are squared and relative to the example, so no layer needs a weight of its own for its scale;
each is one number per picture (n,), ≥ 0, 0 for the example itself.
"""

from collections.abc import Mapping
from typing import Any

from keras import ops

from zoomdream.ascent.objectives import Objective

LEAST = 1e-12


def example_key(layer: str, kind: str) -> str:
    """Name under which an example's activations (``features``) or Gram matrix (``gram``) reach a cost."""
    return f"{kind}:{layer}"


def feature_distance(layer: str) -> Objective:
    """Cost: ‖Φ − Φ₀‖² / ‖Φ₀‖² of a layer's activations (Mahendran & Vedaldi, 2015, §2.1).

    The example's activations are (1 or n, h, w, c).
    """

    def value(a: Mapping[str, Any]) -> Any:
        return _relative(a[layer], a[example_key(layer, "features")])

    return Objective(frozenset({layer}), value)


def gram_distance(layer: str) -> Objective:
    """Cost: ‖G − G₀‖² / ‖G₀‖² of a layer's Gram matrices (Gatys et al., 2015, §2), see :func:`gram`.

    The example's matrix is (1 or n, c, c).
    """

    def value(a: Mapping[str, Any]) -> Any:
        return _relative(gram(a[layer]), a[example_key(layer, "gram")])

    return Objective(frozenset({layer}), value)


def gram(activations: Any) -> Any:
    """Return (n, c, c): FᵀF / (h·w), how often two channels of (n, h, w, c) are active in one place."""
    height, width, channels = ops.shape(activations)[1:]
    places = ops.reshape(activations, (-1, height * width, channels))
    return ops.matmul(ops.transpose(places, (0, 2, 1)), places) / ops.cast(height * width, "float32")


def sameness(layer: str) -> Objective:
    """Cost: how alike the pictures of a batch are to one another, from −1 to 1 (Olah et al., 2017, "Diversity").

    For each picture the mean cosine between its Gram matrix and those of the others.
    """

    def value(a: Mapping[str, Any]) -> Any:
        matrices = gram(a[layer])
        rows = ops.reshape(matrices, (-1, matrices.shape[1] * matrices.shape[2]))
        rows = rows / (ops.norm(rows, axis=1, keepdims=True) + LEAST)
        count = ops.cast(ops.shape(rows)[0], "float32")
        return (ops.sum(ops.matmul(rows, ops.transpose(rows)), axis=1) - 1) / ops.maximum(count - 1, 1)

    return Objective(frozenset({layer}), value)


def _relative(x: Any, example: Any) -> Any:
    axes = tuple(range(1, len(x.shape)))
    return ops.sum(ops.square(x - example), axis=axes) / (ops.sum(ops.square(example), axis=axes) + LEAST)
