"""Gradients to the picture: worked out by hand, by finite differences, and with noise."""

from math import erf, sqrt
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.typing import NDArray

from zoomdream.errors import BadInput
from zoomdream.still import sensitivity

Array = NDArray[np.float64]


def test_saliency_by_hand(mixing: Any, ask: Any, square: Any) -> None:
    found = sensitivity.saliency(ask(mixing, square))
    assert np.array_equal(found.values, [[[8, 24], [16, 8]]])
    assert found.facts["score"] == [4 - 1 + 21 - 4 + 2 - 4]
    assert not found.signed


def test_the_gradient_keeps_its_signs_and_colours(mixing: Any, ask: Any, square: Any) -> None:
    _, down = sensitivity.slopes(ask(mixing, square))
    assert np.array_equal(down[0], [[[4, 0, -8], [-16, 24, 8]], [[8, -16, 0], [8, -8, -8]]])


def test_guided_backprop_by_hand(mixing: Any, ask: Any, square: Any) -> None:
    """What comes down to ``mix`` below 0 is dropped, so is what comes to a channel that is off."""
    found = sensitivity.guided(ask(mixing, square))
    assert np.array_equal(found.values, [[[[4, 0, -8], [-12, 24, 0]], [[0, 0, 0], [4, 0, -8]]]])
    assert found.signed


def test_each_picture_has_its_own_target(mixing: Any, ask: Any, square: Any) -> None:
    question = ask(mixing, [square, square])
    question.targets[1] = ask(mixing, square, 1).targets[0]
    found = sensitivity.guided(question).values
    assert np.array_equal(found[0], sensitivity.guided(ask(mixing, square, 0)).values[0])
    assert np.array_equal(found[1], sensitivity.guided(ask(mixing, square, 1)).values[0])
    assert not np.array_equal(found[0], found[1])


def _convolve(x: Array, kernel: Array, stride: int) -> Array:
    """Return a convolution with ``same`` padding, as TensorFlow pads: what is odd goes to the end."""
    size = kernel.shape[0]
    pads = [max((-(-side // stride) - 1) * stride + size - side, 0) for side in x.shape[:2]]
    x = np.pad(x, [*((pad // 2, pad - pad // 2) for pad in pads), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(0, 1))[::stride, ::stride]
    return np.einsum("yxcij,ijco->yxo", windows, kernel)


def _tiny_in_numpy(model: Any, picture: Array) -> Array:
    """Return the logits of the tiny network, in float64 and without Keras."""
    weight = {layer.name: [np.asarray(w, np.float64) for w in layer.get_weights()] for layer in model.layers}
    x = np.maximum(_convolve(picture, weight["one"][0], 2) + weight["one"][1], 0)
    x = _convolve(x, weight["two_conv"][0], 1)
    gamma, beta, mean, variance = weight["two_norm"]
    x = np.maximum((x - mean) / np.sqrt(variance + model.get_layer("two_norm").epsilon) * gamma + beta, 0)
    return np.asarray(x.mean((0, 1)) @ weight["predictions"][0] + weight["predictions"][1])


@pytest.mark.parametrize("size", [(8, 8), (7, 10)])
def test_gradients_agree_with_finite_differences(size: tuple[int, int], tiny: Any, ask: Any) -> None:
    picture = np.random.default_rng(5).random((*size, 3), np.float32)
    values, down = sensitivity.slopes(ask(tiny, picture, 3))
    exact = picture.astype(np.float64)
    assert np.isclose(values[0], _tiny_in_numpy(tiny.model, exact)[3], rtol=1e-5)
    step, expected = 1e-6, np.zeros_like(exact)
    for place in np.ndindex(exact.shape):
        nudge = np.zeros_like(exact)
        nudge[place] = step
        ends = [_tiny_in_numpy(tiny.model, exact + sign * nudge)[3] for sign in (1, -1)]
        expected[place] = (ends[0] - ends[1]) / (2 * step)
    assert np.abs(expected).max() > 1e-3
    assert np.allclose(down[0], expected, rtol=1e-4, atol=1e-6)


def test_guided_backprop_without_a_relu_is_the_gradient(network: Any, ask: Any, pictures: Any) -> None:
    image = keras.Input((12, 10, 3))
    x = layers.Conv2D(4, 3, activation="tanh")(image)
    x = layers.Activation("sigmoid")(layers.Conv2D(4, 3, strides=2)(x))
    question = ask(network(keras.Model(image, layers.Dense(3)(layers.GlobalMaxPooling2D()(x)))), pictures, 1)
    found, plain = sensitivity.guided(question).values, sensitivity.slopes(question)[1]
    assert np.abs(plain).max() > 0
    assert np.allclose(found, plain, rtol=1e-5, atol=1e-9)


def test_guided_backprop_leaves_the_network_as_it_was(twins: Any, ask: Any, pictures: Any) -> None:
    question = ask(twins[0], pictures, 2)
    weights = [each.copy() for each in twins[0].model.get_weights()]
    settings = [layer.get_config() for layer in twins[0].model.layers[0].layers]
    before = sensitivity.slopes(question)[1]
    assert not np.allclose(sensitivity.guided(question).values, before)
    assert np.array_equal(sensitivity.slopes(question)[1], before)
    assert settings == [layer.get_config() for layer in twins[0].model.layers[0].layers]
    assert all(np.array_equal(a, b) for a, b in zip(weights, twins[0].model.get_weights(), strict=True))


def test_smoothgrad_without_noise_is_saliency(tiny: Any, ask: Any, pictures: Any) -> None:
    question = ask(tiny, pictures, 1)
    plain, smooth = sensitivity.saliency(question), sensitivity.smoothgrad(question, copies=3, noise=0)
    assert np.allclose(smooth.values, plain.values, rtol=1e-5, atol=1e-8)
    assert np.array_equal(smooth.facts["score"], plain.facts["score"])


def test_the_seed_decides_the_noise(tiny: Any, ask: Any, pictures: Any) -> None:
    question = ask(tiny, pictures[:1], 1)
    one, again, other = (sensitivity.smoothgrad(question, copies=4, seed=seed).values for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.allclose(one, other)


def test_noise_does_not_depend_on_the_pictures_beside_it(tiny: Any, ask: Any, pictures: Any) -> None:
    together = sensitivity.smoothgrad(ask(tiny, pictures, 1), copies=4).values
    alone = [sensitivity.smoothgrad(ask(tiny, each, 1), copies=4).values[0] for each in pictures]
    assert np.allclose(together, alone, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("low", [0.2, 0.5])
def test_noise_is_in_parts_of_the_pictures_range(low: float, rectified: Any, ask: Any) -> None:
    """Of noisy copies of a pixel of 0.6, those over a threshold of 0.5 have a slope: Φ(0.1 / σ) of them."""
    picture = np.full((32, 32, 3), 0.6, np.float32)
    picture[0, 0], picture[-1, -1] = low, 1
    found = sensitivity.smoothgrad(ask(rectified(1, 0.5, (32, 32)), picture), noise=0.15).values[0] * 32 * 32
    sigma = 0.15 * (1 - low)
    assert abs(found.mean() - (1 + erf(0.1 / sigma / sqrt(2))) / 2) < 0.01


def test_smoothgrad_needs_a_copy(mixing: Any, ask: Any, square: Any) -> None:
    with pytest.raises(BadInput, match="at least 1 noisy copy, not 0"):
        sensitivity.smoothgrad(ask(mixing, square), copies=0)
