"""Frame rates as exact fractions: what a person writes, and what the times in a file allow."""

import math
from fractions import Fraction

from zoomdream.errors import BadInput

Rate = int | float | Fraction

SLOWEST = Fraction(1, 60)
_BROADCAST = (24, 30, 48, 60, 120)


def frame_rate(fps: Rate) -> Fraction:
    """Return frames per second as an exact fraction; 29.97 and its kin mean 30000/1001.

    Raises `BadInput` for anything that is not a positive, finite number.

    >>> frame_rate(23.976), frame_rate(12.5)
    (Fraction(24000, 1001), Fraction(25, 2))
    """
    if not math.isfinite(fps) or fps < SLOWEST:
        raise BadInput(f"A film cannot run at {fps} frames per second; the slowest rate is one frame a minute.")
    if isinstance(fps, int | Fraction):
        return Fraction(fps)
    return _broadcast_rate(fps) or Fraction(float(fps)).limit_denominator(1000)


def likely_rate(frames: int, span: Fraction, tick: Fraction) -> Fraction | None:
    """Return the simplest rate at which ``frames`` frames begin within ``span`` seconds, give or take a tick.

    Whole rates come first, then the broadcast ones (30000/1001), then the smallest denominator; a single
    frame or a span of nothing has no rate.

    >>> likely_rate(20, Fraction(634, 1000), Fraction(1, 1000))
    Fraction(30, 1)
    """
    if frames < 2 or span <= 0:
        return None
    mean = (frames - 1) / span
    known = [Fraction(round(mean)), _broadcast_rate(float(mean))]
    guesses = known + [mean.limit_denominator(d) for d in (2, 3, 10, 100)]
    return next((g for g in guesses if g and fits(frames, span, g, tick)), mean)


def fits(frames: int, span: Fraction, rate: Fraction, tick: Fraction) -> bool:
    """Return whether the last of ``frames`` frames begins where ``rate`` puts it, within one tick of the file's clock.

    ``span`` and ``tick`` are seconds.
    """
    return abs(span - (frames - 1) / rate) <= tick


def _broadcast_rate(fps: float) -> Fraction | None:
    """Return n·1000/1001 for a number that means it."""
    near = (Fraction(n * 1000, 1001) for n in _BROADCAST if abs(fps - n * 1000 / 1001) < 0.005)
    return next(near, None)
