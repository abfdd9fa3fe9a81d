"""Convolutions by squares are convolutions."""

import gc
from typing import Any

import numpy as np
import pytest
from keras import layers, ops

from zoomdream.network.backend import Convolution, compile_frozen, compiling, convolutions, value_and_gradient
from zoomdream.network.backend.start import tf
from zoomdream.network.backend.winograd import Squares

PLENTY = 112  # channels in and out from which squares pay


def _by_hand(x: Any, kernel: Any, around: int) -> Any:
    """Return the sum over the kernel's elements of the shifted picture times the element, in float64."""
    x = np.pad(x.astype(np.float64), ((0, 0), (around, around), (around, around), (0, 0)))
    height, width = x.shape[1] - 2, x.shape[2] - 2
    return sum(
        x[:, i : i + height, j : j + width] @ kernel[i, j].astype(np.float64) for i in range(3) for j in range(3)
    )


def _noise(*shape: int) -> Any:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("around", [0, 1, 2])
@pytest.mark.parametrize("size", [(3, 3), (4, 4), (5, 9), (6, 17), (13, 8)])
def test_the_convolution_and_that_with_the_kernel_turned(size: tuple[int, int], around: int) -> None:
    kernel = _noise(3, 3, 5, 7)
    squares, turned = Squares(kernel), kernel[::-1, ::-1].transpose(0, 1, 3, 2)
    there, back = _noise(2, *size, 5), _noise(2, *size, 7)
    made, made_back = squares.run(tf.constant(there), around), squares.run_turned(tf.constant(back), around)
    np.testing.assert_allclose(made, _by_hand(there, kernel, around), atol=5e-5)
    np.testing.assert_allclose(made_back, _by_hand(back, turned, around), atol=5e-5)


def test_one_pixel_is_a_square_too() -> None:
    kernel = _noise(3, 3, 2, 3)
    np.testing.assert_allclose(
        Squares(kernel).run(tf.constant([[[[1.0, -2.0]]]]), 1)[0, 0, 0], [1, -2] @ kernel[1, 1], atol=1e-5
    )


def test_rounding_is_about_that_of_a_plain_convolution() -> None:
    x, kernel = _noise(1, 24, 24, 256), _noise(3, 3, 256, 128)
    exact = _by_hand(x, kernel, 1)

    def rounding(found: Any) -> float:
        return float(np.sqrt(np.mean((np.asarray(found) - exact) ** 2)))

    plain = rounding(tf.nn.conv2d(x, kernel, 1, "SAME"))
    assert rounding(Squares(kernel).run(tf.constant(x), 1)) < 3 * plain


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("bias", [True, False])
def test_a_convolution_of_many_channels_is_by_squares_and_so_is_its_gradient(padding: str, bias: bool) -> None:
    layer = layers.Conv2D(PLENTY, 3, padding=padding, bias_initializer="ones")
    layer.build((None, None, None, PLENTY + 3))
    kernel = np.asarray(layer.kernel)
    given = np.asarray(layer.bias) if bias else np.zeros(PLENTY, np.float32)
    ours = Convolution(kernel, given if bias else None, (1, 1), padding, (1, 1), depthwise=False)
    layer.bias.assign(given)
    assert ours._squares is not None
    x = ops.convert_to_tensor(_noise(2, 9, 14, PLENTY + 3))
    value, gradient = value_and_gradient(lambda x: ops.sum(ours(x) ** 2), x)
    expected_value, expected = value_and_gradient(lambda x: ops.sum(layer(x) ** 2), x)
    assert float(value) == pytest.approx(float(expected_value), rel=1e-5)
    np.testing.assert_allclose(gradient, expected, atol=1e-5 * float(np.abs(expected).max()))


def _convolution(kernel: tuple[int, ...], stride: int = 1, dilation: int = 1, depthwise: bool = False) -> Convolution:
    return Convolution(_noise(*kernel), None, (stride, stride), "same", (dilation, dilation), depthwise)


def test_squares_are_cut_only_where_they_pay(monkeypatch: Any) -> None:
    many = (3, 3, PLENTY, PLENTY)
    assert _convolution(many)._squares is not None
    assert _convolution((3, 3, PLENTY - 1, PLENTY))._squares is None
    assert _convolution((5, 5, PLENTY, PLENTY))._squares is None
    assert _convolution((3, 1, PLENTY, PLENTY))._squares is None
    assert _convolution(many, stride=2)._squares is None
    assert _convolution(many, dilation=2)._squares is None
    assert _convolution((3, 3, PLENTY, 1), depthwise=True)._squares is None
    monkeypatch.setattr(convolutions, "accelerators", lambda: ["a card"])
    assert _convolution(many)._squares is None


def test_some_channels_of_such_a_convolution() -> None:
    convolution = _convolution((3, 3, PLENTY, PLENTY))
    x, numbers = tf.constant(_noise(1, 6, 7, PLENTY)), [3, 50, 7]
    some, slope = value_and_gradient(lambda x: tf.reduce_sum(convolution.some(x, numbers) ** 2), x)
    whole, expected = value_and_gradient(lambda x: tf.reduce_sum(tf.gather(convolution(x), numbers, axis=-1) ** 2), x)
    assert float(some) == pytest.approx(float(whole), rel=1e-5)
    np.testing.assert_allclose(slope, expected, atol=1e-5 * float(np.abs(expected).max()))


def test_a_compiled_function_reads_the_kernel_and_keeps_it(monkeypatch: Any) -> None:
    """Its graph is small, it serves all sizes, comes out the same each time, and outlives the convolution."""
    kernel, frozen = _noise(3, 3, PLENTY, PLENTY), []
    freeze = compiling.convert_variables_to_constants_v2
    monkeypatch.setattr(
        compiling, "convert_variables_to_constants_v2", lambda *given: (frozen.append(freeze(*given)), frozen[0])[1]
    )

    def compiled_alone() -> Any:
        convolution = Convolution(kernel, None, (1, 1), "same", (1, 1), depthwise=False)
        return compile_frozen(lambda x: [convolution(x)], {"x": (None, None, None, PLENTY)})

    compiled = compiled_alone()
    gc.collect()
    assert frozen[0].graph.as_graph_def().ByteSize() < kernel.nbytes / 4
    for size in ((1, 8, 8), (2, 5, 11)):
        x = _noise(*size, PLENTY)
        made, again = compiled(x=x)[0], compiled(x=x)[0]
        np.testing.assert_allclose(made, _by_hand(x, kernel, 1), atol=1e-3)
        np.testing.assert_array_equal(made, again)
