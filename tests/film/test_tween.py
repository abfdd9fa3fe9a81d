"""Frames between keys."""

import tracemalloc
import weakref
from fractions import Fraction
from itertools import count, islice

import numpy as np
import pytest

from zoomdream.api import studio
from zoomdream.film import tween as tweening
from zoomdream.film.camera import Motion, motion
from zoomdream.film.settings import Camera
from zoomdream.film.tween import between, tween
from zoomdream.picture.warp import move
from zoomdream.presets import load_preset

PACE = 12
CAMERAS = {
    "zoom in": Camera(zoom=1.6, rotate=4),
    "zoom out": Camera(zoom=0.5, rotate=-10),
    "drift": Camera(zoom=1, rotate=0, drift=(0.5, 0.2)),
    "still": Camera(zoom=1, rotate=0),
    "fast": Camera(zoom=10, rotate=180, wander=0.3),
}
EVERY = pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS.keys())


def moves_of(camera):
    return lambda start, end: motion(camera, 0, start, end)


def keys(number=9, shape=(36, 64)):
    for key in range(number):
        yield np.random.default_rng(key).random((*shape, 3), np.float32)


def frames(camera, fps, number=9):
    return list(tween(keys(number), moves_of(camera), PACE, Fraction(fps)))


@EVERY
@pytest.mark.parametrize("fps", [12, 24, 60, 36])
def test_at_the_time_of_a_key_the_frame_is_the_key(camera, fps):
    made = frames(camera, fps)
    for number, key in enumerate(islice(keys(), 8)):
        np.testing.assert_array_equal(made[number * fps // PACE], key)


@EVERY
def test_where_times_meet_frames_are_the_same_at_every_rate(camera):
    slow, fast = frames(camera, 24), frames(camera, 60)
    for step in range(8):
        np.testing.assert_array_equal(slow[2 * step], fast[5 * step])
    assert np.array_equal(frames(camera, 30)[::5], frames(camera, 60)[::10])


@pytest.mark.parametrize(
    ("fps", "number", "expected"),
    [(12, 9, 8), (24, 9, 16), (60, 9, 40), (5, 9, 4), (Fraction(30000, 1001), 13, 30), (30, 1, 0), (30, 0, 0)],
)
def test_there_is_a_frame_for_every_time_before_the_last_key(fps, number, expected):
    assert len(frames(CAMERAS["still"], fps, number)) == expected


@EVERY
def test_a_plain_picture_stays_plain_to_the_border(camera):
    plain = [np.full((36, 64, 3), (0.2, 0.5, 0.8), np.float32)] * 4
    for frame in tween(plain, moves_of(camera), PACE, Fraction(60)):
        np.testing.assert_allclose(frame, plain[0], atol=1e-5)
        assert frame.dtype == np.float32


def smooth(shape=(90, 160)):
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] / shape[0]
    return np.stack([0.5 + 0.3 * np.sin(5 * x + 3 * y + c) for c in range(3)], -1).astype(np.float32)


@pytest.mark.parametrize("name", ["zoom in", "zoom out", "drift"])
def test_keys_that_only_move_are_followed_exactly(name):
    moves = moves_of(CAMERAS[name])
    here = smooth()
    there = move(here, *moves(0, 1 / PACE))
    inside = np.s_[25:-25, 25:-25]
    for share in (Fraction(1, 5), Fraction(1, 2), Fraction(4, 5)):
        frame = between(here, there, 0, share, moves, PACE)
        np.testing.assert_allclose(frame[inside], move(here, *moves(0, share / PACE))[inside], atol=4e-3)


def test_without_a_camera_frames_are_blends():
    here, there = keys(2)
    frame = between(here, there, 0, Fraction(1, 4), lambda start, end: Motion(1, 0), PACE)
    np.testing.assert_allclose(frame, 0.75 * here + 0.25 * there, atol=1e-5)


@EVERY
def test_frames_come_close_to_the_keys_on_either_side(camera):
    here, there = smooth(), smooth()[::-1].copy()
    moves = moves_of(camera)
    inside = np.s_[5:-5, 5:-5]
    early = between(here, there, 3, Fraction(1, 10**6), moves, PACE)
    late = between(here, there, 3, Fraction(10**6 - 1, 10**6), moves, PACE)
    np.testing.assert_allclose(early[inside], here[inside], atol=1e-3)
    np.testing.assert_allclose(late[inside], there[inside], atol=1e-3)


def test_a_border_that_one_key_does_not_reach_is_the_other_ones_alone():
    white, black = np.ones((90, 160, 3), np.float32), np.zeros((90, 160, 3), np.float32)
    moves = moves_of(Camera(zoom=10, rotate=0))
    frame = between(white, black, 0, Fraction(1, 2), moves, PACE)
    assert frame[0].min() > 0.99
    assert frame[45, 80] == pytest.approx(0.5, abs=1e-3)


def test_no_more_keys_are_asked_for_than_are_needed():
    asked = []

    def endless():
        for key in count():
            asked.append(key)
            yield np.full((8, 8, 3), 0.5, np.float32)

    assert len(list(islice(tween(endless(), moves_of(CAMERAS["still"]), PACE, Fraction(24)), 5))) == 5
    assert asked == [0, 1, 2, 3]


@EVERY
def test_large_keys_which_are_not_doubled_make_the_same_frames(camera, monkeypatch):
    pictures = [smooth() * share for share in (0.5, 1, 0.7)]
    moves = moves_of(camera)
    small = list(tween(pictures, moves, PACE, Fraction(60)))
    monkeypatch.setattr(tweening, "MOST_DOUBLED", 0)
    large = list(tween(pictures, moves, PACE, Fraction(60)))
    np.testing.assert_allclose(small, large, atol=5e-3)


@EVERY
@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (1, 1), (2, 3)])
def test_a_film_may_be_a_single_row(camera, shape):
    for frame in tween(keys(3, shape), moves_of(camera), PACE, Fraction(60)):
        assert frame.shape == (*shape, 3)
        assert np.isfinite(frame).all()


