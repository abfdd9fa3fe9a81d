"""Tween: frames at any rate, each a pure function of two neighbouring keys and a time."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

import numpy as np

from zoomdream.film.camera import Motion
from zoomdream.picture.warp import Image, coverage, move

Moves = Callable[[float, float], Motion]


def tween(keys: Iterable[Image], moves: Moves, pace: int, fps: Fraction, first: int = 0) -> Iterator[Image]:
    """Yield frames (H, W, 3) at ``fps``, the first one not before the first key, as long as there are keys.

    Args:
        keys: states at ``pace`` per second.
        moves: (from, to), in seconds → how the camera moves between.
        first: number of the first key; its time is ``first / pace``.
    """
    frame = first_frame(first, pace, fps)
    for number, (here, there) in enumerate(pairwise(keys), first):
        while (time := frame / fps) < Fraction(number + 1, pace):
            yield between(here, there, number, time * pace - number, moves, pace)
            frame += 1


def first_frame(key: int, pace: int, fps: Fraction) -> int:
    """Return the number of the first frame that is not before a key."""
    return ceil(key * fps / pace)


def key_before(frame: int, pace: int, fps: Fraction) -> int:
    """Return the number of the last key that is not after a frame."""
    return floor(frame * pace / fps)


def between(here: Image, there: Image, number: int, share: Fraction, moves: Moves, pace: int) -> Image:
    """Return the picture at ``share`` in [0, 1) of the way from key ``number`` to the next one.

    Both keys are moved by the camera to that time and blended; where one of them does not reach, the other one
    stands alone.
    """
    if share == 0:
        return here
    time = float((number + share) / pace)
    forward = moves(number / pace, time)
    back = moves((number + 1) / pace, time)
    blend = np.float32(share)
    early = (1 - blend) * coverage(here.shape, *forward) + 1e-6 * (1 - blend)
    late = blend * coverage(there.shape, *back) + 1e-6 * blend
    blended = (early * move(here, *forward) + late * move(there, *back)) / (early + late)
    return np.asarray(blended, np.float32)
