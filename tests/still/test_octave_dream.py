"""The dream of a photograph: it climbs, it stays a photograph, and it looks like its guide."""

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.picture.warp import resize
from zoomdream.still.octave_dream import amplifying, default_target, dream, octave_sizes


@pytest.fixture(scope="module")
def small(photo):
    return resize(photo, (96, 144))


def height(network, objective, image):
    return float(objective.value(network.activations(image[None], objective.layers)))


@pytest.mark.parametrize("target", ["two", "two:3", "class:2"])
def test_a_dream_raises_what_it_amplifies(tiny, small, target):
    dreamt = dream(tiny, small, [target], octaves=2, steps=5)
    objective = amplifying(tiny, [target])
    assert height(tiny, objective, dreamt) > height(tiny, objective, small)
    assert dreamt.shape == small.shape
    assert dreamt.min() >= 0
    assert dreamt.max() <= 1


def test_a_dream_grows_towards_its_guide(lite0, small, noise_guide):
    dreamt = dream(lite0, small, ["block4"], example=noise_guide, octaves=2, steps=5)
    objective = amplifying(lite0, ["block4"], noise_guide)
    assert height(lite0, objective, dreamt) > height(lite0, objective, small)
    assert np.abs(dreamt - dream(lite0, small, ["block4"], octaves=2, steps=5)).max() > 0.01


@pytest.fixture(scope="module")
def noise_guide():
    return np.random.default_rng(0).random((128, 128, 3), np.float32)


def test_a_mask_keeps_the_picture(tiny, small):
    mask = np.zeros(small.shape[:2], np.float32)
    mask[:, 72:] = 1
    dreamt = dream(tiny, small, ["two"], mask=mask, octaves=2, steps=3)
    np.testing.assert_array_equal(dreamt[:, :72], small[:, :72])
    assert np.abs(dreamt[:, 72:] - small[:, 72:]).max() > 0.01


def test_the_same_seed_dreams_the_same(tiny, small):
    dreams = [dream(tiny, small, ["two"], octaves=2, steps=2, seed=seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(dreams[0], dreams[1])
    assert np.abs(dreams[0] - dreams[2]).max() > 0


def test_a_network_has_a_layer_to_dream_of(tiny, lite0, small):
    assert default_target(lite0) in lite0.channels
    np.testing.assert_array_equal(
        dream(tiny, small, octaves=1, steps=1), dream(tiny, small, [default_target(tiny)], octaves=1, steps=1)
    )


def test_thin_pictures_have_octaves():
    assert octave_sizes((2000, 1), 3, 2.0, 720) == [(720, 1)]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"image": np.zeros((9, 9, 3), np.uint8)}, "floats in [0, 1], not (9, 9, 3) of uint8"),
        ({"octaves": 0}, "at least one octave"),
        ({"mask": np.zeros((3, 3), np.float32)}, "A mask has the picture's height and width, (96, 144), not (3, 3)."),
        ({"targets": ["two:3@1,1"]}, "amplifies layers and channels, not one place"),
    ],
)
def test_what_no_dream_is_made_of_is_refused(tiny, small, changes, says):
    with pytest.raises(BadInput) as caught:
        dream(**{"network": tiny, "image": small, "targets": ["two"], **changes})
    assert says in str(caught.value)
