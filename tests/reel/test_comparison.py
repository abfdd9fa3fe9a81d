"""How the frames of one film are found in another."""

from math import inf, log10

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.reel import encode
from zoomdream.reel.comparison import compare, likeness


def grey(*values):
    return [np.full((16, 16, 3), value / 255, np.float32) for value in values]


@pytest.fixture
def film(tmp_path):
    """Return who makes a folder of grey frames, which keeps every level."""

    def make(name, *values):
        return encode(tmp_path / name, grey(*values), 10, (16, 16)).path

    return make


def test_a_film_is_its_own_like(film):
    one = film("one", 10, 20, 30)
    found = compare(one, one)
    assert found.same and (found.frames, found.equal, found.worst, found.psnr) == (3, 3, -1, inf)
    assert str(found) == "3 of 3 frames are the same."


def test_the_frame_that_differs_most_is_named(film):
    found = compare(film("one", 10, 20, 30, 40), film("other", 10, 21, 35, 40))
    assert not found.same and (found.frames, found.equal, found.worst) == (4, 2, 2)
    assert found.psnr == pytest.approx(20 * log10(255 / 5))
    assert str(found) == "2 of 4 frames are the same, frame 2 differs most (34.2 dB)."


def test_frames_that_the_other_has_not_are_missing_and_more_are_told(film):
    short, long = film("short", 10, 20), film("long", 10, 20, 30)
    fewer, more = compare(long, short), compare(short, long)
    assert not fewer.same and fewer.missing == 1 and str(fewer).endswith("same, missing: 1.")
    assert not more.same and more.more == 1 and str(more) == "2 of 2 frames are the same, and the other has 1 more."


def test_other_sizes_have_nothing_in_common():
    assert likeness(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3, 3), np.uint8)) == 0


def test_what_is_no_film_is_refused(film, tmp_path):
    with pytest.raises(BadInput):
        compare(film("one", 10), tmp_path / "none.mp4")
