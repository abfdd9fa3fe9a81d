"""The camera: motions compose, turn back, and close."""

import numpy as np
import pytest

from zoomdream.film.camera import Motion, camera_of, closed, motion, zoom_octaves
from zoomdream.film.settings import Camera, Film, Start

CAMERAS = {
    "plain": Camera(zoom=1.6, rotate=0),
    "turning": Camera(zoom=1.3, rotate=25),
    "still": Camera(zoom=1, rotate=0),
    "drifting": Camera(zoom=1, rotate=0, drift=(0.1, -0.05)),
    "zooming out": Camera(zoom=0.6, rotate=-10, drift=(0.02, 0.01)),
    "wandering": Camera(zoom=1.8, rotate=5, wander=0.2, wander_seconds=6),
    "easing": Camera(zoom=1.7, rotate=8, drift=(0.1, 0), ease=3),
    "resting": Camera(zoom=1.7, rotate=8, rest=0.8, ease=0.7),
    "all": Camera(zoom=1.4, rotate=12, drift=(0.05, 0.1), wander=0.1, wander_seconds=5, rest=0.4, ease=1.5),
}
EVERY = pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS.keys())


def then(first: Motion, second: Motion) -> Motion:
    return Motion(second.scale * first.scale, second.scale * first.shift + second.shift)


def close(one: Motion, two: Motion, tolerance: float = 1e-9) -> bool:
    return abs(one.scale - two.scale) < tolerance and abs(one.shift - two.shift) < tolerance


@EVERY
@pytest.mark.parametrize(
    ("start", "middle", "end"), [(0, 0.3, 0.5), (2, 2.02, 2.09), (0.7, 1.1, 1.4), (-1, -0.8, -0.5)]
)
def test_two_motions_in_a_row_are_one(camera, start, middle, end):
    parts = then(motion(camera, 3, start, middle), motion(camera, 3, middle, end))
    assert close(parts, motion(camera, 3, start, end), 2e-4)


@EVERY
def test_the_steps_of_a_second_are_the_second(camera):
    whole = Motion(1, 0)
    for step in range(24):
        whole = then(whole, motion(camera, 3, 4 + step / 24, 4 + (step + 1) / 24))
    assert close(whole, motion(camera, 3, 4, 5), 1e-6)


@pytest.mark.parametrize("rest", [1.0, 1.02, 1.05])
def test_a_rest_that_ends_between_two_keys_ends_there(rest):
    camera = Camera(zoom=1.5, rotate=10, drift=(0.3, 0), rest=rest)
    parts = then(motion(camera, 0, 1, rest), motion(camera, 0, rest, 1 + 1 / 12))
    assert close(parts, motion(camera, 0, 1, 1 + 1 / 12), 1e-6)


@pytest.mark.parametrize(("kind", "rest", "rests"), [("unfold", 0.5, 3.0), ("unfold", 4.0, 4.0), ("noise", 0.5, 0.5)])
def test_the_camera_rests_while_a_film_unfolds(kind, rest, rests):
    film = Film(camera=Camera(zoom=1.5, rest=rest, ease=1), start=Start(kind=kind, seconds=3))
    assert camera_of(film) == Camera(zoom=1.5, rest=rests, ease=1)


@EVERY
@pytest.mark.parametrize(("start", "end"), [(0, 0.1), (1, 1.5), (5, 5.04)])
def test_back_is_the_inverse_of_forward(camera, start, end):
    assert close(then(motion(camera, 3, start, end), motion(camera, 3, end, start)), Motion(1, 0), 1e-9)


@EVERY
def test_no_time_no_motion(camera):
    assert close(motion(camera, 3, 1.5, 1.5), Motion(1, 0), 1e-15)


@pytest.mark.parametrize("zoom", [0.1, 0.7, 1, 1.6, 10])
@pytest.mark.parametrize("seconds", [1 / 60, 0.5, 1, 3])
def test_zoom_over_time_is_a_power(zoom, seconds):
    scale, shift = motion(Camera(zoom=zoom, rotate=0), 0, 2, 2 + seconds)
    assert scale == pytest.approx(zoom**seconds)
    assert shift == 0


