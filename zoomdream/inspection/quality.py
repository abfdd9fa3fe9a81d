"""What the numbers of a film's frames say of it."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import ceil

import numpy as np
from numpy.typing import NDArray

from zoomdream.inspection.gauge import Series

BLACK = 0.02
"""Mean of a frame, in [0, 1], below which it is black."""
SAME = 0.001
"""Mean absolute difference, in [0, 1], up to which two frames are the same: a quarter of a level of 8 bits."""
NEARLY = 1 / 8
"""Share of the median change up to which they are, too, where the camera moves evenly: a codec may draw a repeated
frame a little differently."""
STANDSTILL = Fraction(1, 2)
"""Seconds after which frames that repeat one another are a frozen picture."""
USUAL_RATE = Fraction(30)
"""Frames per second where nobody knows them."""
LISTED = 100
"""Most runs of frames that are listed one by one."""

Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Spots:
    """Frames that something is the matter with.

    Attributes:
        frames: how many.
        runs: (first, last) of each row of them, counted from 0; the first hundred rows.
    """

    frames: int
    runs: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Drift:
    """How a value of each channel goes, in [0, 1].

    Attributes:
        start: its mean over the first tenth of the film.
        end: its mean over the last tenth.
        departure: the largest |value / median − 1| of any frame and channel, None where a median is 0.
        farthest: the frame where that is.
    """

    start: Rgb
    end: Rgb
    departure: float | None
    farthest: int | None


@dataclass(frozen=True)
class Sharpness:
    """Mean energy of the Laplacian over the first and over the last tenth, and the end as a share of the start."""

    start: float
    end: float
    ratio: float | None


@dataclass(frozen=True)
class Steps:
    """How much changes from one frame to the next, in [0, 1]; beyond the camera if ``compensated``.

    ``number`` is the frame that the largest step leads to.
    """

    median: float
    largest: float
    number: int
    compensated: bool


@dataclass(frozen=True)
class Quality:
    """What can be said of the frames of a film; None for what takes more frames than there are.

    Attributes:
        black: frames whose mean is below `BLACK`.
        duplicates: frames that differ from the one before by at most `SAME`, or, where the recipe says that the camera
            moves evenly, by an eighth of the median difference.
        frozen: duplicates in a row that last for `STANDSTILL` seconds or more.
        mean: drift of the mean.
        contrast: drift of the standard deviation.
        sharpness: energy of the Laplacian.
        flicker: mean over frames n of |b(n − 1) − 2·b(n) + b(n + 1)| / 4, where b is the mean of all channels.
            Brightness that goes up and down by a in turn has a flicker of a; an even drift has none, and what a camera
            does to the mean of a picture is even.
        steps: changes from frame to frame.
        seam: the step from the last frame to the first over the median step.
    """

    black: Spots
    duplicates: Spots | None
    frozen: Spots | None
    mean: Drift
    contrast: Drift
    sharpness: Sharpness
    flicker: float | None
    steps: Steps | None
    seam: float | None


def judge(series: Series, fps: Fraction | None, settled: float | None = None) -> Quality:
    """Return what the numbers of at least one frame say.

    Args:
        settled: seconds after which the camera moves evenly; None where nobody knows the camera.
    """
    several = len(series.step) > 0
    same = _same(series.change, None if settled is None else ceil(settled * (fps or USUAL_RATE)))
    return Quality(
        black=_spots(series.mean.mean(1) < BLACK),
        duplicates=_spots(same) if several else None,
        frozen=_spots(same, ceil(STANDSTILL * (fps or USUAL_RATE))) if several else None,
        mean=_drift(series.mean),
        contrast=_drift(series.contrast),
        sharpness=_sharpness(series.sharpness),
        flicker=flicker(series.mean.mean(1)),
        steps=_steps(series.step, settled is not None) if several else None,
        seam=_over(series.seam, float(np.median(series.step))) if series.seam is not None else None,
    )


def flicker(brightness: NDArray[np.float64]) -> float | None:
    """Return the flicker of `Quality`, None for fewer than three frames."""
    if len(brightness) < 3:
        return None
    return float(np.abs(np.diff(brightness, 2)).mean() / 4)


def _same(change: NDArray[np.float64], settled: int | None) -> NDArray[np.bool_]:
    """Return which frames repeat the one before; the first never does. From frame ``settled`` on all change alike."""
    same = change <= SAME
    if settled is not None and len(change) > settled:
        same[settled:] |= change[settled:] <= NEARLY * float(np.median(change[settled:]))
    return np.concatenate(([False], same))


def _spots(hit: NDArray[np.bool_], least: int = 1) -> Spots:
    """Return the frames that are hit, in rows of at least ``least``."""
    edges = np.flatnonzero(np.diff(hit.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    rows = [(int(first), int(end) - 1) for first, end in edges if end - first >= least]
    return Spots(sum(last - first + 1 for first, last in rows), tuple(islice(rows, LISTED)))


def _tenth(values: NDArray[np.float64]) -> int:
    return max(1, len(values) // 10)


def _drift(values: NDArray[np.float64]) -> Drift:
    tenth = _tenth(values)
    start, end = values[:tenth].mean(0), values[-tenth:].mean(0)
    return Drift(_rgb(start), _rgb(end), *_departure(values))


def _departure(values: NDArray[np.float64]) -> tuple[float, int] | tuple[None, None]:
    median = np.median(values, 0)
    if not median.all():
        return None, None
    apart = np.abs(values / median - 1).max(1)
    return float(apart.max()), int(apart.argmax())


def _sharpness(energy: NDArray[np.float64]) -> Sharpness:
    tenth = _tenth(energy)
    start, end = float(energy[:tenth].mean()), float(energy[-tenth:].mean())
    return Sharpness(start, end, _over(end, start))


def _steps(step: NDArray[np.float64], compensated: bool) -> Steps:
    return Steps(float(np.median(step)), float(step.max()), int(step.argmax()) + 1, compensated)


def _over(value: float, by: float) -> float | None:
    return value / by if by else None


def _rgb(values: NDArray[np.float64]) -> Rgb:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
