"""Whole levels: how a change is rounded within a bound."""

from itertools import product

import numpy as np
import pytest

from zoomdream.picture.image import load_image, save_image
from zoomdream.still.levels import Room, from_levels, strongest_levels, to_levels


def draw(seed: int, shape: tuple[int, ...] = (1, 5, 1)) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def length(levels: np.ndarray) -> float:
    return float(np.linalg.norm(levels.astype(float)))


def test_levels_are_those_of_a_file(tmp_path):
    image = np.random.default_rng(0).uniform(-0.1, 1.1, (16, 17, 3)).astype(np.float32)
    save_image(tmp_path / "a.png", image)
    read = load_image(tmp_path / "a.png")
    np.testing.assert_array_equal(from_levels(to_levels(image)), read)
    np.testing.assert_array_equal(to_levels(read), np.rint(read * 255))


@pytest.mark.parametrize(
    ("most", "levels"),
    [(1, [1, 0, 0, 0]), (1.5, [1, -1, 0, 0]), (2, [1, -1, 1, 0]), (2.5, [2, -1, 1, 0]), (3, [2, -1, 1, 1])],
)
def test_levels_go_where_they_pay_most_for_their_price(most, levels):
    """First levels pay 1, 0.4, 0.4 and 0.3, the second of the first value 1/3."""
    change = np.array([[[1], [-0.41], [0.4], [0.3]]], np.float32)
    np.testing.assert_array_equal(strongest_levels(change, most).ravel(), levels)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("most", [1, 2, 3, 4.2])
def test_nothing_as_long_goes_further_along_the_change(seed, most):
    change = draw(seed)
    found = strongest_levels(change, most)
    others = np.array(list(product(range(-4, 5), repeat=5)))
    as_long = others[(others**2).sum(1) <= length(found) ** 2 + 1e-9]
    assert 0 < length(found) <= most
    assert (change.ravel() @ found.ravel()) == pytest.approx((as_long @ change.ravel()).max(), rel=1e-4)


@pytest.mark.parametrize("most", [1, 7.5, 60, 3000])
def test_all_of_the_length_is_used_and_no_more(most):
    change = draw(1, (61, 83, 3))
    found = strongest_levels(1e-4 * change, most)
    assert max(0.99 * most, most - 1) <= length(found) <= most
    assert (found * change >= 0).all()


def test_where_all_pays_the_same_levels_are_spread():
    found = strongest_levels(np.full((10, 10, 3), -0.01, np.float32), np.sqrt(30))
    assert found.sum() == -30
    assert found.min() == -1
    assert (found.sum((1, 2)) < 0).all()


@pytest.mark.parametrize(("change", "most"), [(0, 10), (1, 0), (1, 0.99)])
def test_no_length_or_no_change_is_none(change, most):
    assert not strongest_levels(np.full((2, 2, 3), change, np.float32), most).any()


def test_no_value_goes_further_than_a_picture_has_levels():
    found = strongest_levels(np.array([[[5, -5, 0.001]]], np.float32), 1e6)
    np.testing.assert_array_equal(found, [[[255, -255, 255]]])


def test_room_ends_at_black_white_and_the_furthest():
    room = Room.around(np.array([[[0, 1, 200], [254, 255, 128]]], np.uint8), 3)
    for change, kept in ((9, [[[3, 3, 3], [1, 0, 3]]]), (-9, [[[0, -1, -3], [-3, -3, -3]]])):
        values = np.full((1, 2, 3), change, np.float32)
        room.keep(values)
        np.testing.assert_array_equal(values, kept)
