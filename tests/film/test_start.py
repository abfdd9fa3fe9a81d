"""The first picture."""

import numpy as np
import pytest

from zoomdream.film.settings import Start
from zoomdream.film.start import cover, first_picture, growing_sizes
from zoomdream.picture.warp import resize


def test_a_photograph_of_the_same_shape_is_itself(photo):
    np.testing.assert_array_equal(cover(photo, photo.shape[:2]), photo)


@pytest.mark.parametrize("size", [(40, 90), (90, 40), (33, 33), (600, 1000), (1, 1), (37, 1)])
def test_a_photograph_covers_every_shape(photo, size):
    covered = first_picture(Start(kind="image"), size, 0, photo)
    assert covered.shape == (*size, 3)
    assert covered.dtype == np.float32
    assert covered.min() >= 0
    assert covered.max() <= 1


def test_the_middle_is_kept_and_nothing_is_squeezed():
    picture = np.zeros((40, 80, 3), np.float32)
    picture[:, 30:50] = 1
    covered = cover(picture, (20, 20))
    np.testing.assert_allclose(covered, resize(picture, (20, 40))[:, 10:30])
    assert (covered[:, 5:15] == 1).all()
    assert (covered[:, :5] == 0).all()
    assert (covered[:, 15:] == 0).all()


def test_colour():
    picture = first_picture(Start(kind="colour", colour="#ff8000"), (60, 80), 0)
    assert picture.shape == (60, 80, 3)
    assert picture.dtype == np.float32
    np.testing.assert_allclose(picture.mean((0, 1)), [1, 128 / 255, 0], atol=3e-3)
    assert 0.002 < picture.std(axis=(0, 1)).max() < 0.006


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#ff0000"])
def test_a_colour_at_the_end_of_the_range_stays_within_it(colour):
    picture = first_picture(Start(kind="colour", colour=colour), (60, 80), 0)
    assert picture.min() >= 0
    assert picture.max() <= 1


@pytest.mark.parametrize("kind", ["noise", "colour", "unfold"])
def test_the_seed_decides(kind):
    one, again, other = (first_picture(Start(kind=kind), (40, 60), seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_noise_is_grey_on_the_whole_and_has_structure():
    picture = first_picture(Start(), (90, 160), 0)
    assert picture.shape == (90, 160, 3)
    assert picture.dtype == np.float32
    assert picture.min() >= 0
    assert picture.max() <= 1
    assert picture.mean() == pytest.approx(0.45, abs=0.03)
    assert resize(picture, (9, 16)).std() > 0.02


def test_noise_looks_alike_at_every_size():
    small, large = (resize(first_picture(Start(), size, 5), (12, 20)) for size in [(96, 160), (192, 320)])
    assert np.corrcoef(small.ravel(), large.ravel())[0, 1] > 0.9


def test_sizes_never_shrink():
    assert set(growing_sizes(Start(small=64, growth=10), (48, 60))) == {(48, 60)}


@pytest.mark.parametrize("size", [(360, 640), (100, 40), (64, 64)])
def test_sizes_grow_from_small_to_full(size):
    sizes = list(growing_sizes(Start(small=64, growth=10), size))
    heights = [height for height, _ in sizes]
    assert len(sizes) == 10
    assert heights == sorted(heights)
    assert heights[0] == 64
    assert sizes[-1] == size
    assert all(abs(width - height * size[1] / size[0]) <= 1 for height, width in sizes)
