"""The grade: a soft pull, and a soft end of the range."""

import numpy as np
import pytest

from zoomdream.film import grade
from zoomdream.film.grade import pull, shoulder, target
from zoomdream.film.settings import Grade
from zoomdream.picture.colour import Palette, measure, natural, transport

GOAL = Palette(np.array([0.52, 0.5, 0.47]), np.diag([4e-3, 3e-3, 2e-3]) + 1e-3)


def middling(spread: float = 0.03) -> np.ndarray:
    grain = np.random.default_rng(0).uniform(-1, 1, (60, 80, 3))
    return (0.5 + spread * grain @ np.array([[1, 0.5, 0], [0, 1, 0.2], [0, 0, 1]])).astype(np.float32)


@pytest.mark.parametrize("seconds", [1 / 24, 1 / 12, 0.4, 2])
def test_mean_and_covariance_move_by_the_share_of_the_time(seconds):
    before = measure(middling())
    after = measure(pull(middling(), GOAL, Grade(seconds=0.4), seconds))
    share = 1 - np.exp(-seconds / 0.4)
    np.testing.assert_allclose(after.mean, before.mean + (1 - (1 - share) ** 2) * (GOAL.mean - before.mean), atol=1e-5)
    way = (1 - share) * np.eye(3) + share * transport(before, GOAL)
    np.testing.assert_allclose(after.covariance, way @ before.covariance @ way, atol=1e-6)


def test_deviations_of_unmixed_colours_move_by_the_share():
    image = (0.5 + np.random.default_rng(0).uniform(-0.1, 0.1, (100, 100, 3))).astype(np.float32)
    goal = Palette(np.full(3, 0.5), np.diag(np.array([0.03, 0.06, 0.09]) ** 2))
    before, share = measure(image), 1 - np.exp(-0.25)
    after = measure(pull(image, goal, Grade(seconds=1), 0.25))
    deviation, wanted = np.sqrt(np.diag(before.covariance)), np.sqrt(np.diag(goal.covariance))
    np.testing.assert_allclose(np.sqrt(np.diag(after.covariance)), deviation + share * (wanted - deviation), rtol=5e-3)


def test_many_small_pulls_arrive():
    image = middling(0.15)
    for _ in range(100):
        image = pull(image, GOAL, Grade(seconds=0.4), 1 / 12)
    np.testing.assert_allclose(measure(image).mean, GOAL.mean, atol=2e-3)
    np.testing.assert_allclose(measure(image).covariance, GOAL.covariance, atol=3e-4)


def test_no_time_no_pull():
    np.testing.assert_allclose(pull(middling(), GOAL, Grade(), 0), middling(), atol=1e-6)


def test_off_leaves_the_values_and_clips():
    wild = np.array([[[-0.5, 0.01, 0.5], [0.99, 1.5, 0.2]]], np.float32)
    np.testing.assert_array_equal(pull(wild, natural(), Grade(towards="off"), 1), np.clip(wild, 0, 1))


def test_a_flat_picture_stays_finite_and_near_plain():
    plain = np.full((20, 30, 3), 0.5, np.float32)
    graded = pull(plain, natural(), Grade(), 1 / 12)
    assert np.isfinite(graded).all()
    assert graded.std(axis=(0, 1)).max() < 1e-3


def test_the_picture_stays_float32_within_the_range():
    graded = pull(3 * middling(0.3) - 1, natural(), Grade(), 1 / 12)
    assert graded.dtype == np.float32
    assert graded.min() >= 0
    assert graded.max() <= 1


def test_shoulder_is_the_identity_in_the_middle():
    middle = np.linspace(0.04, 0.96, 1000, dtype=np.float32)
    np.testing.assert_allclose(shoulder(middle), middle, atol=1e-7)


def test_shoulder_is_monotone_continuous_smooth_and_within_the_range():
    x = np.linspace(-1, 2, 30_001)
    y = shoulder(x)
    slope = np.diff(y) / np.diff(x)
    assert slope.min() > -1e-3
    assert slope.max() < 1 + 1e-2
    assert np.abs(np.diff(slope)).max() < 0.02
    assert y.min() >= 0
    assert y.max() <= 1
    np.testing.assert_allclose(y + y[::-1], 1, atol=1e-6)


@pytest.mark.parametrize("value", [-1e30, -50, 50, 1e30])
def test_shoulder_takes_any_number(value):
    assert 0 <= shoulder(np.array([value], np.float32))[0] <= 1


def test_target_is_natural_unless_told_otherwise():
    for got, expected in zip(target(Grade()), natural(), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-12)


def test_target_takes_the_colours_of_a_picture():
    for got, expected in zip(target(Grade(), middling()), measure(middling()), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-12)


def test_contrast_multiplies_deviations_and_brightness_adds():
    mean, covariance = target(Grade(contrast=1.5, brightness=0.1))
    np.testing.assert_allclose(mean, natural().mean + 0.1)
    np.testing.assert_allclose(covariance, 2.25 * natural().covariance)


def test_saturation_multiplies_what_is_not_grey():
    grey, red_green = np.ones(3) / np.sqrt(3), np.array([1, -1, 0]) / np.sqrt(2)
    covariance, half = natural().covariance, target(Grade(saturation=0.5)).covariance
    assert grey @ half @ grey == pytest.approx(grey @ covariance @ grey)
    assert red_green @ half @ red_green == pytest.approx(0.25 * red_green @ covariance @ red_green)
    np.testing.assert_allclose(target(Grade(saturation=0)).covariance @ red_green, 0, atol=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (31, 7), (33, 40), (100, 60)])
def test_a_picture_graded_in_strips_is_the_whole_to_the_bit(shape, monkeypatch):
    image = np.random.default_rng(0).random((*shape, 3), np.float32) * 1.4 - 0.2
    palette = target(Grade())
    strips = pull(image, palette, Grade(), 0.1)
    monkeypatch.setattr(grade, "ROWS", 10**6)
    np.testing.assert_array_equal(strips, pull(image, palette, Grade(), 0.1))
