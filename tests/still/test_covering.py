"""Occlusion: squares of the picture's mean, overlaps averaged, up to the border."""

from typing import Any

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.still.covering import occlusion


def test_occlusion_by_hand(linear: Any, ask: Any) -> None:
    """The score is the sum of red; its mean is 0.2. The last square begins at column 3 to end at the border."""
    weights = np.zeros((2, 5, 3), np.float32)
    weights[..., 0] = 1
    picture = np.zeros((2, 5, 3), np.float32)
    picture[:, 2, 0] = 1
    found = occlusion(ask(linear(weights), picture), patch=2, stride=2)
    # columns 0 1: two zeros become 0.2 in two rows; 2 3: a one and a zero do; 3 4: as 0 1
    expected = [-0.8, -0.8, 1.2, (1.2 - 0.8) / 2, -0.8]
    assert np.allclose(found.values[0], [expected, expected], atol=1e-6)
    assert found.facts["score"] == [2]
    assert found.signed


def test_each_colour_is_covered_by_its_own_mean(linear: Any, ask: Any) -> None:
    picture = np.random.default_rng(0).random((4, 4, 3), np.float32)
    weights = np.random.default_rng(1).normal(size=(4, 4, 3)).astype(np.float32)
    found = occlusion(ask(linear(weights), picture), patch=1, stride=1).values[0]
    assert np.allclose(found, ((picture - picture.mean((0, 1))) * weights).sum(-1), atol=1e-5)


def test_the_last_square_is_flush_with_the_border_and_as_large_as_the_others(linear: Any, ask: Any) -> None:
    """Red counts in the last row only, so whatever square reaches it drops by its width."""
    weights = np.zeros((7, 7, 3), np.float32)
    weights[6, :, 0] = 1
    picture = np.zeros((7, 7, 3), np.float32)
    picture[6, :, 0] = 1
    found = occlusion(ask(linear(weights), picture), patch=3, stride=3).values[0]
    drop = 3 * (1 - 1 / 7)
    assert np.allclose(found[6], drop, atol=1e-5)
    assert np.allclose(found[:4], 0, atol=1e-5)
    assert np.allclose(found[4:6], drop / 2, atol=1e-5)  # in the squares of rows 3 to 5 and of rows 4 to 6


def test_a_square_larger_than_the_picture_covers_all(tiny: Any, ask: Any, pictures: Any) -> None:
    found = occlusion(ask(tiny, pictures[0], 2), patch=50, stride=10).values[0]
    plain = np.broadcast_to(pictures[0].mean((0, 1)), pictures[0].shape)
    drop = ask(tiny, pictures[0], 2).scores() - ask(tiny, plain, 2).scores()
    assert np.allclose(found, drop, atol=1e-6)


def test_many_squares_are_as_good_as_few(linear: Any, ask: Any, pictures: Any) -> None:
    """More squares than go through the network at once: each place still has its own number."""
    weights = np.random.default_rng(2).normal(size=(12, 10, 3)).astype(np.float32)
    found = occlusion(ask(linear(weights), pictures), patch=2, stride=2).values
    means = pictures.mean((1, 2), keepdims=True)
    drops = ((pictures - means) * weights).sum(-1).reshape(5, 6, 2, 5, 2).sum((2, 4))
    assert np.allclose(found, drops.repeat(2, 1).repeat(2, 2), atol=1e-4)


@pytest.mark.parametrize(("size", "patch"), [((21, 30), 3), ((4, 9), 1)])
def test_the_usual_square_is_a_seventh_of_what_the_network_sees(
    size: tuple[int, int], patch: int, linear: Any, ask: Any
) -> None:
    chance = np.random.default_rng(3)
    question = ask(linear(chance.normal(size=(*size, 3))), chance.random((*size, 3), np.float32))
    usual, same = occlusion(question).values, occlusion(question, patch=patch).values
    assert usual.std() > 0
    assert np.array_equal(usual, same)


@pytest.mark.parametrize(("patch", "stride"), [(2, 3), (2, 0), (0, 0)])
def test_squares_leave_no_gaps(patch: int, stride: int, mixing: Any, ask: Any, square: Any) -> None:
    with pytest.raises(BadInput, match=f"from 1 to its patch of {patch} pixels, not {stride}"):
        occlusion(ask(mixing, square), patch=patch, stride=stride)
