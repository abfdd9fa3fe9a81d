"""Inversion: the picture is found again where a layer keeps it, less so the deeper, and by no mean colour."""

import numpy as np
import pytest

from zoomdream.ascent.canvas import fourier
from zoomdream.errors import BadInput
from zoomdream.picture.warp import resize
from zoomdream.still.imagine.inversion import inversions, invert, measured, row_of_layers, seen
from zoomdream.still.imagine.likeness import Likeness, approach, features, relative, small_moves

SIZE = (48, 48)


@pytest.fixture(scope="module")
def cat(photo):
    return resize(photo[20:260, 90:330], SIZE)


@pytest.fixture(scope="module")
def row(tiny, cat):
    """Return where inversions at ``one`` and ``two`` were after every step."""
    return list(inversions(tiny, cat, ["one", "two"], size=SIZE, steps=60))


def test_each_layer_is_approached_step_by_step(row):
    for layer in (row[:60], row[60:]):
        costs = [-float(each.reached.heights[0]) for each in layer]
        assert np.mean(costs[-5:]) < 0.3 * costs[0]
        assert min(costs) >= 0


def test_a_shallow_layer_is_inverted_better_than_a_deep_one_and_both_far_better_than_by_a_mean(lite0, photo):
    picture, layers = photo[20:260, 90:330], ["stem", "block7"]
    *_, last = inversions(lite0, picture, layers, size=(96, 96), steps=80)
    shallow, deep = measured(lite0, picture, layers, last.every)
    assert shallow.error < 0.3 * deep.error
    assert shallow.picture_error < 0.5 * deep.picture_error
    assert shallow.error < 0.2 * shallow.mean_error
    assert deep.error < 0.4 * deep.mean_error


def test_a_row_holds_what_is_done_and_what_is_not_begun(row):
    assert row[0].every.shape == (1, *SIZE, 3)  # what is not begun is not shown, and not told either
    np.testing.assert_array_equal(row[-1].every[0], row[59].pictures[0])
    assert row[-1].every.shape == (2, *SIZE, 3)
    assert 0 <= row[-1].every.min() <= row[-1].every.max() <= 1


def test_the_picture_itself_has_no_distance(tiny, cat):
    moves = small_moves(0)
    canvas = fourier(SIZE)
    (first,) = approach(
        Likeness(("two",)).ascent(tiny, canvas, 0.01),
        canvas.encode(cat[None]), [0], moves, features(tiny, cat, ["two"], moves), 0,
    )  # fmt: skip
    assert -1e-4 < float(first.heights[0]) <= 0


def test_relative_distance_by_hand():
    assert relative(np.array([1.0, 3.0]), np.array([1.0, 2.0])) == pytest.approx(1 / 5)


def test_the_same_seed_inverts_the_same(tiny, cat):
    found = [invert(tiny, cat, "two", size=SIZE, steps=3, seed=seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(found[0], found[1])
    assert np.abs(found[0] - found[2]).max() > 0


def test_it_begins_with_another_picture(tiny, cat):
    other = np.ascontiguousarray(cat[::-1])
    found = invert(tiny, cat, "two", size=SIZE, steps=1, start=other)
    assert np.abs(found - other).mean() < 0.1 < np.abs(cat - other).mean()


def test_pixels_stay_near_their_range(tiny, cat):
    found = invert(tiny, cat, "one", size=SIZE, steps=40, canvas="pixels")
    error = measured(tiny, cat, ["one"], found[None])[0]
    assert error.error < 0.3 * error.mean_error


def test_a_row_goes_from_the_first_layer_to_the_last(lite0, tiny):
    layers = row_of_layers(lite0)
    assert layers == sorted(layers, key=list(lite0.channels).index)
    assert (layers[0], layers[-1]) == ("stem", "head")
    assert len(layers) <= 12
    assert row_of_layers(tiny) == ["one", "two"]


def test_the_middle_is_seen_in_the_size_asked_for(photo):
    assert seen(photo, (40, 80)).shape == (40, 80, 3)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"layer": "twoo"}, "did you mean 'two'"),
        ({"layer": "predictions"}, "no rows and columns"),
        ({"canvas": "oil"}, "There is no canvas 'oil'"),
        ({"image": np.zeros((48, 48), np.float32)}, "not (48, 48) of float32"),
        ({"image": np.zeros((8, 48, 3), np.float32)}, "48×8 pixels"),
        ({"steps": 0}, "at least one step"),
        ({"steps": -1}, "at least one step"),
        ({"size": (48, 0)}, "at least one pixel"),
    ],
)
def test_what_cannot_be_inverted_is_refused(tiny, cat, changes, says):
    with pytest.raises(BadInput) as caught:
        invert(**{"network": tiny, "image": cat, "layer": "two", "size": SIZE, **changes})
    assert says in str(caught.value)
