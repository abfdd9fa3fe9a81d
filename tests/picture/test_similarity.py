"""Structural similarity, worked out place by place."""

import cv2
import numpy as np
import pytest

from zoomdream.picture.similarity import similarity


def noise(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, np.float32)


def by_hand(one: np.ndarray, other: np.ndarray) -> float:
    """Return the formula of Wang et al. (2004), (13), for every place of the window inside, in float64."""
    line = cv2.getGaussianKernel(11, 1.5)
    window = line @ line.T
    found = []
    for channel in range(3):
        for y in range(one.shape[0] - 10):
            for x in range(one.shape[1] - 10):
                a, b = (np.float64(each[y : y + 11, x : x + 11, channel]) for each in (one, other))
                mean_a, mean_b = (window * a).sum(), (window * b).sum()
                var_a, var_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
                both = (window * (a - mean_a) * (b - mean_b)).sum()
                light = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
                found.append(light * (2 * both + 0.03**2) / (var_a + var_b + 0.03**2))
    return float(np.mean(found))


@pytest.mark.parametrize("strength", [0.003, 0.1, 1])
def test_it_is_the_formula_at_every_place(strength):
    one = noise((14, 17, 3))
    other = (1 - strength) * one + strength * noise(one.shape, 1)
    assert similarity(one, other) == pytest.approx(by_hand(one, other), abs=2e-6)


@pytest.mark.parametrize("shape", [(40, 30, 3), (11, 11, 3), (5, 40, 3), (1, 1, 3)])
def test_the_same_is_one_at_any_size_and_another_is_less(shape):
    one = noise(shape)
    assert similarity(one, one) == pytest.approx(1, abs=1e-6)
    assert similarity(one, 1 - one) < 0.95


def test_flat_pictures_differ_by_their_light_alone():
    one, other = np.full((20, 20, 3), 0.2, np.float32), np.full((20, 20, 3), 0.6, np.float32)
    assert similarity(one, other) == pytest.approx((2 * 0.12 + 1e-4) / (0.04 + 0.36 + 1e-4), abs=1e-5)


def test_a_change_of_colour_at_the_same_luminance_is_seen():
    one = noise((30, 30, 3))
    other = one.copy()
    other[..., 2] = noise((30, 30), 1)
    assert similarity(one, other) == pytest.approx(similarity(one[..., 2:], other[..., 2:]) / 3 + 2 / 3, abs=1e-6)
