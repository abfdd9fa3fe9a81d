"""Moves of pictures: what is drawn, and what the network then sees."""

import numpy as np
import pytest
from keras import ops

from zoomdream.ascent.transforms import Transforms, moved
from zoomdream.chance import generator
from zoomdream.network.backend import value_and_gradient


def seen(picture: np.ndarray, move: np.ndarray, border: str = "reflect") -> np.ndarray:
    return np.asarray(moved(ops.convert_to_tensor(picture[None]), ops.convert_to_tensor(move[None]), border))[0]


def test_no_range_is_no_move(noise):
    move = Transforms(0, 1, 0).draw(generator(1, "move"), noise.shape[:2])
    assert np.allclose(move, [1, 0, 0, 0, 1, 0, 0, 0], atol=1e-6)
    assert np.allclose(seen(noise, move), noise, atol=1e-6)


def test_whole_pixels_are_shifted_and_the_edges_reflected_or_wrapped(noise):
    move = np.array([1, 0, 3, 0, 1, -2, 0, 0], np.float32)  # the place (x, y) shows (x + 3, y - 2)
    for border, mode in (("reflect", "symmetric"), ("wrap", "wrap")):
        around = np.pad(noise, ((2, 2), (3, 3), (0, 0)), mode)
        assert np.allclose(seen(noise, move, border), around[:-4, 6:], atol=1e-6)


def test_a_turn_and_a_zoom_leave_the_middle_where_it_is():
    size = (41, 61)
    for seed in range(8):
        a, b, c, d, e, f, *_ = Transforms(0, 1.5, 30).draw(generator(seed, "move"), size).tolist()
        x, y = 30.0, 20.0
        assert (a * x + b * y + c, d * x + e * y + f) == pytest.approx((x, y), abs=1e-4)
        assert 1 / 1.5 <= np.hypot(a, d) <= 1.5 and abs(np.degrees(np.arctan2(d, a))) <= 30


def test_jitter_stays_within_its_range():
    draws = np.stack([Transforms(5, 1, 0).draw(generator(seed, "move"), (64, 64)) for seed in range(200)])
    shifts = draws[:, [2, 5]]
    assert np.abs(shifts).max() <= 5 and shifts.std() > 2 and (shifts.min() < -4) and (shifts.max() > 4)


def test_a_gradient_comes_back_to_where_its_pixel_was(noise):
    move = ops.convert_to_tensor(np.array([[1, 0, 3, 0, 1, -2, 0, 0]], np.float32))
    _, gradient = value_and_gradient(lambda x: moved(x, move)[0, 20, 30, 0], ops.convert_to_tensor(noise[None]))
    at = np.argwhere(np.asarray(gradient)[0] > 0.5)
    assert at.tolist() == [[18, 33, 0]]
