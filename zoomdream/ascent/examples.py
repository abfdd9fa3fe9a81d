"""Costs that compare activations with an example's: their distance, and the distance of their Gram matrices.

The examples reach a cost from outside, as an argument under :func:`example_key`, so that one compiled step serves all
of them. Both distances are squared and relative to the example, so no layer needs a weight of its own for its scale;
each is one number per picture (n,), ≥ 0, 0 for the example itself.
"""

from collections.abc import Mapping
from typing import Any

from keras import ops

from zoomdream.ascent.objectives import IMAGE, Objective

LEAST = 1e-12
EVEN = 4e-4
"""Variance of RGB that counts as none: 0.02², five levels of 255."""


def example_key(layer: str, kind: str) -> str:
    """Name under which an example's activations (``features``) or Gram matrix (``gram``) reach a cost.

    Also ``places``: how much each place of the picture counts.
    """
    return f"{kind}:{layer}"


def feature_distance(layer: str) -> Objective:
    """Cost: ‖Φ − Φ₀‖² / ‖Φ₀‖² of a layer's activations (Mahendran & Vedaldi, 2015, §2.1).

    The example's activations are (1 or n, h, w, c).
    """

    def value(a: Mapping[str, Any]) -> Any:
        return _relative(a[layer], a[example_key(layer, "features")])

    return Objective(frozenset({layer}), value)


def gram_distance(layer: str, masked: bool = False) -> Objective:
    """Cost: ‖G − G₀‖² / ‖G₀‖² of a layer's Gram matrices (Gatys et al., 2015, §2), see :func:`gram`.

    The example's matrix is (1 or n, c, c).

    Args:
        masked: whether only some places count (Gatys et al., 2017, §4.1): as much as ``places`` says, (1 or n, h, w).
    """

    def value(a: Mapping[str, Any]) -> Any:
        ours = gram(a[layer], a[example_key(layer, "places")] if masked else None)
        return _relative(ours, a[example_key(layer, "gram")])

    return Objective(frozenset({layer}), value)


def gram(activations: Any, places: Any = None) -> Any:
    """Return (n, c, c): FᵀF / (h·w), how often two channels of (n, h, w, c) are active in one place.

    Args:
        places: (1 or n, h, w), how much each place counts, all together 1; all alike if not given.
    """
    height, width, channels = ops.shape(activations)[1:]
    rows = ops.reshape(activations, (-1, height * width, channels))
    share = 1 / ops.cast(height * width, "float32")
    counted = rows * (share if places is None else ops.reshape(places, (-1, height * width, 1)))
    return ops.matmul(ops.transpose(counted, (0, 2, 1)), rows)


def colour_distance(scale: int) -> Objective:
    """Cost: how far a picture's colours, averaged over squares, are from an example's, ‖C − C₀‖² / (‖C₀‖ + ε)².

    C is the mean of (x − m)(x − m)ᵀ, with the example's mean colour m. Convolutions tell little of brightness that
    changes slowly; without this cost it drifts.

    Reads the example's ``mean`` (1, 3) and ``spread`` (1, 3, 3) under :func:`colour_key`.

    Args:
        scale: side of the squares in pixels.
    """

    def value(a: Mapping[str, Any]) -> Any:
        example = a[colour_key(scale, "spread")]
        ours = colour_spread(a[IMAGE], a[colour_key(scale, "mean")], scale)
        room = ops.sqrt(ops.sum(ops.square(example), axis=(1, 2))) + EVEN
        return ops.sum(ops.square(ours - example), axis=(1, 2)) / ops.square(room)

    return Objective(frozenset({IMAGE}), value)


def colour_spread(pictures: Any, mean: Any, scale: int) -> Any:
    """Return (n, 3, 3): mean of (x − m)(x − m)ᵀ of pictures (n, H, W, 3) averaged over squares, m (1, 3) a colour."""
    averaged = ops.average_pool(pictures, scale, strides=scale) if scale > 1 else pictures
    return gram(averaged - ops.reshape(mean, (-1, 1, 1, 3)))


def colour_key(scale: int, kind: str) -> str:
    """Name under which an example's ``mean`` or ``spread`` of colours reaches :func:`colour_distance`."""
    return f"colour {kind}:{scale}"


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
