"""Octaves: what is found at one size is carried to the next."""

import numpy as np
import pytest

from zoomdream.ascent.octaves import over_octaves
from zoomdream.picture.warp import resize

SIZES = [(12, 16), (24, 32), (48, 64)]


@pytest.mark.parametrize("sizes", [SIZES, [(13, 17)], [(17, 23), (48, 64)], [(48, 64), (96, 128)]])
def test_a_climb_that_does_nothing_leaves_the_picture_exactly(noise, sizes):
    np.testing.assert_array_equal(over_octaves(noise, sizes, lambda image, octave: image), noise)


def test_a_constant_adds_up_over_the_octaves(noise):
    dreamt = over_octaves(noise, SIZES, lambda image, octave: image + np.float32(0.25))
    np.testing.assert_allclose(dreamt, noise + 0.75, atol=1e-5)


def test_sizes_are_climbed_from_coarse_to_fine(noise):
    seen = []

    def climb(image, octave):
        seen.append((octave, image.shape, image.dtype))
        return image

    over_octaves(noise, SIZES, climb)
    assert seen == [(number, (*size, 3), np.float32) for number, size in enumerate(SIZES)]


def test_each_octave_starts_from_the_picture_with_the_detail_found_so_far(noise):
    spot = np.zeros((12, 16, 3), np.float32)
    spot[5, 7] = 1
    starts = []

    def climb(image, octave):
        starts.append(image)
        return image + spot if octave == 0 else image

    dreamt = over_octaves(noise, SIZES, climb)
    np.testing.assert_allclose(starts[1], resize(noise, SIZES[1]) + resize(spot, SIZES[1]), atol=1e-6)
    np.testing.assert_allclose(dreamt, noise + resize(resize(spot, SIZES[1]), SIZES[2]), atol=1e-6)


def test_an_octave_larger_than_the_picture_is_carried_back_down(noise):
    dreamt = over_octaves(noise, [(96, 128)], lambda image, octave: image + np.float32(0.5))
    assert dreamt.shape == noise.shape
    np.testing.assert_allclose(dreamt, noise + 0.5, atol=1e-5)


def test_the_picture_given_is_not_changed(noise):
    before = noise.copy()
    over_octaves(noise, SIZES, lambda image, octave: image * 2)
    np.testing.assert_array_equal(noise, before)
