"""Tween: frames at any rate, each a pure function of two neighbouring keys and a time."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import cached_property
from math import ceil, floor

import numpy as np

from zoomdream.film.camera import Motion
from zoomdream.picture.warp import Image, blend, coverage, doubled, move, move_doubled

Moves = Callable[[float, float], Motion]
MOST_DOUBLED = 2**21
"""Pixels of a key up to which it is doubled: two doubles are held, each of four times its memory."""
MOST_AT_ONCE = 2**21
"""Pixels of a frame that are made at once, so that what a large one is made of needs little memory."""


def tween(keys: Iterable[Image], moves: Moves, pace: int, fps: Fraction, first: int = 0) -> Iterator[Image]:
    """Yield frames (H, W, 3) at ``fps``, the first one not before the first key, as long as there are keys.

    Args:
        keys: states at ``pace`` per second.
        moves: (from, to), in seconds → how the camera moves between.
        first: number of the first key; its time is ``first / pace``.
    """
    frame, coming = first_frame(first, pace, fps), map(_Key, keys)
    if (here := next(coming, None)) is None:
        return
    for number, there in enumerate(coming, first):  # while a key is made, only the one before it is held
        while (time := frame / fps) < Fraction(number + 1, pace):
            yield _between(here, there, number, time * pace - number, moves, pace)
            frame += 1
        here = there


def first_frame(key: int, pace: int, fps: Fraction) -> int:
    """Return the number of the first frame that is not before a key."""
    return ceil(key * fps / pace)


def key_before(frame: int, pace: int, fps: Fraction) -> int:
    """Return the number of the last key that is not after a frame."""
    return floor(frame * pace / fps)


def between(here: Image, there: Image, number: int, share: Fraction, moves: Moves, pace: int) -> Image:
    """Return the picture at ``share`` in [0, 1) of the way from key ``number`` to the next one.

    Both keys are moved by the camera to that time and blended; where one of them does not reach, the other one
    stands alone. What a resample takes out of [0, 1] is brought back.
    """
    return _between(_Key(here), _Key(there), number, share, moves, pace)


class _Key:
    """A key that is moved to several frames: doubled for that once, unless it is large."""

    def __init__(self, picture: Image) -> None:
        self.picture = picture

    @cached_property
    def _twice(self) -> Image:
        return doubled(self.picture)

    def moved(self, motion: Motion, rows: slice) -> Image:
        """Return rows of the key moved by the camera."""
        if motion == (1, 0):
            return self.picture[rows]
        height, width = self.picture.shape[:2]
        # OpenCV's bicubic warp of a single row never returns.
        if height * width > MOST_DOUBLED or min(height, width) == 1:
            return move(self.picture, *motion, rows=rows)
        return move_doubled(self._twice, *motion, rows)


def _between(here: _Key, there: _Key, number: int, share: Fraction, moves: Moves, pace: int) -> Image:
    if share == 0:
        return np.clip(here.picture, 0, 1)
    time = float((number + share) / pace)
    forward = moves(number / pace, time)
    back = moves((number + 1) / pace, time)
    frame = np.empty_like(here.picture)
    for rows in _strips(*frame.shape[:2]):
        early, late = _weights(frame.shape, forward, back, float(share), rows)
        whole = blend(here.moved(forward, rows), early, there.moved(back, rows), late)
        np.clip(whole, 0, 1, out=frame[rows])
    return frame


def _strips(height: int, width: int) -> Iterator[slice]:
    """Yield the rows of a picture in few equal parts."""
    parts = min(ceil(height * width / MOST_AT_ONCE), height)
    for number in range(parts):
        yield slice(number * height // parts, (number + 1) * height // parts)


def _weights(shape: tuple[int, ...], forward: Motion, back: Motion, share: float, rows: slice) -> tuple[Image, Image]:
    """Return how much each of two keys counts at each place of these rows, more than 0 together."""
    early = (1 - share) * (coverage(shape, *forward, rows)[..., 0] + np.float32(1e-6))
    late = share * (coverage(shape, *back, rows)[..., 0] + np.float32(1e-6))
    return early, late
