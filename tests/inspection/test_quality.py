"""What the numbers of frames say, against values worked out by hand."""

from fractions import Fraction

import numpy as np
import pytest

from zoomdream.inspection.gauge import Series
from zoomdream.inspection.quality import LISTED, Spots, flicker, judge


def series(count=40, mean=None, contrast=None, sharpness=None, change=None, step=None, seam=0.02) -> Series:
    def each(given, usual):
        return np.full(count, usual) if given is None else np.asarray(given, float)

    channels = (each(mean, 0.5), each(contrast, 0.2))
    thrice = (np.repeat(values[:, None], 3, 1) for values in channels)
    steps = (np.full(count - 1, 0.02) if given is None else np.asarray(given, float) for given in (change, step))
    return Series(*thrice, each(sharpness, 0.001), *steps, seam)


def judged(fps=Fraction(10), settled=None, **given):
    return judge(series(**given), fps, settled)


def test_a_steady_film_has_nothing_to_be_said_of_it():
    quality = judged()
    assert (quality.black, quality.duplicates, quality.frozen) == (Spots(0, ()),) * 3
    assert quality.mean.start == quality.mean.end == pytest.approx((0.5, 0.5, 0.5))
    assert (quality.mean.departure, quality.flicker, quality.sharpness.ratio) == (0, 0, 1)
    assert (quality.seam, quality.steps.median, quality.steps.largest) == (1, 0.02, 0.02)


def test_black_frames_are_found_where_they_are():
    mean = np.full(40, 0.5)
    mean[[0, 7, 8, 39]] = 0.019
    assert judged(mean=mean).black == Spots(4, ((0, 0), (7, 8), (39, 39)))


def test_duplicates_are_frozen_when_they_last_for_half_a_second():
    change = np.full(39, 0.02)
    change[[3, *range(10, 15), *range(20, 24)]] = 0.0009
    quality = judged(change=change)
    assert quality.duplicates == Spots(10, ((4, 4), (11, 15), (21, 24)))
    assert quality.frozen == Spots(5, ((11, 15),))
    assert judged(change=change, fps=Fraction(8)).frozen.frames == 9
    assert judged(change=change, fps=None).frozen == Spots(0, ())


def test_what_a_codec_leaves_of_a_duplicate_is_judged_where_the_camera_moves_evenly():
    lively, calm = np.full(39, 0.08), np.full(39, 0.008)
    lively[[5, 20]] = calm[[5, 20]] = 0.009
    assert judged(change=lively, settled=0.0).duplicates == Spots(2, ((6, 6), (21, 21)))
    assert judged(change=lively, settled=2.0).duplicates == Spots(1, ((21, 21),))
    assert judged(change=lively, settled=9.0).duplicates.frames == 0
    assert judged(change=lively, settled=None).duplicates.frames == 0
    assert judged(change=calm, settled=0.0).duplicates.frames == 0


def test_the_list_of_runs_ends():
    change = np.tile([0.02, 0.0], 300)
    quality = judged(count=601, change=change)
    assert quality.duplicates.frames == 300
    assert len(quality.duplicates.runs) == LISTED


def test_drift_compares_tenths_and_names_the_farthest_frame():
    mean = np.full(40, 0.5)
    mean[:4], mean[-4:], mean[20] = 0.4, 0.6, 0.8
    drift = judged(mean=mean).mean
    assert (drift.start, drift.end) == (pytest.approx((0.4,) * 3), pytest.approx((0.6,) * 3))
    assert (drift.departure, drift.farthest) == (pytest.approx(0.6), 20)


def test_there_is_no_departure_from_a_median_of_nothing():
    drift = judged(mean=np.zeros(40)).mean
    assert (drift.departure, drift.farthest) == (None, None)


def test_sharpness_is_the_end_over_the_start():
    energy = np.linspace(1, 0.1, 40)
    found = judged(sharpness=energy).sharpness
    assert found.ratio == pytest.approx(energy[-4:].mean() / energy[:4].mean())
    assert judged(sharpness=np.zeros(40)).sharpness.ratio is None


def test_flicker_is_the_amplitude_of_brightness_that_goes_up_and_down():
    alternating = 0.5 + 0.03 * (-1.0) ** np.arange(20)
    assert flicker(alternating) == pytest.approx(0.03)
    assert flicker(np.linspace(0.2, 0.9, 20)) == pytest.approx(0, abs=1e-12)
    assert flicker(np.array([0.4, 0.5, 0.4])) == pytest.approx(0.05)
    assert flicker(np.array([0.4, 0.5])) is None


def test_the_seam_is_counted_in_median_steps():
    step = np.full(39, 0.02)
    step[11] = 0.1
    quality = judged(step=step, seam=0.05)
    assert (quality.seam, quality.steps.number) == (pytest.approx(2.5), 12)
    assert judged(step=np.zeros(39), seam=0.0).seam is None


def test_a_single_frame_is_judged_by_what_it_has():
    quality = judge(series(count=1, seam=None), None)
    assert quality.black == Spots(0, ())
    assert (quality.duplicates, quality.frozen, quality.flicker, quality.steps, quality.seam) == (None,) * 5
