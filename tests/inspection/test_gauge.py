"""What is measured of each frame, against values worked out by hand."""

from fractions import Fraction

import numpy as np
import pytest

from zoomdream.film.camera import Motion
from zoomdream.inspection.gauge import Gauge, change, sharpness
from zoomdream.picture.warp import move


def flat(level: int, size: tuple[int, int] = (8, 10)) -> np.ndarray:
    return np.full((*size, 3), level, np.uint8)


def series_of(*frames, **more):
    gauge = Gauge(**more)
    for frame in frames:
        gauge.take(frame)
    return gauge.series()


def test_mean_and_contrast_are_those_of_each_channel():
    frame = flat(0)
    frame[:, :5] = (255, 51, 0)
    series = series_of(frame)
    assert series.mean[0] == pytest.approx([0.5, 0.1, 0], abs=1e-6)
    assert series.contrast[0] == pytest.approx([0.5, 0.1, 0], abs=1e-6)


def test_a_slope_is_sharp_at_its_borders_only_where_it_is_mirrored():
    slope = np.repeat(np.linspace(0, 1, 9, dtype=np.float32)[None, :, None], 9, 0).repeat(3, 2)
    assert sharpness(slope) == pytest.approx(2 / 9 * (2 / 8) ** 2, rel=1e-5)  # two columns of nine, bent by 2/8


def test_a_point_has_twenty_times_its_square():
    point = np.zeros((10, 10, 3), np.float32)
    point[5, 5] = 0.3
    assert sharpness(point) == pytest.approx(20 * 0.3**2 / 100, rel=1e-5)  # 4² + 1 + 1 + 1 + 1
    point[5, 5] = (0.9, 0, 0)  # grey is the mean of the channels
    assert sharpness(point) == pytest.approx(20 * 0.3**2 / 100, rel=1e-5)


def test_change_is_the_mean_absolute_difference():
    before, after = flat(10), flat(10)
    after[0, 0] = (61, 10, 10)  # 51 levels in one of 240 values
    assert change(before, after) == pytest.approx(0.2 / 240)
    assert series_of(before, after).change == pytest.approx([0.2 / 240])


def test_without_a_camera_a_step_is_the_change():
    series = series_of(flat(0), flat(51), flat(255))
    assert series.step == pytest.approx([0.2, 0.8], abs=1e-6)
    assert series.seam == pytest.approx(1, abs=1e-6)


def test_what_the_camera_does_is_no_step(noise):
    asked = []

    def moves(start, end):
        asked.append((start, end))
        return Motion(1.05, 0.01)

    frames = [noise, move(noise, 1.05, 0.01)]
    levels = [np.rint(frame * 255).clip(0, 255).astype(np.uint8) for frame in frames]
    series = series_of(*levels, moves=moves, fps=Fraction(10))
    assert series.step[0] < 0.01 < series.change[0]
    assert asked == [(0, 0.1), (0.1, 0.2)]  # the last one leads over the seam


def test_a_single_frame_has_no_step_and_no_seam():
    series = series_of(flat(7))
    assert (len(series.change), len(series.step), series.seam) == (0, 0, None)
