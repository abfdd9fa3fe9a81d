"""Objectives: activations → scalar, to be maximised; they combine with ``+ - *``.

Activations are a mapping from layer name to tensor (n, h, w, c); the key ``image`` is the picture itself and
``class`` the logits (n, classes). A cost is ≥ 0 and is subtracted. One that asks for a channel which the network
has not is refused with ``BadInput`` when it is compiled. To write your own::

    brightness = Objective(frozenset({"image"}), lambda a: ops.mean(a["image"]))
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from zoomdream.errors import BadInput

CLASS = "class"
IMAGE = "image"
MOST_CLASSES = 16
"""Classes that sound at once in a film."""

Activations = Mapping[str, Any]


@dataclass(frozen=True)
class Objective:
    """What to maximise.

    Attributes:
        layers: the activations it reads.
        value: from activations to a scalar tensor.
        weights: name of weights (2, channels) from outside; where they are all zero so is the objective, and what it
            reads need not be computed. ``None``: it has no such weights.
        few: it is a sum over the channels of one layer, of which few weigh something at a time: it may be given these
            and their weights alone, or some of them here and others there.
    """

    layers: frozenset[str]
    value: Callable[[Activations], Any]
    weights: str | None = None
    few: bool = False

    @property
    def terms(self) -> tuple[Objective, ...]:
        """Those that it is the sum of; itself where it is none."""
        return self.value.terms if isinstance(self.value, _Sum) and self.value.terms else (self,)

    def __add__(self, other: Objective) -> Objective:
        return Objective(self.layers | other.layers, _Sum(self.terms + other.terms))

    def __radd__(self, nothing: int) -> Objective:
        """Let ``sum`` begin with its 0."""
        return self if nothing == 0 else NotImplemented

    def __sub__(self, other: Objective) -> Objective:
        return self + -1 * other

    def __mul__(self, factor: float) -> Objective:
        if len(self.terms) > 1:
            return Objective(self.layers, _Sum(tuple(factor * term for term in self.terms)))
        return replace(self, value=lambda a: self.value(a) * factor)

    __rmul__ = __mul__

    def __neg__(self) -> Objective:
        return self * -1


@dataclass(frozen=True)
class _Sum:
    """The value of a sum of objectives."""

    terms: tuple[Objective, ...]

    def __call__(self, a: Activations) -> Any:
        return sum(term.value(a) for term in self.terms)


def _of(layer: str, value: Callable[[Any], Any]) -> Objective:
    return Objective(frozenset({layer}), lambda a: value(a[layer]))


def _check_channels(layer: str, indices: Iterable[int], a: Any) -> None:
    """Refuse numbers of channels that activations (n, h, w, c) or logits (n, classes) do not have."""
    width, kind = a.shape[-1], "classes" if layer == CLASS else "channels"
    for index in indices:
        if not 0 <= index < width:
            raise BadInput(f"{layer}:{index}: {layer} has {kind} 0 to {width - 1}.")


def _check_width(layer: str, numbers: int, a: Any) -> None:
    """Refuse what was made for another number of channels than the activations have."""
    if numbers != a.shape[-1]:
        raise BadInput(f"{layer} has {a.shape[-1]} channels; what is looked for there has {numbers}.")


def energy(layer: str) -> Objective:
    """Mean square of a whole layer: whatever it sees, more of it (Mordvintsev et al., 2015)."""
    return _of(layer, lambda a: ops.mean(a * a))


def channels(layer: str, weights: Mapping[int, float]) -> Objective:
    """Sum over channels of weight × mean square; a negative weight quietens a channel."""

    def value(a: Any) -> Any:
        _check_channels(layer, weights, a)
        picked = ops.take(a, list(weights), axis=-1)
        loudness = ops.convert_to_tensor(np.array(list(weights.values()), np.float32))
        return ops.mean(ops.sum(picked * picked * loudness, axis=-1))

    return _of(layer, value)


def channel(layer: str, index: int) -> Objective:
    """Mean square of one channel."""
    return channels(layer, {index: 1.0})


def neuron(layer: str, index: int, y: int, x: int) -> Objective:
    """One channel at one place (row, column) of the layer; at a size at which there is no such place, nothing."""

    def value(a: Any) -> Any:
        _check_channels(layer, [index], a)
        rows, columns = (ops.arange(count) for count in ops.shape(a)[1:3])
        there = ops.cast(ops.logical_and(rows[:, None] == y, columns == x), a.dtype)
        return ops.mean(ops.sum(a[..., index] * there, axis=(1, 2)))

    return _of(layer, value)


def direction(layer: str, vector: Any) -> Objective:
    """Mean dot product of the activations with a direction (c,) (Olah et al., 2017)."""
    axis = np.asarray(vector, np.float32)

    def value(a: Any) -> Any:
        _check_width(layer, len(axis), a)
        return ops.mean(ops.sum(a * axis, axis=-1))

    return _of(layer, value)


def class_logit(index: int) -> Objective:
    """The logit of a class; logits, not probabilities, or the rivals are merely silenced."""

    def value(a: Any) -> Any:
        _check_channels(CLASS, [index], a)
        return ops.mean(a[:, index])

    return _of(CLASS, value)


def guide(layer: str, example: Any) -> Objective:
    """Match to a guide image: at each place the dot product with the best-matching feature of the example.

    Args:
        example: the guide's activations at ``layer``, (h, w, c) or (1, h, w, c).
    """
    features = np.asarray(example, np.float32).reshape(-1, np.shape(example)[-1])

    def value(a: Any) -> Any:
        _check_width(layer, features.shape[-1], a)
        products = ops.matmul(ops.reshape(a, (-1, features.shape[-1])), features.T)
        return ops.mean(ops.max(products, axis=-1))

    return _of(layer, value)


def total_variation(beta: float = 2.0) -> Objective:
    """Cost: Σ (dx² + dy²)^(β/2) per pixel and channel of the picture (Mahendran & Vedaldi, 2015)."""

    def value(x: Any) -> Any:
        right = x[:, :-1, 1:] - x[:, :-1, :-1]
        down = x[:, 1:, :-1] - x[:, :-1, :-1]
        return ops.mean((right**2 + down**2 + 1e-8) ** (beta / 2))

    return _of(IMAGE, value)


def norm(power: float = 2.0, layer: str = IMAGE, centre: float | None = None) -> Objective:
    """Cost: mean |x − centre|^power of the picture, or of a layer.

    Args:
        centre: what costs nothing; where it is not given, mid-grey (0.5) for the picture and 0 for a layer.
    """
    rest = (0.5 if layer == IMAGE else 0.0) if centre is None else centre
    return _of(layer, lambda x: ops.mean(ops.abs(x - rest) ** power))


def score(layers: Collection[str], few: Collection[str] = ()) -> Objective:
    """The objective of a film: per layer the mean square of its channels, weighted from outside at every step.

    The weights, (2, channels) per layer, are read from the activations under :func:`weights_key`: row 0 weighs what is
    positive, row 1 what is negative. Of ``class`` the logits themselves count, not their squares.

    Args:
        few: those of the layers of which only a few channels weigh something at a time.
    """

    return Objective(frozenset(layers), _Sum(tuple(_voice(layer, layer in few) for layer in layers)))


def _voice(layer: str, few: bool) -> Objective:
    key = weights_key(layer)
    return Objective(frozenset({layer}), lambda a: _weighted(a[layer], a[key], layer), key, few)


def class_score(layer: str, kernel: NDArray[np.float32]) -> Objective:
    """The objective of a film's classes where a head pools a layer and is linear from there on.

    Each place of the layer has its own answer for a class; of the positive ones counts log(1 + weight·answer²). So a
    place that begins to be sure wins over a picture that is a little of it everywhere, and things take shape; and one
    that is sure leaves room for others, where a square would have only one thing grow. The weights (2, classes) are
    read as in :func:`score`; the 16 loudest classes sound.

    Args:
        layer: what the head pools.
        kernel: (channels of the layer, classes).
    """
    answers = class_answers(kernel)

    def value(a: Activations) -> Any:
        weights = a[weights_key(CLASS)][0]
        _, loudest = ops.top_k(ops.abs(weights), min(MOST_CLASSES, answers.shape[1]))
        seen = ops.relu(ops.matmul(a[layer], ops.take(answers, loudest, axis=1)))
        sounding = ops.take(weights, loudest)
        return ops.mean(ops.sum(ops.sign(sounding) * ops.log1p(ops.abs(sounding) * ops.square(seen)), axis=-1))

    return Objective(frozenset({layer}), value, weights_key(CLASS))


def class_answers(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a head's kernel (channels, classes) without its mean over classes, which tells none from another."""
    return np.asarray(kernel - kernel.mean(axis=1, keepdims=True))


def _weighted(x: Any, weights: Any, layer: str) -> Any:
    if layer == CLASS:
        return ops.sum(ops.mean(x, axis=0) * weights[0])
    # One pass over the activations: the factor of a place is that of its sign.
    return ops.mean(ops.sum(ops.square(x) * ops.where(x > 0, weights[0], weights[1]), axis=-1))


def weights_key(layer: str) -> str:
    """Name under which a score's weights for a layer reach its objective."""
    return f"weights:{layer}"


def numbers_key(layer: str) -> str:
    """Name under which the numbers of the few channels of a layer that weigh something reach what computes them."""
    return f"numbers:{layer}"
