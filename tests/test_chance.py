"""Randomness without history."""

import numpy as np
import pytest

from zoomdream.chance import generator


def draw(*purpose):
    return generator(*purpose).random(4).tolist()


def test_the_same_purpose_gives_the_same_draw():
    first = generator(7, "jitter", 3, 1, 0)
    first.random(1000)
    assert draw(7, "jitter", 3, 1, 0) == draw(7, "jitter", 3, 1, 0)


@pytest.mark.parametrize(
    "other",
    [
        (8, "jitter", 3, 1),
        (7, "draw", 3, 1),
        (7, "jitter", 4, 1),
        (7, "jitter", 3, 2),
        (7, "jitter", 1, 3),
        (7, "jitter", -3, 1),
        (7, "jitter", 3),
        (7, "jitter", 3, 1, 0),
    ],
)
def test_another_purpose_gives_another_draw(other):
    assert draw(7, "jitter", 3, 1) != draw(*other)


def test_a_purpose_that_ends_in_nought_is_another_one():
    assert draw(7, "hue") != draw(7, "hue", 0)


@pytest.mark.parametrize("seed", [0, -1, 2**31, 2**63, -(2**63)])
def test_any_whole_number_is_a_seed(seed):
    assert draw(seed, "start") == draw(seed, "start")


def test_neighbouring_draws_have_nothing_in_common():
    rows = np.array([generator(1, "jitter", key).random(500) for key in range(-10, 10)])
    between = np.corrcoef(rows)[~np.eye(len(rows), dtype=bool)]
    assert np.abs(between).max() < 0.2


def test_a_draw_is_the_same_on_every_machine():
    assert generator(7, "hue", 3).integers(0, 1000, 4).tolist() == [556, 675, 560, 922]
