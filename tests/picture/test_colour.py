"""Palettes and the map between them."""

import numpy as np
import pytest

from zoomdream.picture.colour import MOST_STRETCH, Palette, blended, measure, natural, recoloured, transport


def palette(seed: int, low: float = 0.01, high: float = 0.05) -> Palette:
    chance = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(chance.normal(size=(3, 3)))
    return Palette(chance.uniform(0.3, 0.6, 3), (axes * chance.uniform(low, high, 3)) @ axes.T)


def test_measure_by_hand():
    image = np.array([[[0, 0, 0], [1, 0, 0]], [[0, 0, 0.5], [1, 0, 0.5]]], np.float32)
    mean, covariance = measure(image)
    np.testing.assert_allclose(mean, [0.5, 0, 0.25])
    np.testing.assert_allclose(covariance, np.diag([0.25, 0, 0.0625]))


def test_measure_sees_how_channels_go_together():
    image = np.array([[[0, 0, 1], [1, 1, 0]]], np.float32)
    np.testing.assert_allclose(measure(image).covariance, 0.25 * np.array([[1, 1, -1], [1, 1, -1], [-1, -1, 1]]))


def test_a_large_picture_is_measured_from_a_sample():
    image = np.random.default_rng(0).random((900, 700, 3), np.float32)
    mean, covariance = measure(image)
    np.testing.assert_allclose(mean, 0.5, atol=0.01)
    np.testing.assert_allclose(covariance, np.eye(3) / 12, atol=0.002)


@pytest.mark.parametrize("seed", range(5))
def test_transport_maps_one_covariance_to_the_other(seed):
    source, target = palette(seed), palette(seed + 100)
    matrix = transport(source, target)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-9)
    np.testing.assert_allclose(matrix @ source.covariance @ matrix.T, target.covariance, rtol=2e-3, atol=5e-6)
    assert np.linalg.eigvalsh(matrix).min() > 0


def test_transport_to_itself_changes_nothing():
    np.testing.assert_allclose(transport(natural(), natural()), np.eye(3), atol=1e-6)


def test_transport_between_axes_is_the_ratio_of_deviations():
    source = Palette(np.zeros(3), np.diag([0.01, 0.04, 0.09]))
    target = Palette(np.zeros(3), np.diag([0.04, 0.04, 0.01]))
    np.testing.assert_allclose(transport(source, target), np.diag([2, 1, 1 / 3]), atol=1e-3)


def test_a_flat_picture_is_not_stretched_without_bound():
    flat = Palette(np.full(3, 0.5), np.zeros((3, 3)))
    values = np.linalg.eigvalsh(transport(flat, natural()))
    assert values.max() == pytest.approx(MOST_STRETCH)
    assert np.isfinite(values).all()


def test_natural_has_the_spread_of_photographs():
    mean, covariance = natural()
    assert np.trace(covariance) / 3 == pytest.approx((55 / 255) ** 2)
    np.testing.assert_allclose(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert ((mean > 0.3) & (mean < 0.6)).all()


def test_a_picture_takes_the_colours_of_a_palette(photo):
    target = Palette(np.array([0.4, 0.5, 0.6]), np.diag([0.002, 0.004, 0.001]))
    mean, covariance = measure(recoloured(photo[:128, :128], target))
    np.testing.assert_allclose(mean, target.mean, atol=0.01)
    np.testing.assert_allclose(covariance, target.covariance, atol=5e-4)


def test_blended_palettes_by_hand():
    one, other = Palette(np.zeros(3), np.eye(3)), Palette(np.ones(3), 3 * np.eye(3))
    mean, covariance = blended([one, other], [0.25, 0.75])
    np.testing.assert_allclose(mean, 0.75)
    np.testing.assert_allclose(covariance, 2.5 * np.eye(3))