def test_rotation_is_clockwise_in_degrees_per_second():
    scale, _ = motion(Camera(zoom=1, rotate=90), 0, 0, 1)
    assert scale == pytest.approx(1j)  # right becomes down, y pointing down


def test_drift_is_right_and_down_in_picture_heights():
    assert motion(Camera(zoom=1, rotate=0, drift=(0.2, -0.1)), 0, 0, 2).shift == pytest.approx(0.4 - 0.2j)


def test_drift_while_zooming():
    shift = motion(Camera(zoom=2, rotate=0, drift=(0.1, 0)), 0, 0, 1).shift
    assert shift == pytest.approx(0.1 * (2 - 1) / np.log(2))


def test_the_zoom_aims_at_the_wandering_centre():
    camera = Camera(zoom=4, rotate=0, wander=0.2, wander_seconds=1000)
    scale, shift = motion(camera, 5, 0, 0.01)
    aim = shift / (1 - scale)
    assert 0 < abs(aim) <= 0.2 * np.sqrt(2)
    assert motion(camera, 6, 0, 0.01).shift != shift
    assert motion(camera, 5, 0, 0.01).shift == shift


def test_while_it_rests_the_camera_stands_still():
    camera = Camera(zoom=2, rotate=30, drift=(1, 1), wander=0.1, rest=2)
    for start, end in [(0, 1), (0.5, 2), (-1, 0)]:
        assert close(motion(camera, 0, start, end), Motion(1, 0), 1e-12)
    assert motion(camera, 0, 2, 3).scale == pytest.approx(2 * np.exp(1j * np.radians(30)))


def test_ease_rises_from_standstill_to_full_speed():
    camera = Camera(zoom=2, rotate=0, rest=1, ease=2)
    speeds = [np.log2(abs(motion(camera, 0, t, t + 0.05).scale)) / 0.05 for t in np.arange(0, 5, 0.05)]
    assert (np.diff(speeds) > -1e-9).all()
    assert speeds[0] == pytest.approx(0, abs=1e-12)
    assert speeds[-1] == pytest.approx(1)
    assert np.diff(speeds).max() < 0.06


@pytest.mark.parametrize("zoom", [0.5, 2])
def test_zoom_octaves_count_doublings_and_halvings(zoom):
    assert zoom_octaves(Camera(zoom=zoom), 1, 4) == pytest.approx(3)
    assert zoom_octaves(Camera(zoom=zoom, rest=2), 1, 4) == pytest.approx(2)
    assert zoom_octaves(Camera(zoom=1), 1, 4) == 0


@EVERY
@pytest.mark.parametrize("seconds", [1, 7.5, 60])
def test_a_closed_camera_moves_after_its_round_as_at_the_start(camera, seconds):
    around = closed(camera, seconds)
    for start in (0, 0.4, 2.2):
        one, two = (motion(around, 3, t, t + 1 / 12) for t in (start, start + seconds))
        assert close(one, two, 1e-9)


@pytest.mark.parametrize(
    ("rotate", "seconds", "turns"), [(4, 60, 1), (4, 10, 0), (-50, 20, -3), (0, 5, 0), (36, 10, 1), (300, 0.7, 0)]
)
def test_a_closed_camera_turns_by_whole_turns(rotate, seconds, turns):
    around = closed(Camera(rotate=rotate), seconds)
    assert around.rotate * seconds / 360 == pytest.approx(turns)


def test_a_closed_camera_neither_rests_nor_eases():
    around = closed(Camera(zoom=1.3, drift=(0.1, 0.2), rest=3, ease=2, wander=0.1, wander_seconds=7), 60)
    assert (around.rest, around.ease) == (0, 0)
    assert (around.zoom, around.drift, around.wander) == (1.3, (0.1, 0.2), 0.1)
    assert (60 / around.wander_seconds) % 1 == pytest.approx(0, abs=1e-9)
