"""Textures pixel by pixel: what is copied comes from the source, and what the source repeats is repeated."""

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.still.imagine.neighbour_texture import weave


def woven(source, size, **more):
    *_, last = weave(source, size, **more)
    return last


def colours(picture):
    return {tuple(pixel) for pixel in picture.reshape(-1, 3).tolist()}


@pytest.fixture(scope="module")
def pebbles():
    """Return 40×36 pixels of which each has a colour of its own."""
    return np.random.default_rng(3).random((40, 36, 3), np.float32)


def pattern(rows, columns, red, blue):
    """Return a pattern of two colours: ``red`` and ``blue`` where the numbers of rows and columns, added, are odd."""
    odd = (np.asarray(rows)[:, None] + np.asarray(columns)) % 2
    return np.where(odd[..., None], np.float32(red), np.float32(blue))


@pytest.mark.parametrize(
    ("rows", "columns"),
    [(np.arange(32) // 4, np.arange(32) // 4), (np.zeros(32, int), np.arange(32) // 3)],
    ids=["checkerboard", "stripes"],
)
def test_a_pattern_continues_as_itself(rows, columns):
    source = pattern(rows, columns, (1, 0, 0.25), (0, 0.5, 1))
    found = woven(source, (24, 28), window=9, seed=2).image
    height, width = 24 + 8, 28 + 8
    whole = np.tile(source, (3, 3, 1)) if rows[-1] else np.tile(source[:, :30], (3, 3, 1))
    places = [whole[y : y + 24, x : x + 28] for y in range(height) for x in range(width)]
    assert any(np.array_equal(found, place) for place in places)


def test_every_colour_comes_from_the_source(pebbles):
    found = woven(pebbles, (20, 23), window=5)
    assert found.image.shape == (20, 23, 3)
    assert colours(found.image) <= colours(pebbles)
    assert found.compared == 1


def test_what_is_left_when_time_is_up_continues_what_is_there(pebbles):
    found = woven(pebbles, (40, 40), window=5, pace=lambda steps, share=1.0: range(4))
    assert 0 < found.compared < 0.2
    assert colours(found.image) <= colours(pebbles)


@pytest.mark.parametrize("tile", [False, True])
@pytest.mark.parametrize("rounds", [0, 1, 5])
def test_what_is_left_is_a_copy_of_what_lies_beside_it_in_the_source_at_corners_too(rounds, tile):
    """In one piece: neighbours in the texture are neighbours in the source, wherever they were copied on."""
    y, x = np.mgrid[:48, :48] / np.float32(48)
    slope = np.stack([y, x, 0 * x], 2).astype(np.float32)
    *_, found = weave(slope, (30, 21), window=5, tile=tile, pace=lambda steps, share=1.0: range(rounds))
    steps = [np.abs(np.diff(found.image, axis=axis)).max(2) * 48 for axis in (0, 1)]
    assert np.mean(np.concatenate([each.ravel() for each in steps]) < 1.5) > 0.9
    assert (found.image == slope[0, 0]).all(2).mean() < 0.02


@pytest.mark.parametrize("size", [(1, 1), (2, 30), (3, 2)])
def test_a_texture_may_be_smaller_than_the_piece_it_begins_with(pebbles, size):
    found = woven(pebbles, size, window=5)
    assert found.image.shape == (*size, 3)
    assert colours(found.image) <= colours(pebbles)


def test_it_is_grey_where_nothing_is_yet(pebbles):
    first = next(weave(pebbles, (20, 20), window=5))
    assert first.compared == 25 / 400
    assert (first.pictures[0][0] == 0.5).all()


def test_the_same_seed_weaves_the_same(pebbles):
    found = [woven(pebbles, (16, 16), window=5, tolerance=1.0, seed=seed).image for seed in (4, 4, 5)]
    np.testing.assert_array_equal(found[0], found[1])
    assert np.abs(found[0] - found[2]).max() > 0


def test_a_tile_goes_round_its_edges():
    """Waves of 16 pixels close in a tile of 32."""
    y, x = np.mgrid[:48, :48] * (2 * np.pi / 16)
    waves = np.stack([0.5 + 0.4 * np.sin(x + y), 0.5 + 0.4 * np.cos(x - y), 0.5 + 0 * x], 2).astype(np.float32)
    found = woven(waves, (32, 32), window=9, tile=True).image
    for axis in (0, 1):
        steps = np.abs(np.diff(found, axis=axis)).mean()
        seam = np.abs(np.take(found, 0, axis) - np.take(found, -1, axis)).mean()
        assert seam < 1.2 * steps


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"window": 8}, "an odd number from 3, not 8"),
        ({"window": 37}, "A window of 37 pixels does not fit into a picture that is seen at 36×40"),
        ({"scale": 0.0}, "more than 0"),
        ({"scale": 20.0, "window": 35}, "seen at 720×800 takes too much memory"),
        ({"scale": 1e4}, "At a scale of 10000 the picture would hold more than 64 million pixels"),
        ({"source": np.zeros((40, 36), np.float32)}, "not (40, 36)"),
        ({"source": np.zeros((640, 36, 3), np.float32)}, "one side more than 16 times the other"),
        ({"size": (0, 5)}, "at least one pixel"),
    ],
)
def test_what_cannot_be_woven_is_refused(pebbles, changes, says):
    with pytest.raises(BadInput) as caught:
        woven(**{"source": pebbles, "size": (16, 16), "window": 5, **changes})
    assert says in str(caught.value)
