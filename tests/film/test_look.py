"""What the eye has chosen, guarded by numbers: steadiness, sharpness, and the same look at every size."""

from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise

import cv2
import numpy as np
import pytest

from zoomdream.api import studio
from zoomdream.film.settings import Film
from zoomdream.film.steps import step_size
from zoomdream.picture.warp import resize
from zoomdream.presets import load_preset

FPS = Fraction(12)


def film(**changes) -> Film:
    settings = {"dream.lines": 96, "score.hold": 1.5, "score.fade": 1.0, **changes}
    return load_preset("reef", settings)


@pytest.fixture(scope="module")
def long_film(lite0):
    ready = studio(film(seconds=24), lite0, size=(128, 96), seed=2)
    return ready, [np.rint(frame * 255) / 255 for frame in ready.frames(FPS)]


def test_colour_and_contrast_stay_alive(long_film):
    frames = np.array(long_film[1][60:])
    means, spreads = frames.mean((1, 2)), frames.std((1, 2))
    assert np.abs(means / np.median(means, 0) - 1).max() < 0.10
    assert np.abs(spreads / np.median(spreads, 0) - 1).max() < 0.15


def test_little_is_clipped(long_film):
    frames = np.array(long_film[1][60:])
    assert ((frames == 0) | (frames == 1)).mean((1, 2, 3)).max() < 0.04


def test_it_stays_as_sharp_as_it_was(long_film):
    energy = np.array([(cv2.Laplacian(frame.mean(2), cv2.CV_32F) ** 2).mean() for frame in long_film[1]])
    assert 0.7 < energy[-72:].mean() / energy[60:132].mean() < 1.4


def test_nothing_jumps(long_film):
    ready, frames = long_film
    times = [(float(n / FPS), float((n + 1) / FPS)) for n in range(len(frames) - 1)]
    steps = [step_size(*pair, ready.moves(*time)) for pair, time in zip(pairwise(frames), times, strict=True)]
    assert max(steps[12:]) < 2 * np.median(steps)


def radial_power(frame):
    """Return the power of the middle square of a picture in bands of cycles per picture height."""
    height, width = frame.shape[:2]
    left = (width - height) // 2
    grey = frame[:, left : left + height].mean(2)
    window = np.hanning(height)
    spectrum = np.abs(np.fft.fft2((grey - grey.mean()) * np.outer(window, window))) ** 2 / height**4
    frequency = np.fft.fftfreq(height, 1 / height)
    radius = np.hypot(frequency[:, None], frequency)
    return np.array([spectrum[(radius >= low) & (radius < 2 * low)].sum() for low in (2, 4, 8, 16)])


def test_a_small_preview_predicts_the_large_film(lite0):
    def look(size):  # over several seeds: one film may show large things for a while, another one small ones
        films = (studio(film(), lite0, size=size, seed=seed).keys() for seed in (1, 2, 3))
        frames = [resize(frame, (48, 64)) for keys in films for frame in islice(keys, 24, 48, 6)]
        return np.mean([radial_power(frame) for frame in frames], 0), np.mean(frames, (0, 1, 2)), np.std(frames)

    (small, small_mean, small_std), (large, large_mean, large_std) = look((64, 48)), look((256, 192))
    assert np.sqrt(large / small) == pytest.approx(np.ones(4), abs=0.35)
    assert large_mean == pytest.approx(small_mean, abs=0.03)
    assert large_std == pytest.approx(small_std, rel=0.1)


def test_below_its_lines_a_film_is_the_same_at_every_size(lite0):
    small, large = (islice(studio(film(), lite0, size=size).keys(), 6) for size in ((64, 48), (128, 96)))
    for one, other in zip(small, large, strict=True):
        np.testing.assert_allclose(one, resize(other, (48, 64)), atol=1e-5)


def test_a_loop_has_no_seam(lite0):
    from zoomdream.film.length import looped

    around = looped(replace(film(seconds=8), overlap=3.0), FPS)
    ready = studio(around, lite0, size=(128, 96))
    frames = list(ready.loop_frames(FPS))
    steps = [
        step_size(*pair, ready.loop_moves(float(n / FPS), float((n + 1) / FPS)))
        for n, pair in enumerate(pairwise(frames))
    ]
    np.testing.assert_array_equal(frames[0], frames[-1])
    assert steps[-1] <= 1.1 * np.median(steps)
