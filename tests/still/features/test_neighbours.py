"""Neighbours: nearest first, a picture nearest to itself, distances as they are defined."""

from shutil import copy

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.picture.fit import Fit
from zoomdream.picture.image import load_image
from zoomdream.still.features.neighbours import neighbours
from zoomdream.still.passes import scores


@pytest.fixture
def near(tmp_path, small):
    def run(image, folder, **options):
        return neighbours(small, image, folder, layer="two", index=tmp_path / "index", **options)

    return run


def seen(path):
    image = load_image(path)
    return Fit((image.shape[0], image.shape[1]), (32, 32)).to(image)


def test_a_picture_is_its_own_first_neighbour(near, folder):
    place = folder(6)
    for name in ("000.png", "005.png", "inner/003.png"):
        found = near(place / name, place)
        for row in (found.features, found.pixels):
            assert (row[0].path, row[0].distance) == (place / name, 0)
            distances = [one.distance for one in row]
            assert distances == sorted(distances)
            assert len(row) == 6


def test_it_comes_before_its_twins(near, folder):
    place = folder(6)
    for name in ("a.png", "z.png"):
        copy(place / "004.png", place / name)
    for name in ("004.png", "a.png", "z.png"):
        found = near(place / name, place, most=2)
        for row in (found.features, found.pixels):
            assert row[0].path == place / name
            assert row[1].distance == pytest.approx(0, abs=1e-6)


def test_distances_are_as_defined(near, folder, small):
    place = folder(4)
    found = near(place / "001.png", place)
    asked = seen(place / "001.png")
    point = scores(small, asked[None], "two")[0]
    for one in found.features:
        other = scores(small, seen(one.path)[None], "two")[0]
        apart = np.linalg.norm(other / np.linalg.norm(other) - point / np.linalg.norm(point))
        assert one.distance == pytest.approx(apart, abs=1e-5)
    for one in found.pixels:
        assert one.distance == pytest.approx(np.sqrt(np.mean((seen(one.path) - asked) ** 2)), abs=3e-3)


def test_a_picture_from_elsewhere_is_none_of_its_neighbours(near, folder, tmp_path, grain, watch):
    place = folder(5)
    grain(tmp_path / "other.png", 2, (40 + 2, 48))
    found = near(tmp_path / "other.png", place, most=3, watch=watch)
    assert watch.begun == [(6, 6)]
    assert found.features[0].path == place / "002.png"
    assert found.features[0].distance == pytest.approx(0, abs=1e-5)
    assert tmp_path / "other.png" not in [one.path for one in (*found.features, *found.pixels)]


def test_a_picture_or_layer_that_is_not_there_is_refused(near, folder, small, tmp_path):
    place = folder(2)
    with pytest.raises(BadInput, match=r"There is no picture at .*gone\.png"):
        near(place / "gone.png", place)
    with pytest.raises(BadInput, match="did you mean 'two'"):
        neighbours(small, place / "000.png", place, layer="tow", index=tmp_path / "index")
    with pytest.raises(BadInput, match="no rows and columns"):
        neighbours(small, place / "000.png", place, layer="pool", index=tmp_path / "index")


def test_a_picture_of_the_folder_that_is_spelled_otherwise_is_found(near, folder):
    place = folder(3)
    copy(place / "001.png", place / ".hidden.png")
    for asked in (place / "inner" / ".." / "001.png", place / ".hidden.png"):
        assert near(asked, place, most=1).features[0].distance == pytest.approx(0, abs=1e-6)
