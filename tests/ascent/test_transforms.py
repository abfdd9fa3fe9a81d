"""Moves of pictures: what is drawn, and what the network then sees."""

import numpy as np
import pytest

from zoomdream.ascent.transforms import Transforms, moved, moved_back
from zoomdream.chance import generator


def seen(picture: np.ndarray, move: np.ndarray, border: str = "reflect") -> np.ndarray:
    return moved(picture[None], move[None], border)[0]


def test_no_range_is_no_move(noise):
    move = Transforms(0, 1, 0).draw(generator(1, "move"), noise.shape[:2])
    assert np.allclose(move, [[1, 0, 0], [0, 1, 0]], atol=1e-6)
    assert np.allclose(seen(noise, move), noise, atol=1e-6)


def test_whole_pixels_are_shifted_and_the_edges_reflected_or_wrapped(noise):
    move = np.array([[1, 0, 3], [0, 1, -2]], np.float32)  # the place (x, y) shows (x + 3, y - 2)
    for border, mode in (("reflect", "symmetric"), ("wrap", "wrap")):
        around = np.pad(noise, ((2, 2), (3, 3), (0, 0)), mode)
        assert np.allclose(seen(noise, move, border), around[:-4, 6:], atol=1e-6)


def test_a_turn_and_a_zoom_leave_the_middle_where_it_is():
    size = (41, 61)
    for seed in range(8):
        (a, b, c), (d, e, f) = Transforms(0, 1.5, 30).draw(generator(seed, "move"), size).tolist()
        x, y = 30.0, 20.0
        assert (a * x + b * y + c, d * x + e * y + f) == pytest.approx((x, y), abs=1e-4)
        assert 1 / 1.5 <= np.hypot(a, d) <= 1.5 and abs(np.degrees(np.arctan2(d, a))) <= 30


def test_jitter_stays_within_its_range():
    draws = np.stack([Transforms(5, 1, 0).draw(generator(seed, "move"), (64, 64)) for seed in range(200)])
    shifts = draws[:, :, 2]
    assert np.abs(shifts).max() <= 5 and shifts.std() > 2 and (shifts.min() < -4) and (shifts.max() > 4)


def test_a_gradient_comes_back_to_where_its_pixel_was(noise):
    move = np.array([[[1, 0, 3], [0, 1, -2]]], np.float32)
    rise = np.zeros((1, *noise.shape), np.float32)
    rise[0, 20, 30, 0] = 1
    assert np.argwhere(moved_back(rise, move)[0] > 0.5).tolist() == [[18, 33, 0]]


@pytest.mark.parametrize("border", ["reflect", "wrap"])
@pytest.mark.parametrize("seed", range(4))
def test_going_back_is_the_adjoint_of_a_turn_beyond_the_edges_too(noise, border, seed):
    move = Transforms(9, 1, 20).draw(generator(seed, "move"), noise.shape[:2])[None]
    x, y = (np.random.default_rng(seed).random((1, *noise.shape), np.float32) for seed in (1, 2))
    there, back = float((moved(x, move, border) * y).sum()), float((x * moved_back(y, move, border)).sum())
    assert there == pytest.approx(back, rel=0.002)


def test_a_pixel_at_the_edge_is_moved_by_its_reflections_too(noise):
    move = np.array([[[1, 0, -3], [0, 1, 0]]], np.float32)  # the first three columns see the next three mirrored
    back = moved_back(np.ones((1, *noise.shape), np.float32), move)[0, :, :, 0]
    assert back[5].tolist() == [2.0] * 3 + [1.0] * (noise.shape[1] - 6) + [0.0] * 3


def test_what_was_not_seen_has_no_gradient(noise):
    move = np.array([[[0.5, 0, 16], [0, 0.5, 12]]], np.float32)  # only the middle half is seen
    back = moved_back(np.ones((1, *noise.shape), np.float32), move)[0]
    assert back[:10].max() == 0 and back[:, :14].max() == 0 and back[20:28, 26:38].min() == 1


def test_round_an_edge_a_gradient_comes_back_on_the_other_side(noise):
    move = np.array([[[1, 0, 3], [0, 1, 0]]], np.float32)
    rise = np.zeros((1, *noise.shape), np.float32)
    rise[0, 5, -1, 0] = 1
    assert np.argwhere(moved_back(rise, move, "wrap")[0] > 0.5).tolist() == [[5, 2, 0]]