def test_a_second_of_film_is_the_same_with_doubled_keys_and_without(lite0, monkeypatch):
    ready = studio(load_preset("reef", {"seconds": 1, "start.warmup": 0, "dream.lines": 96}), lite0, size=(128, 96))
    doubled = np.array(list(ready.frames(Fraction(30))))
    monkeypatch.setattr(tweening, "MOST_DOUBLED", 0)
    errors = ((doubled - np.array(list(ready.frames(Fraction(30))))) ** 2).mean((1, 2, 3))
    assert -10 * np.log10(errors.max()) > 40


def test_without_a_motion_a_key_is_not_moved(monkeypatch):
    monkeypatch.setattr(tweening, "doubled", None)
    assert len(frames(CAMERAS["still"], 60)) == 40


@EVERY
@pytest.mark.parametrize("most", [1, 100, 1000])
def test_a_frame_made_in_strips_is_the_same(camera, most, monkeypatch):
    pictures = list(keys(3))
    whole = list(tween(pictures, moves_of(camera), PACE, Fraction(60)))
    monkeypatch.setattr(tweening, "MOST_AT_ONCE", most)
    np.testing.assert_allclose(list(tween(pictures, moves_of(camera), PACE, Fraction(60))), whole, atol=2e-3)


def test_a_large_frame_needs_no_further_copies(monkeypatch):
    monkeypatch.setattr(tweening, "MOST_AT_ONCE", 2**18)
    here, there = (np.full((1600, 4000, 3), value, np.float32) for value in (0.2, 0.7))
    moves = moves_of(CAMERAS["zoom in"])
    between(here, there, 0, Fraction(1, 2), moves, PACE)  # what falls towards the border is kept from here on
    tracemalloc.start()
    try:
        frame = between(here, there, 0, Fraction(1, 2), moves, PACE)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert frame.nbytes < most < 1.4 * frame.nbytes


def test_frames_stay_within_their_range_and_are_nobody_elses():
    pictures = [np.random.default_rng(n).integers(0, 2, (24, 32, 3)).astype(np.float32) for n in range(3)]
    pictures[0] *= 1.5
    frames = list(tween(pictures, moves_of(CAMERAS["zoom in"]), PACE, Fraction(60)))
    assert max(frame.max() for frame in frames) == 1
    assert min(frame.min() for frame in frames) == 0
    assert not any(np.shares_memory(frame, key) for frame in frames for key in pictures)


def test_while_a_key_is_made_only_the_one_before_it_is_held():
    made, held = [], []

    def watched():
        for number in range(5):
            held.append([key for key, there in enumerate(made) if there() is not None])
            picture = np.full((8, 8, 3), number / 5, np.float32)
            made.append(weakref.ref(picture))
            yield picture
            del picture

    assert len(list(tween(watched(), moves_of(CAMERAS["zoom in"]), PACE, Fraction(PACE)))) == 4
    assert held == [[], [0], [1], [2], [3]]
