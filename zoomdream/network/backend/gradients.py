"""Gradients, and functions that have another one than their own."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from zoomdream.network.backend.start import tf


def value_and_gradient(function: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    """Return (function(x), its gradient at x); ``function`` is tensor → scalar, or → (n,), whose sum is then meant."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return value, tape.gradient(value, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def gated(parts: Sequence[tuple[Any, Callable[[Any], Any]]], x: Any) -> Any:
    """Return the sum of scalars function(x), of each (heard, function) whose ``heard``, a boolean tensor, is true.

    Nothing is run of the others. Gradients are computed with the values, so that they are not run either, and added up
    from one part to the next: of what is silent behind the first not even zeros are made.
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(x: Any) -> Any:
        apart = tf.stop_gradient(x)  # or TensorFlow prepares for gradients of gradients, which takes far longer
        silence = lambda: (tf.zeros(()), tf.zeros_like(apart))  # noqa: E731
        (heard, function), *others = parts
        value, slope = tf.cond(heard, partial(value_and_gradient, function, apart), silence)
        for heard, function in others:
            value, slope = tf.cond(heard, partial(_added, value, slope, function, apart), partial(_same, value, slope))

        def gradient(upstream: Any, variables: Sequence[Any] = ()) -> Any:
            return (upstream * slope, [None for _ in variables]) if variables else upstream * slope

        return value, gradient

    return run(x)


def _added(value: Any, slope: Any, function: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    more, steeper = value_and_gradient(function, x)
    return value + more, slope + steeper


def _same(value: Any, slope: Any) -> tuple[Any, Any]:
    return value, slope


def gradient_within(function: Callable[[Any], tuple[Any, Any]], x: Any) -> tuple[Any, Any, Any]:
    """Return (value, inner, gradient of the value to inner) of ``function``: tensor → (value, inner tensor).

    The gradient is ``None`` where the value does not depend on the inner tensor.
    """
    with tf.GradientTape() as tape:
        tape.watch(x)
        value, inner = function(x)
    return value, inner, tape.gradient(value, inner)


def guided(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return ``function`` with a gradient that also drops what is negative on its way back.

    Of a ReLU that is guided backprop (Springenberg et al., 2015): R·1[a>0]·1[R>0].
    """

    def gradient(x: Any, upstream: Any) -> Any:
        _, down = value_and_gradient(lambda y: tf.reduce_sum(function(y) * tf.maximum(upstream, 0)), x)
        return down

    return with_gradient(function, gradient)


def let_through(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a rectifier whose gradient, where it is zero for a whole picture, is what would raise its input.

    So a neuron that is silent everywhere can be woken. (Lucid, ``misc/redirected_relu_grad``)
    """

    def gradient(x: Any, upstream: Any) -> Any:
        _, plain = value_and_gradient(lambda y: tf.reduce_sum(function(y) * upstream), x)
        silent = tf.reduce_all(plain == 0, axis=tuple(range(1, len(x.shape))), keepdims=True)
        raising = tf.where((x < 0) & (upstream < 0), tf.zeros_like(upstream), upstream)
        return tf.where(silent, raising, plain)

    return with_gradient(function, gradient)


def with_gradient(function: Callable[[Any], Any], gradient: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """Return ``function`` with a gradient of our own: (x, upstream) → gradient to x."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(x: Any) -> Any:
        return function(x), lambda upstream: gradient(x, upstream)

    return run  # type: ignore[no-any-return]
