"""The feedback: what one key makes of the last, and what happens when there is no way up."""

from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pytest

from zoomdream.ascent.climb import FlatGradient
from zoomdream.film.camera import motion
from zoomdream.film.dream import SLOWEST
from zoomdream.film.grade import pull
from zoomdream.film.settings import Camera, Dream, Grade
from zoomdream.film.zoom import Zoom, keys, next_key, unfold
from zoomdream.picture.colour import natural
from zoomdream.picture.warp import move

CAMERA = Camera(zoom=1.5, rotate=20)


class Voices:
    def weights(self, t):
        return {"weights:a": np.array([t], np.float32)}

    def names(self, t):
        return f"a:{round(t * 12)}"


@dataclass
class Dreamer:
    """Dreams by a function of the picture, and writes down how it was asked."""

    dreaming: object = None
    dream: Dream = field(default_factory=lambda: Dream(keys=12))
    asked: list = field(default_factory=list)

    def __call__(self, image, key, weights, octaves, effort=1.0, sizes=None):
        self.asked.append((key, float(weights["weights:a"][0]), octaves, effort, sizes))
        return image if self.dreaming is None else self.dreaming(image, effort)


def make(dreamer, warnings=None, **changes):
    told = [] if warnings is None else warnings
    settings = {"camera": CAMERA, "grade": Grade(), "palette": natural(), "seed": 0} | changes
    return Zoom(dreamer, Voices(), warn=lambda fault: told.append(str(fault)), **settings)


def flat(image, effort):
    raise FlatGradient(finite=True)


def flat_at_full_effort(image, effort):
    if effort == 1:
        raise FlatGradient(finite=True)
    return image + np.float32(0.01)


def not_a_number(image, effort):
    spoilt = image.copy()
    spoilt[3, 4] = np.nan
    return spoilt


def infinite(image, effort):
    return image + np.float32(np.inf)


def huge(image, effort):
    return image * np.float32(1e38)


def test_the_first_key_is_the_start(noise):
    assert next(keys(make(Dreamer()), noise)) is noise


def test_a_key_is_moved_dreamt_and_graded(noise):
    zoom = make(Dreamer(lambda image, effort: image + np.float32(0.05)))
    moved = move(noise, *motion(CAMERA, 0, 4 / 12, 5 / 12))
    expected = pull(moved + np.float32(0.05), natural(), Grade(), 1 / 12)
    np.testing.assert_array_equal(next_key(zoom, noise, 5), expected)


@pytest.mark.parametrize("first", [0, -24, 7])
def test_keys_are_numbered_and_hear_the_score_at_their_time(noise, first):
    dreamer = Dreamer()
    list(islice(keys(make(dreamer), noise, first), 4))
    assert [key for key, *_ in dreamer.asked] == [first + 1, first + 2, first + 3]
    assert [t for _, t, *_ in dreamer.asked] == pytest.approx([(first + k) / 12 for k in (1, 2, 3)])


def test_the_dreamer_is_told_how_far_the_camera_went(noise):
    dreamer = Dreamer()
    next_key(make(dreamer, camera=Camera(zoom=8)), noise, 1)
    next_key(make(dreamer, camera=Camera(zoom=1)), noise, 1)
    next_key(make(dreamer, camera=Camera(zoom=0.5)), noise, 1)
    assert [octaves for _, _, octaves, _, _ in dreamer.asked] == pytest.approx([3 / 12, SLOWEST / 12, 1 / 12])


def test_a_flat_gradient_is_tried_again_at_half_effort(noise):
    warnings = []
    dreamer = Dreamer(flat_at_full_effort)
    key = next_key(make(dreamer, warnings), noise, 1)
    assert [effort for _, _, _, effort, _ in dreamer.asked] == [1.0, 0.5]
    assert warnings == []
    moved = move(noise, *motion(CAMERA, 0, 0, 1 / 12))
    np.testing.assert_array_equal(key, pull(moved + np.float32(0.01), natural(), Grade(), 1 / 12))


@pytest.mark.parametrize("grade", [Grade(), Grade(towards="off")], ids=["graded", "ungraded"])
@pytest.mark.parametrize(
    ("dreaming", "reason"),
    [
        (flat, "the gradient is zero everywhere"),
        (not_a_number, "the picture is not finite"),
        (infinite, "the picture is not finite"),
    ],
    ids=["flat", "nan", "inf"],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_where_nothing_helps_the_film_goes_on_and_says_so_once_a_key(noise, grade, dreaming, reason):
    warnings = []
    made = list(islice(keys(make(Dreamer(dreaming), warnings, grade=grade), noise), 6))
    assert len(warnings) == 5
    for number, warning in enumerate(warnings, 1):
        assert f"Key {number} " in warning
        assert f"(a:{number})" in warning
        assert reason in warning
        assert warning.endswith(".")
    for key in made:
        assert np.isfinite(key).all()
        assert key.std() > 0.01
        assert 0.1 < key.mean() < 0.9


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_a_dreamer_that_blows_up_leaves_no_black_frame(noise):
    for key in islice(keys(make(Dreamer(huge)), noise), 4):
        assert np.isfinite(key).all()
        assert 0.05 < key.mean() < 0.95


def test_one_bad_key_does_not_spoil_the_next(noise):
    warnings = []
    calls = iter([True, True, False, False])
    dreamer = Dreamer(lambda image, effort: flat(image, effort) if next(calls) else image)
    made = list(islice(keys(make(dreamer, warnings), noise), 4))
    assert len(warnings) == 1
    assert all(np.isfinite(key).all() for key in made)


def test_the_same_seed_gives_the_same_keys(noise):
    camera = Camera(zoom=1.5, wander=0.2)
    one, again, other = (list(islice(keys(make(Dreamer(), camera=camera, seed=s), noise), 5)) for s in (1, 1, 2))
    for key, same in zip(one, again, strict=True):
        np.testing.assert_array_equal(key, same)
    assert not np.array_equal(one[4], other[4])


def test_unfolding_grows_through_the_sizes(noise):
    sizes = [(12, 16), (12, 16), (24, 32), (48, 64)]
    dreamt = []
    dreamer = Dreamer(lambda image, effort: (dreamt.append(image.shape[:2]), image)[1])
    shown = list(unfold(make(dreamer), noise[:12, :16], sizes))
    assert dreamt == sizes
    assert [key.shape[:2] for key in shown] == sizes
    assert [key for key, *_ in dreamer.asked] == [0, 1, 2, 3]
    assert [given for *_, given in dreamer.asked] == [[size] for size in sizes]
    assert [octaves for _, _, octaves, _, _ in dreamer.asked] == pytest.approx([2 / 4] * 4)


def test_only_a_picture_that_shrinks_is_softened(noise):
    def grain(zoom):
        made = list(islice(keys(make(Dreamer(), camera=Camera(zoom=zoom, rotate=0)), noise), 2))
        return np.abs(np.diff(made[1], axis=0)).mean() / np.abs(np.diff(made[0], axis=0)).mean()

    assert grain(0.75) < 0.97 * grain(1)
