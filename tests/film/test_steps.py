"""How much changes beyond the camera's motion."""

import numpy as np
import pytest

from zoomdream.film.camera import Motion
from zoomdream.film.steps import step_size
from zoomdream.picture.warp import move

STILL = Motion(1, 0)


def test_a_frame_that_only_moved_has_not_changed(noise):
    step = Motion(1.05 * np.exp(0.02j), 0.01)
    assert step_size(noise, move(noise, *step), step) == pytest.approx(0, abs=1e-6)


def test_a_change_is_its_mean_absolute_difference(noise):
    assert step_size(noise, noise + np.float32(0.1), STILL) == pytest.approx(0.1, abs=1e-5)
    assert step_size(np.zeros((20, 20, 3), np.float32), np.ones((20, 20, 3), np.float32), STILL) == pytest.approx(1)


def test_what_comes_in_from_outside_does_not_count():
    black = np.zeros((60, 60, 3), np.float32)
    other = black.copy()
    other[:12] = 1
    assert step_size(black, other, Motion(0.5, 0)) == pytest.approx(0, abs=1e-6)


def test_large_frames_are_compared_as_small_ones():
    large = np.random.default_rng(0).random((400, 600, 3), np.float32)
    assert step_size(large, large, STILL) == 0
    assert step_size(large, large + np.float32(0.25), STILL) == pytest.approx(0.25, abs=1e-4)
