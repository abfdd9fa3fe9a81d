"""Tiles: the gradient of a large picture, piece by piece."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoomdream.ascent.climb import compile_gradient
from zoomdream.ascent.objectives import energy
from zoomdream.ascent.tiles import HALO, _cuts, rolled, tiled, within_memory
from zoomdream.errors import ZoomdreamError


def grain(height, width):
    return np.random.default_rng(height * width).random((height, width, 3), np.float32)


def pointwise(image, weights):
    return 2 * image, float((image**2).mean())


@given(length=st.integers(1, 9000), most=st.integers(1, 300).map(lambda n: 32 * n))
def test_cuts_are_equal_no_larger_than_allowed_and_cover_all(length, most):
    cuts = _cuts(length, most)
    size = cuts[1]
    assert cuts == [size * i for i in range(len(cuts))]
    assert size <= most
    assert cuts[-2] < length <= cuts[-1] or len(cuts) > 2
    assert cuts[-1] >= length
    assert size % 32 == 0
    assert len(cuts) - 1 == -(-length // most)


@pytest.mark.parametrize("shape", [(300, 300), (257, 511), (40, 700), (301, 200), (256, 257)])
def test_a_gradient_per_pixel_is_the_same_in_tiles(shape):
    image = grain(*shape)
    whole, value = pointwise(image, {})
    parts, mean = tiled(pointwise, 256)(image, {})
    np.testing.assert_array_equal(parts, whole)
    assert mean == pytest.approx(value, rel=0.02)


def test_tiles_are_of_one_size_and_no_larger_than_allowed():
    seen = set()

    def note(image, weights):
        seen.add(image.shape)
        return image, 0.0

    tiled(note, 256)(grain(500, 700), {})
    assert len(seen) == 1
    assert max(seen.pop()) <= 256


def test_a_small_picture_goes_through_as_it_is():
    image, seen = grain(256, 200), []
    tiled(lambda picture, weights: (seen.append(picture), (picture, 0.0))[1], 256)(image, {})
    assert len(seen) == 1
    assert seen[0] is image


def test_the_weights_reach_every_tile():
    seen = []
    tiled(lambda picture, weights: (seen.append(weights), (picture, 0.0))[1], 256)(grain(300, 300), {"weights:a": 1})
    assert seen == [{"weights:a": 1}] * 9


def test_a_tile_sees_what_surrounds_it_and_the_picture_goes_round():
    image = grain(300, 300)

    def far(picture, weights):
        return np.roll(picture, (HALO - 1, -HALO + 1), (0, 1)), 0.0

    parts, _ = tiled(far, 256)(image, {})
    np.testing.assert_array_equal(parts, np.roll(image, (HALO - 1, -HALO + 1), (0, 1)))


def _normalised(gradient):
    return gradient / gradient.std()


def test_the_same_gradient_where_the_picture_fits(tiny, noise):
    plain, in_tiles = compile_gradient(tiny, energy("two")), compile_gradient(tiny, energy("two"), tile=256)
    np.testing.assert_array_equal(in_tiles(noise, {})[0], plain(noise, {})[0])


@pytest.mark.parametrize("shape", [(320, 320), (288, 500), (400, 120), (320, 480)])
def test_nearly_the_same_gradient_in_tiles_and_no_seam(tiny, shape):
    image = grain(*shape)
    whole = _normalised(compile_gradient(tiny, energy("two"))(image, {})[0])
    parts = _normalised(compile_gradient(tiny, energy("two"), tile=256)(image, {})[0])
    assert np.corrcoef(whole.ravel(), parts.ravel())[0, 1] > 0.98
    for axis in (0, 1):
        borders = [cut for cut in _cuts(shape[axis], 256 - 2 * HALO)[1:-1] if cut < shape[axis]]
        steps = np.abs(np.diff(parts, axis=axis)).mean(axis=(1 - axis, 2))
        for border in borders:
            assert 0.6 < steps[border - 1] / np.median(steps[20:-20]) < 1.6


def greedy(most):
    """Return a gradient that has memory for so many pixels only."""

    def gradient(image, weights):
        if image.shape[0] * image.shape[1] > most:
            raise MemoryError
        return pointwise(image, weights)

    return gradient


def test_where_memory_is_not_enough_tiles_become_smaller_and_stay_so():
    told = []
    image = grain(1000, 700)
    careful = within_memory(greedy(450**2), 1024, told.append)
    for _ in range(2):
        np.testing.assert_array_equal(careful(image, {})[0], pointwise(image, {})[0])
    assert told == [416]
    np.testing.assert_array_equal(careful(grain(100, 100), {})[0], pointwise(grain(100, 100), {})[0])


def test_memory_for_no_tile_at_all_is_told_in_a_sentence():
    with pytest.raises(ZoomdreamError, match="too little memory"):
        within_memory(greedy(100), 1024, lambda side: None)(grain(1000, 700), {})


@pytest.mark.parametrize("shift", [(0, 0), (3, -5), (-700, 1300), (150, 0)])
@pytest.mark.parametrize("shape", [(300, 300), (257, 511), (40, 700), (100, 90)])
def test_a_rolled_picture_in_tiles_is_rolled_and_rolled_back(shape, shift):
    def placed(picture, weights):
        """Depend on the place in the tile, so that a tile in another place would show."""
        return picture * np.arange(picture.shape[1], dtype=np.float32)[:, None], 1.0

    image = grain(*shape)
    slope, _ = tiled(placed, 256)(np.roll(image, shift, (0, 1)), {})
    found, _ = tiled(placed, 256)(image, {}, shift)
    np.testing.assert_array_equal(found, np.roll(slope, (-shift[0], -shift[1]), (0, 1)))
    np.testing.assert_array_equal(rolled(pointwise)(image, {}, shift)[0], 2 * image)


def test_a_large_picture_is_rolled_without_copies_of_it():
    image = grain(1500, 2000)
    careful = within_memory(lambda picture, weights: (picture, 0.0), 512, lambda side: None)
    tracemalloc.start()
    try:
        careful(image, {}, (900, -300))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert image.nbytes < most < 1.3 * image.nbytes
