"""Two runs of keys become one; a run becomes a loop."""

import tempfile
from itertools import count, islice
from pathlib import Path

import numpy as np
import pytest

from zoomdream.film.splice import loop, opening, splice

SHAPE = (18, 32, 3)
OPEN = Path("/proc/self/fd")


def plain(value: float) -> np.ndarray:
    return np.full(SHAPE, value, np.float32)


def run(start: float = 0, period: int | None = None):
    return (plain(start + (key % period if period else key)) for key in count())


@pytest.mark.parametrize("shape", [(18, 32, 3), (17, 17, 3), (40, 9, 3), (180, 320, 3)])
def test_opening_is_nothing_at_first_and_all_at_last(shape):
    assert opening(shape, 0).shape == (*shape[:2], 1)
    assert opening(shape, 0.0).max() == 0
    assert opening(shape, 1.0).min() == 1


def test_opening_grows_with_the_share_and_from_the_centre():
    shares = np.linspace(0, 1, 21)
    masks = np.array([opening((41, 61, 3), share)[..., 0] for share in shares])
    assert (np.diff(masks, axis=0) >= 0).all()
    assert ((masks >= 0) & (masks <= 1)).all()
    rightwards = masks[:, 20, 30:]
    assert (np.diff(rightwards, axis=1) <= 0).all()
    np.testing.assert_allclose(masks, masks[:, ::-1, ::-1], atol=1e-6)
    assert masks.dtype == np.float32


def test_opening_never_leaps():
    masks = np.array([opening(SHAPE, share) for share in np.linspace(0, 1, 101)])
    assert np.abs(np.diff(masks, axis=0)).max() < 0.2


def test_splice_begins_as_the_old_run_and_goes_on_as_the_new_one():
    keys = list(islice(splice(run(0), run(100), 5), 8))
    np.testing.assert_array_equal(keys[0], plain(0))
    for number in range(1, 5):
        assert (keys[number] >= number).all()
        assert (keys[number] <= 100 + number).all()
        assert keys[number].mean() > keys[number - 1].mean()
    for number in (5, 6, 7):
        np.testing.assert_array_equal(keys[number], plain(100 + number))


def test_splice_shows_the_new_run_first_in_the_centre():
    middle = list(islice(splice(run(0), run(100), 4), 3))[2]
    assert middle[9, 16, 0] > 60
    assert middle[0, 0, 0] == 2


def test_splice_over_no_keys_is_the_new_run():
    np.testing.assert_array_equal(next(splice(run(0), run(100), 0)), plain(100))


@pytest.mark.parametrize(("length", "overlap"), [(10, 3), (4, 2), (12, 1), (8, 0), (1, 0)])
def test_a_loop_has_one_key_more_than_its_length_and_ends_where_it_began(length, overlap):
    keys = list(loop(run(), length, overlap))
    assert len(keys) == length + 1
    np.testing.assert_array_equal(keys[0], keys[-1])
    np.testing.assert_array_equal(keys[0], plain(overlap))
    for number in range(1, length - overlap + 1):
        np.testing.assert_array_equal(keys[number], plain(overlap + number) if number < length else plain(overlap))


def test_a_run_that_is_periodic_already_is_left_as_it_is():
    keys = list(loop(run(period=10), 10, 4))
    for number, key in enumerate(keys):
        np.testing.assert_allclose(key, plain((4 + number) % 10), atol=1e-5)


def test_the_joint_opens_into_the_runs_own_beginning():
    keys = list(loop(run(), 10, 4))
    np.testing.assert_array_equal(keys[6], plain(10))
    for number in (7, 8, 9):
        assert keys[number].min() >= number + 4 - 10
        assert keys[number].max() <= number + 4
        assert keys[number][9, 16, 0] < keys[number][0, 0, 0]


def test_keys_of_a_loop_may_be_changed_by_their_reader():
    keys = []
    for key in loop(run(), 6, 2):
        keys.append(key.copy())
        key[:] = -1
    np.testing.assert_array_equal(keys[0], keys[-1])


@pytest.mark.parametrize("stop", [1, 5, 11])
def test_a_loop_leaves_no_file_behind(tmp_path, monkeypatch, stop):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = len(list(OPEN.iterdir()))
    keys = loop(run(), 10, 3)
    assert len(list(islice(keys, stop))) == stop
    keys.close()
    del keys
    assert list(tmp_path.iterdir()) == []
    assert len(list(OPEN.iterdir())) == before
