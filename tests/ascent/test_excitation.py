"""Excitations of a batch, each picture by its own channels and places."""

import numpy as np
import pytest
from keras import ops

from zoomdream.ascent.excitation import CHANNELS, PLACES, excitation, log_likelihood

A = np.arange(24, dtype=np.float32).reshape(2, 2, 2, 3)


def value(objective, **given) -> list[float]:
    return np.asarray(
        objective.value({name: ops.convert_to_tensor(np.float32(x)) for name, x in given.items()})
    ).tolist()


def test_each_picture_has_its_own_channel():
    mean = np.full((2, 2, 2), 0.25)
    given = {CHANNELS: [[0, 1, 0], [0, 0, 1]], PLACES: mean}
    assert value(excitation("a"), a=A, **given) == pytest.approx([A[0, ..., 1].mean(), A[1, ..., 2].mean()])


def test_places_are_weighed():
    places = np.zeros((2, 2, 2))
    places[0, 1, 0], places[1, 0, 1] = 1, 2
    given = {CHANNELS: [[1, 0, 0], [0, 0.5, 0.5]], PLACES: places}
    assert value(excitation("a"), a=A, **given) == pytest.approx([A[0, 1, 0, 0], 2 * A[1, 0, 1, 1:].mean()])


def test_classes_have_no_places():
    logits = np.array([[1, 2], [3, 5]], np.float32)
    given = {"class": logits, CHANNELS: [[1, 0], [0, 1]], PLACES: np.zeros((2, 1, 1))}
    assert value(excitation("class"), **given) == [1, 5]
    assert value(log_likelihood(), **given) == pytest.approx([1 - np.log(np.exp(1) + np.exp(2)), -np.log1p(np.exp(-2))])
