"""Costs against an example, by hand and by what must leave them alone."""

import numpy as np
import pytest
from keras import ops

from zoomdream.ascent import examples as e

A = np.random.default_rng(0).standard_normal((2, 4, 5, 3)).astype(np.float32)


def cost(objective, **given) -> np.ndarray:
    return np.asarray(objective.value({name.replace("__", ":"): ops.convert_to_tensor(x) for name, x in given.items()}))


def test_a_gram_matrix_by_hand():
    activations = np.array([[[[1, 2], [3, 0]]]], np.float32)
    assert np.asarray(e.gram(ops.convert_to_tensor(activations)))[0].tolist() == [[5, 1], [1, 2]]


def test_a_gram_matrix_does_not_know_where_things_are():
    shuffled = np.random.default_rng(1).permutation(A.reshape(2, 20, 3), axis=1).reshape(2, 5, 4, 3)
    assert np.allclose(e.gram(ops.convert_to_tensor(A)), e.gram(ops.convert_to_tensor(shuffled)), atol=1e-5)


def test_a_gram_matrix_of_some_places():
    activations = np.array([[[[1, 2], [3, 0]]]], np.float32)
    places = np.array([[[0.25, 0.75]]], np.float32)
    assert np.asarray(e.gram(ops.convert_to_tensor(activations), places))[0].tolist() == [[7, 0.5], [0.5, 1]]
    masked = cost(e.gram_distance("a", masked=True), a=activations, gram__a=[[[7, 0.5], [0.5, 1]]], places__a=places)
    assert masked == pytest.approx([0])


def test_colours_are_compared_over_squares():
    """Of a checkerboard of black and white nothing is left in squares of 2."""
    board = (np.indices((4, 4)).sum(0) % 2)[None, ..., None].repeat(3, -1).astype(np.float32)
    plain, mean = np.full((1, 4, 4, 3), 0.5, np.float32), np.full((1, 3), 0.5, np.float32)
    for scale, apart in ((1, (0.25 / (4e-4 / 3)) ** 2), (2, 0)):
        spread = np.asarray(e.colour_spread(plain, mean, scale))
        given = {"image": board, e.colour_key(scale, "mean"): mean, e.colour_key(scale, "spread"): spread}
        assert cost(e.colour_distance(scale), **given) == pytest.approx([apart], rel=1e-3)
        own = np.asarray(e.colour_spread(board, mean, scale))
        assert cost(e.colour_distance(scale), **{**given, e.colour_key(scale, "spread"): own}) == pytest.approx([0])


def test_an_example_is_no_distance_from_itself():
    assert np.allclose(cost(e.feature_distance("a"), a=A, features__a=A), 0)
    grams = np.asarray(e.gram(ops.convert_to_tensor(A)))
    assert np.allclose(cost(e.gram_distance("a"), a=A, gram__a=grams), 0)


def test_distances_are_relative_and_each_pictures_own():
    far = cost(e.feature_distance("a"), a=A, features__a=2 * A[:1])
    assert far[0] == pytest.approx(0.25) and far[1] > 0.25
    doubled = np.asarray(e.gram(ops.convert_to_tensor(2 * A)))
    assert cost(e.gram_distance("a"), a=A, gram__a=doubled) == pytest.approx([(3 / 4) ** 2] * 2)


def test_sameness_is_one_for_twins_and_less_for_others():
    same = np.concatenate([A[:1], 2 * A[:1]])
    assert cost(e.sameness("a"), a=same) == pytest.approx([1, 1])
    one, other = np.zeros((2, 1, 2, 2, 2), np.float32)
    one[..., 0], other[..., 1] = 1, 1
    assert cost(e.sameness("a"), a=np.concatenate([one, other])) == pytest.approx([0, 0])
    assert cost(e.sameness("a"), a=A[:1]) == pytest.approx([0], abs=1e-6)
