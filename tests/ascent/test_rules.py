"""Rules: what a gradient becomes."""

import keras
import numpy as np
import pytest
from keras import ops

from zoomdream.ascent import rules as r


def gradient(shape: tuple[int, ...] = (1, 24, 32, 3), seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.3, shape).astype(np.float32)


def once(rule: r.Rule, g: np.ndarray) -> np.ndarray:
    return np.asarray(rule.update(ops.convert_to_tensor(g), rule.init(g))[0])


NORMALISED = {
    "std": (r.normalise_std, np.std),
    "rms": (r.normalise_rms, lambda x: np.sqrt((x**2).mean())),
    "mean-abs": (r.normalise_mean_abs, lambda x: np.abs(x).mean()),
}
SHAPING = {
    **{name: make for name, (make, _) in NORMALISED.items()},
    "sign": r.sign,
    "smooth": r.smooth,
    "laplacian": r.laplacian,
}
every_shaping = pytest.mark.parametrize("make", SHAPING.values(), ids=SHAPING.keys())


@pytest.mark.parametrize(("make", "size"), NORMALISED.values(), ids=NORMALISED.keys())
def test_normalised_to_one(make, size):
    assert size(once(make(), gradient() + 0.1)) == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("make", [make for make, _ in NORMALISED.values()], ids=NORMALISED.keys())
def test_normalising_keeps_the_direction(make):
    g = gradient()
    ratio = once(make(), g) / g
    np.testing.assert_allclose(ratio, ratio.mean(), rtol=1e-4)
    assert ratio.mean() > 0


@every_shaping
@pytest.mark.parametrize("factor", [1e-6, 1e4])
def test_the_size_of_the_gradient_does_not_matter(make, factor):
    g = gradient()
    np.testing.assert_allclose(once(make(), g * np.float32(factor)), once(make(), g), atol=2e-3)


@every_shaping
@pytest.mark.parametrize("shape", [(1, 24, 32, 3), (1, 23, 31, 3), (1, 17, 5, 3), (1, 3, 2, 3), (1, 1, 1, 3)])
def test_finite_and_of_the_same_shape_at_every_size(make, shape):
    update = once(make(), gradient(shape))
    assert update.shape == shape
    assert np.isfinite(update).all()


@pytest.mark.parametrize("make", [r.normalise_std, r.sign, r.smooth, r.laplacian])
@pytest.mark.parametrize("level", [0.0, 1.0, 1e-5])
def test_an_even_gradient_gives_no_runaway_step(make, level):
    rule = r.chain(make(), r.normalise_std(), r.scale(0.01))
    update = once(rule, np.full((1, 24, 32, 3), level, np.float32))
    assert np.isfinite(update).all()
    assert np.abs(update).max() <= 1


def test_sign():
    np.testing.assert_array_equal(once(r.sign(), np.array([[[[-3, 0, 0.1]]]], np.float32)), [[[[-1, 0, 1]]]])


def test_clip_and_scale():
    g = np.array([[[[-3, 0.2, 7]]]], np.float32)
    np.testing.assert_allclose(once(r.clip(0.5), g), [[[[-0.5, 0.2, 0.5]]]])
    np.testing.assert_allclose(once(r.scale(-2), g), [[[[6, -0.4, -14]]]])


def test_chain_runs_from_left_to_right():
    g = np.array([[[[4.0]]]], np.float32)
    assert once(r.chain(r.scale(2), r.clip(5)), g) == 5
    assert once(r.chain(r.clip(5), r.scale(2)), g) == 8
    assert once(r.chain(), g) == 4


def test_chain_keeps_the_state_of_each_rule():
    counter = r.Rule(lambda image: 0, lambda g, n: (g + n, n + 1))
    rule = r.chain(counter, r.scale(10), counter)
    state = rule.init(np.zeros((1, 1, 1, 3)))
    seen = []
    for _ in range(3):
        update, state = rule.update(1.0, state)
        seen.append(update)
    assert seen == [10, 21, 32]
    assert state == (3, (), 3)


def test_smooth_of_one_scale_is_the_standard_deviation():
    g = gradient()
    np.testing.assert_allclose(once(r.smooth(1), g), g / g.std(), rtol=1e-4, atol=1e-5)


def test_smooth_strengthens_the_coarse():
    coarse = np.cos(np.arange(64) / 64 * 2 * np.pi * 2)
    fine = np.cos(np.arange(64) * np.pi)
    g = np.broadcast_to((coarse + fine)[None, None, :, None], (1, 64, 64, 3)).astype(np.float32)
    update = once(r.smooth(3), g)[0, 32, :, 0]
    assert abs(update @ coarse) > 1.5 * abs(update @ fine)


@pytest.mark.parametrize("shape", [(1, 24, 32, 3), (1, 23, 31, 3), (1, 1, 1, 3)])
def test_undivided_laplacian_bands_add_up_to_the_gradient(shape, monkeypatch):
    monkeypatch.setattr(r, "_by_std", lambda g: g)
    g = gradient(shape)
    np.testing.assert_allclose(once(r.laplacian(4), g), g, atol=1e-5)


def test_laplacian_of_one_band_is_the_standard_deviation():
    g = gradient()
    np.testing.assert_allclose(once(r.laplacian(1), g), g / g.std(), rtol=1e-4, atol=1e-5)


def test_adam_by_hand():
    rule = r.adam(rate=0.1, beta1=0.9, beta2=0.99, epsilon=0)
    state = rule.init(np.zeros((1, 1, 1, 1), np.float32))
    first, state = rule.update(np.full((1, 1, 1, 1), 2, np.float32), state)
    second, state = rule.update(np.full((1, 1, 1, 1), -1, np.float32), state)
    mean = (0.9 * 0.1 * 2 + 0.1 * -1) / (1 - 0.9**2)
    square = (0.99 * 0.01 * 4 + 0.01 * 1) / (1 - 0.99**2)
    assert float(first[0, 0, 0, 0]) == pytest.approx(0.1, rel=1e-4)
    assert float(second[0, 0, 0, 0]) == pytest.approx(0.1 * mean / np.sqrt(square), rel=1e-4)
    assert float(state[2]) == 2


def test_adam_is_keras_adam_uphill():
    start = gradient(seed=5)
    theirs = keras.Variable(start)
    optimiser = keras.optimizers.Adam(0.05, 0.9, 0.999, 1e-8)
    rule, ours = r.adam(0.05), start
    state = rule.init(start)
    for step in range(5):
        g = gradient(seed=step)
        optimiser.apply([ops.convert_to_tensor(-g)], [theirs])
        update, state = rule.update(ops.convert_to_tensor(g), state)
        ours = ours + np.asarray(update)
    np.testing.assert_allclose(ours, np.asarray(theirs), atol=5e-4)


def test_adam_does_not_change_the_state_it_was_given():
    rule = r.adam()
    state = rule.init(np.zeros((1, 2, 2, 3), np.float32))
    one = np.asarray(rule.update(gradient((1, 2, 2, 3)), state)[0])
    again = np.asarray(rule.update(gradient((1, 2, 2, 3)), state)[0])
    np.testing.assert_array_equal(one, again)
