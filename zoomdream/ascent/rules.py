"""Rules: from a gradient to an update, as pairs of pure functions that chain (after optax).

A rule is ``(init, update)``: ``init(image)`` gives its first state, ``update(gradient, state)`` gives the update and
the next state. Gradients and updates are tensors (n, h, w, 3); a state is any nest of tensors. What is normalised is
normalised for each picture by itself.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops

from zoomdream.network.backend import enlarge

EPSILON = 1e-12


class Rule(NamedTuple):
    """A pair of pure functions."""

    init: Callable[[Any], Any]
    update: Callable[[Any, Any], tuple[Any, Any]]


def stateless(change: Callable[[Any], Any]) -> Rule:
    """Return the rule that applies ``change`` to every gradient."""
    return Rule(lambda image: (), lambda gradient, state: (change(gradient), state))


def chain(*rules: Rule) -> Rule:
    """Return the rule that applies ``rules`` one after the other."""

    def update(gradient: Any, states: Any) -> tuple[Any, Any]:
        following = []
        for rule, state in zip(rules, states, strict=True):
            gradient, state = rule.update(gradient, state)
            following.append(state)
        return gradient, tuple(following)

    return Rule(lambda image: tuple(rule.init(image) for rule in rules), update)


def scale(factor: float) -> Rule:
    """Multiply by a number: the step size."""
    return stateless(lambda g: g * factor)


def normalise_std() -> Rule:
    """Divide by the standard deviation over the whole picture."""
    return stateless(_by_std)


def normalise_rms() -> Rule:
    """Divide by the root of the mean square."""
    return stateless(lambda g: g / (ops.sqrt(_mean(g * g)) + EPSILON))


def normalise_mean_abs() -> Rule:
    """Divide by the mean absolute value."""
    return stateless(lambda g: g / (_mean(ops.abs(g)) + EPSILON))


def sign() -> Rule:
    """Keep only the sign: −1, 0 or 1."""
    return stateless(ops.sign)


def clip(limit: float) -> Rule:
    """Keep every value within ±limit."""
    return stateless(lambda g: ops.clip(g, -limit, limit))


def smooth(scales: int = 3) -> Rule:
    """Sum the gradient seen at full, half, quarter … scale, each divided by its standard deviation.

    Coarser scales carry colour and form, the finest one the line.
    """

    def change(gradient: Any) -> Any:
        size = ops.shape(gradient)[1:3]
        total, coarser = _by_std(gradient), gradient
        for _ in range(scales - 1):
            coarser = ops.average_pool(coarser, 2, padding="same")
            total = total + _by_std(enlarge(coarser, size))
        return total

    return stateless(change)


def laplacian(bands: int = 4) -> Rule:
    """Split into Laplacian bands, divide each by its standard deviation and add them up (TensorFlow's deep dream)."""

    def change(gradient: Any) -> Any:
        total, rest = 0.0, gradient
        for _ in range(bands - 1):
            low = enlarge(ops.average_pool(rest, 2, padding="same"), ops.shape(rest)[1:3])
            total, rest = total + _by_std(rest - low), low
        return total + _by_std(rest)

    return stateless(change)


def adam(rate: float = 1.0, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> Rule:
    """Adam (Kingma & Ba, 2015, algorithm 1), ascending: the update is ``rate·m̂/(√v̂ + ε)``."""

    def init(image: Any) -> Any:
        zero = ops.zeros_like(ops.convert_to_tensor(image))
        return zero, zero, ops.convert_to_tensor(0.0)

    def update(gradient: Any, state: Any) -> tuple[Any, Any]:
        first, second, count = state
        count = count + 1
        first = beta1 * first + (1 - beta1) * gradient
        second = beta2 * second + (1 - beta2) * gradient * gradient
        size, unbiased = rate / (1 - beta1**count), 1 / ops.sqrt(1 - beta2**count)  # numbers, so two passes fewer
        return size * first / (unbiased * ops.sqrt(second) + epsilon), (first, second, count)

    return Rule(init, update)


def _mean(x: Any) -> Any:
    """Return the mean of each picture, (n, 1, …)."""
    return ops.mean(x, axis=tuple(range(1, len(x.shape))), keepdims=True)


def _by_std(gradient: Any) -> Any:
    # An even gradient has no spread of its own; a tenth of its size bounds what it can become.
    square, mean = _mean(gradient * gradient), _mean(gradient)
    spread = ops.sqrt(ops.maximum(square - mean * mean, 0.01 * square))
    return gradient / (spread + EPSILON)
