"""Parts of a function that are run only while they are heard."""

from typing import Any

import numpy as np
import pytest

from zoomdream.network.backend import compile_frozen, gated, value_and_gradient
from zoomdream.network.backend.start import tf

X = np.random.default_rng(0).random((1, 3, 4, 2), np.float32)
FACTORS = (1.0, 10.0, 100.0)


def _ran() -> tuple[list[int], Any]:
    """Return which parts have run, and what compiles three parts: (x, heard) → [value, gradient]."""
    ran: list[int] = []

    def note(number: int) -> np.float32:
        ran.append(number)
        return np.float32(1)

    def part(number: int) -> Any:
        def squares(x: Any) -> Any:
            run = tf.ensure_shape(tf.numpy_function(lambda: note(number), [], tf.float32), ())
            return FACTORS[number] * tf.reduce_sum(x**2) * run

        return squares

    def both(x: Any, heard: Any) -> list[Any]:
        parts = [(heard[number] > 0, part(number)) for number in range(3)]
        return list(value_and_gradient(lambda x: gated(parts, x), x))

    return ran, compile_frozen(both, {"x": (1, None, None, 2), "heard": (3,)})


@pytest.mark.parametrize("heard", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 0, 0)])
def test_the_sum_of_what_is_heard_and_nothing_else_is_run(heard: tuple[int, ...]) -> None:
    ran, run = _ran()
    ran.clear()
    value, slope = run(x=X, heard=np.array(heard, np.float32))
    factor = sum(factor for factor, one in zip(FACTORS, heard, strict=True) if one)
    assert float(value) == pytest.approx(factor * float((X**2).sum()), rel=1e-5)
    assert slope.shape == X.shape
    np.testing.assert_allclose(slope, 2 * factor * X, rtol=1e-5)
    assert ran == [number for number, one in enumerate(heard) if one]


def test_a_gate_within_a_gate() -> None:
    def both(x: Any, heard: Any) -> list[Any]:
        inner = lambda x: tf.reduce_sum(x) + gated([(heard[1] > 0, lambda x: tf.reduce_sum(x**2))], 3 * x)  # noqa: E731
        return list(value_and_gradient(lambda x: gated([(heard[0] > 0, inner)], x), x))

    run = compile_frozen(both, {"x": (1, None, None, 2), "heard": (2,)})
    for heard, expected in (((0, 1), 0 * X), ((1, 0), 0 * X + 1), ((1, 1), 1 + 18 * X)):
        np.testing.assert_allclose(run(x=X, heard=np.array(heard, np.float32))[1], expected, rtol=1e-5)
