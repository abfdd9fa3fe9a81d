"""Fit: every size comes to the network's and back, and gradients go exactly the way the picture came."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoomdream.errors import BadInput
from zoomdream.picture.fit import MODES, Fit, Mode

SIZES = [(12, 12), (20, 31), (7, 7), (1, 9), (9, 1), (1, 1), (3, 500), (500, 2), (225, 223)]
sides = st.tuples(st.integers(1, 40), st.integers(1, 40))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("picture", SIZES)
@pytest.mark.parametrize("size", [(12, 12), (7, 11)])
def test_every_size_fits(picture: tuple[int, int], size: tuple[int, int], mode: Mode) -> None:
    fit = Fit(picture, size, mode)
    grain = np.random.default_rng(0).random((*picture, 3), np.float32)
    there = fit.to(grain)
    assert there.shape == (*size, 3)
    assert there.dtype == np.float32
    assert 0 <= there.min() <= there.max() <= 1
    for values in (there, there[..., 0]):
        assert fit.back(values).shape == (*picture, *values.shape[2:])
    assert fit.gradient_back(there).shape == (*picture, 3)


@given(picture=sides, size=sides, mode=st.sampled_from(MODES))
def test_gradients_go_back_as_the_picture_came(picture: Any, size: Any, mode: Mode) -> None:
    """⟨to(x) - to(y), g⟩ = ⟨x - y, gradient_back(g)⟩; the difference leaves out the grey around."""
    fit, chance = Fit(picture, size, mode), np.random.default_rng(1)
    x, y = chance.random((2, *picture, 3), np.float32)
    slope = chance.standard_normal((*size, 3), np.float32)
    there = float(np.vdot(fit.to(x).astype(np.float64) - fit.to(y), slope))
    here = float(np.vdot(x.astype(np.float64) - y, fit.gradient_back(slope)))
    assert np.isclose(there, here, rtol=1e-4, atol=1e-4)


@given(picture=sides, size=sides, mode=st.sampled_from(MODES))
def test_a_plain_picture_stays_plain(picture: Any, size: Any, mode: Mode) -> None:
    """Resampling weights add up to 1, there and back; what is around is grey, and ``outside`` on the way back."""
    fit = Fit(picture, size, mode)
    there = fit.to(np.full((*picture, 3), 0.75, np.float32))
    assert np.allclose(there[fit.inside], 0.75, atol=1e-6)
    around = np.ones(size, bool)
    around[fit.inside] = False
    assert (there[around] == 0.5).all()
    back = fit.back(np.full(size, 0.75), outside=-1)
    unseen = np.ones(picture, bool)
    unseen[fit.seen] = False
    assert (back[unseen] == -1).all()
    assert np.allclose(back[~unseen], 0.75, atol=1e-6)


@given(picture=sides, size=sides)
def test_each_mode_sees_what_it_says(picture: Any, size: Any) -> None:
    crop, pad, stretch = (Fit(picture, size, mode) for mode in MODES)
    for fit in (pad, stretch):
        assert fit.seen == (slice(0, picture[0]), slice(0, picture[1]))
    for fit in (crop, stretch):
        assert fit.inside == (slice(0, size[0]), slice(0, size[1]))
    seen, inside = ([side.stop - side.start for side in sides] for sides in (crop.seen, pad.inside))
    assert seen[0] == picture[0] or seen[1] == picture[1]
    assert inside[0] == size[0] or inside[1] == size[1]
    for sides, whole in ((crop.seen, picture), (pad.inside, size)):
        for side, length in zip(sides, whole, strict=True):
            assert 0 <= side.start < side.stop <= length
            assert abs(side.start - (length - side.stop)) <= 1


def test_proportions_by_hand() -> None:
    assert Fit((300, 400), (224, 224), "crop").seen == (slice(0, 300), slice(50, 350))
    assert Fit((300, 400), (224, 224), "pad").inside == (slice(28, 196), slice(0, 224))
    assert Fit((100, 50), (10, 20), "crop").seen == (slice(37, 62), slice(0, 50))
    assert Fit((100, 50), (10, 20), "pad").inside == (slice(0, 10), slice(7, 12))


def test_shrinking_is_the_mean_over_area() -> None:
    picture = np.random.default_rng(2).random((6, 8, 3), np.float32)
    found = Fit((6, 8), (3, 2), "stretch").to(picture)
    assert np.allclose(found, picture.reshape(3, 2, 2, 4, 3).mean((1, 3)), atol=1e-6)


def test_growing_is_linear() -> None:
    """Twice as wide, new pixels lie a quarter of the way between old ones; the border is held."""
    ramp = np.asarray([0, 0.4, 0.8], np.float32)[None, :, None].repeat(3, 2)
    found = Fit((1, 3), (1, 6), "stretch").to(ramp)[0, :, 0]
    assert np.allclose(found, [0, 0.1, 0.3, 0.5, 0.7, 0.8], atol=1e-6)


def test_the_network_s_own_size_changes_nothing() -> None:
    picture = np.random.default_rng(3).random((12, 10, 3), np.float32)
    for mode in MODES:
        fit = Fit((12, 10), (12, 10), mode)
        assert np.array_equal(fit.to(picture), picture)
        assert np.array_equal(fit.back(picture), picture)
        assert np.array_equal(fit.gradient_back(picture), picture)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("picture", [(60, 90), (20, 31), (90, 33)])
def test_there_and_back_a_smooth_picture_is_the_same(picture: tuple[int, int], mode: Mode) -> None:
    y, x = np.mgrid[: picture[0], : picture[1]] / max(picture)
    smooth = (0.5 + 0.4 * np.sin(4 * y) * np.cos(5 * x)).astype(np.float32)
    fit = Fit(picture, (32, 32), mode)
    back = fit.back(fit.to(smooth[..., None].repeat(3, 2)))[..., 0]
    assert np.abs(back - smooth)[fit.seen].max() < 0.03
    unseen = np.ones(picture, bool)
    unseen[fit.seen] = False
    assert not back[unseen].any()


@pytest.mark.parametrize("mode", MODES)
def test_a_coarse_map_lies_over_what_the_network_sees(mode: Mode) -> None:
    """Of 4×4 places over 8×8 pixels the second row is pixels 2 and 3; padded, that is where the picture begins."""
    fit = Fit((8, 16), (8, 8), mode)
    coarse = np.zeros((4, 4), np.float32)
    coarse[1] = 1
    back = fit.back(coarse)[:, 5:11].mean(1)
    expected = {"crop": [2, 3], "stretch": [2, 3], "pad": [0, 1, 2, 3]}[mode]
    assert np.flatnonzero(back > 0.5).tolist() == expected


def test_growing_a_map_stays_within_its_range() -> None:
    coarse = np.zeros((3, 3), np.float32)
    coarse[1, 1] = 1
    back = Fit((30, 30), (3, 3)).back(coarse)
    assert back.min() == 0
    assert 0.9 < back.max() <= 1
    assert np.unravel_index(back.argmax(), back.shape) in [(y, x) for y in range(12, 18) for x in range(12, 18)]


def test_shrinking_a_map_leaves_nothing_out() -> None:
    """A picture smaller than the network's: a line one pixel wide is in the map wherever it falls."""
    for row in range(16):
        fine = np.zeros((16, 16), np.float32)
        fine[row] = 1
        back = Fit((4, 4), (16, 16)).back(fine)
        assert np.allclose(back[row // 4], 0.25)
        assert np.allclose(back.sum(0), 0.25)


@pytest.mark.parametrize("given", [np.zeros((4, 5), np.float32), np.zeros((4, 5, 4)), np.zeros((5, 4, 3))])
def test_another_shape_is_refused(given: Any) -> None:
    with pytest.raises(BadInput, match=r"an array \(4, 5, 3\) of floats in \[0, 1\], not \("):
        Fit((4, 5), (8, 8)).to(given)


def test_bytes_are_refused() -> None:
    with pytest.raises(BadInput, match="of uint8"):
        Fit((4, 5), (8, 8)).to(np.zeros((4, 5, 3), np.uint8))


@pytest.mark.parametrize("mode", MODES)
@given(picture=sides, size=sides, chance=st.randoms(use_true_random=False))
def test_what_is_under_a_box_is_what_it_reads(mode: Mode, picture: tuple[int, int], size: tuple[int, int], chance: Any):
    fit = Fit(picture, size, mode)
    ends = [sorted(chance.sample(range(side + 1), 2)) for side in size]
    box = slice(*ends[0]), slice(*ends[1])
    there = np.zeros((*size, 1), np.float32)
    there[box] = 1
    reads = np.abs(fit.gradient_back(there)[..., 0]) > 1e-7
    under = np.zeros(picture, bool)
    under[fit.under(box)] = True
    assert not (reads & ~under).any()
    if reads.any() and mode != "stretch":
        rows, columns = (np.flatnonzero(reads.any(axis)) for axis in (1, 0))
        found = fit.under(box)
        assert abs(found[0].start - rows[0]) <= 1
        assert abs(found[0].stop - 1 - rows[-1]) <= 1
        assert abs(found[1].start - columns[0]) <= 1
        assert abs(found[1].stop - 1 - columns[-1]) <= 1


def test_under_a_box_of_a_large_picture_lie_as_many_times_its_pixels():
    assert Fit((448, 896), (224, 224)).under((slice(10, 20), slice(0, 5))) == (slice(20, 40), slice(224, 234))
    pad = Fit((448, 896), (224, 224), "pad")
    assert pad.under((slice(56, 57), slice(0, 2))) == (slice(0, 4), slice(0, 8))
    assert pad.under((slice(0, 50), slice(0, 2)))[0] == slice(0, 0)
