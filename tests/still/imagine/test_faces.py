"""Faces of one class: pictures that are alike begin one together."""

from typing import Any
from weakref import ReferenceType, ref

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.still.imagine.faces import ALIKE, beginnings, bell, compared, grow, multifaceted
from zoomdream.still.passes import BATCH

RED, BLUE = np.float32([0.9, 0.1, 0.1]), np.float32([0.1, 0.1, 0.9])


@pytest.fixture(scope="module")
def photographs() -> list[np.ndarray]:
    """Return seven reddish and four bluish pictures."""
    chance = np.random.default_rng(0)
    colours = [RED] * 7 + [BLUE] * 4
    return [np.clip(each + 0.05 * chance.standard_normal((224, 224, 3)), 0, 1).astype(np.float32) for each in colours]


def begun(network: Any, pictures: list[np.ndarray]) -> np.ndarray:
    return beginnings(network, compared(network, pictures), pictures.__getitem__, 2, seed=0)


def test_pictures_that_are_alike_begin_a_face_the_most_first(tiny: Any, photographs: list[np.ndarray]) -> None:
    red, blue = begun(tiny, photographs)
    assert np.allclose(red.mean((0, 1)), RED, atol=0.03) and np.allclose(blue.mean((0, 1)), BLUE, atol=0.03)
    assert red.std(axis=(0, 1)).max() < 0.04  # a mean of several: their noise is gone


def test_few_of_many_pictures_are_held_at_a_time(tiny: Any, photographs: list[np.ndarray]) -> None:
    given: list[ReferenceType[np.ndarray]] = []
    held: list[int] = []

    def read(number: int) -> np.ndarray:
        picture = photographs[number % len(photographs)].copy()
        given.append(ref(picture))
        held.append(sum(each() is not None for each in given))
        return picture

    features = compared(tiny, map(read, range(80)))
    assert len(features) == 80 and max(held) <= 2 * BATCH
    beginnings(tiny, features, read, 2, seed=0)
    assert len(given) <= 80 + 2 * ALIKE and max(held) <= 2 * BATCH


def test_a_face_grows_from_the_centre_out_of_its_beginning(tiny: Any, photographs: list[np.ndarray]) -> None:
    starts = begun(tiny, photographs)
    *_, reached = grow(tiny, 3, starts, size=(48, 64), steps=20)
    change = np.abs(reached.pictures - starts.mean((1, 2))[:, None, None]).mean((0, 3))
    assert change[16:32, 24:40].mean() > 3 * change[:4, :4].mean()
    assert reached.heights.mean() > next(iter(grow(tiny, 3, starts, size=(48, 64), steps=1))).heights.mean()


def test_a_bell_is_one_in_the_middle() -> None:
    mask = bell((31, 41))
    assert mask.shape == (31, 41) and mask[15, 20] == 1 and mask[0, 0] < 0.2


def test_faces_need_as_many_pictures(tiny: Any, photographs: list[np.ndarray]) -> None:
    with pytest.raises(BadInput, match="4 faces need at least as many pictures, not 3"):
        multifaceted(tiny, "dog", photographs[:3], 4)
    with pytest.raises(BadInput, match="Of the 3 pictures only 1 differ"):
        multifaceted(tiny, "dog", photographs[:1] * 3, 2)
    for nothing in ({"steps": 0}, {"steps": -1}, {"size": (0, 32)}):
        with pytest.raises(BadInput, match="at least one step, and has at least one pixel"):
            multifaceted(tiny, "dog", photographs, 2, **nothing)
    pictures = multifaceted(tiny, "dog", photographs, 2, size=(32, 32), steps=2, seed=1)
    assert pictures.shape == (2, 32, 32, 3)
    assert np.array_equal(pictures, multifaceted(tiny, "dog", photographs, 2, size=(32, 32), steps=2, seed=1))
