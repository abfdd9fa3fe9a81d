"""Cut-outs: an object that is salient and has edges is found as it is."""

import numpy as np
import pytest

from zoomdream.picture.warp import soften
from zoomdream.still.cutout import cut, cut_out, outlined, segment


def disc(size=120, radius=34):
    y, x = np.mgrid[:size, :size]
    return (y - 64) ** 2 + (x - 52) ** 2 < radius**2


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


def test_an_object_is_cut_along_its_edges():
    inside = disc()
    image = np.where(inside[..., None], [0.8, 0.3, 0.1], [0.2, 0.5, 0.3]).astype(np.float32)
    image += np.random.default_rng(0).normal(0, 0.03, image.shape).astype(np.float32)
    salient = soften(disc(radius=12).astype(np.float32), 8)  # only its middle is salient
    assert overlap(cut(image, salient, 0.95, 0.15) > 0.5, inside) > 0.95


def test_the_cat_is_found_and_not_the_ground(lite0, photo):
    mask = segment(lite0, photo)
    assert mask.shape == photo.shape[:2]
    assert mask[120:180, 130:330].mean() > 0.9  # its face
    assert mask[:60, 400:].mean() < 0.1  # the dark behind it


def test_a_mask_is_alpha_and_an_outline_goes_round_it():
    inside = disc()
    image = np.full((*inside.shape, 3), 0.25, np.float32)
    cut_picture = cut_out(image, inside.astype(np.float32))
    np.testing.assert_array_equal(cut_picture[..., 3], inside)
    np.testing.assert_array_equal(cut_picture[..., :3], image)
    drawn = (outlined(image, inside.astype(np.float32)) != image).any(-1)
    assert drawn.any()
    assert not drawn[64, 52]
    assert not drawn[:20, :10].any()
    assert image == pytest.approx(0.25)
