"""Occlusion: what happens to a score when a part of the picture is covered."""

import numpy as np

from zoomdream.errors import BadInput
from zoomdream.still.maps import Maps, Question
from zoomdream.still.passes import Array, batches

SHARE = 7
"""Squares side by side on the shorter side of what the network sees: 32 of 224 pixels each."""


def occlusion(question: Question, patch: int | None = None, stride: int | None = None) -> Maps:
    """Return score(x) − score(x with a square covered by the picture's mean colour) (Zeiler & Fergus, 2014, §4.2).

    Each place shows the mean over all squares that cover it; the last square of a row or column ends at the border.

    Args:
        patch: side of the square, in pixels of what the network sees; a seventh of its shorter side if not given.
        stride: from one square to the next, at most a patch; half of one if not given.

    Raises:
        BadInput: the squares would leave places uncovered.
    """
    patch = max(1, round(min(question.pictures.shape[1:3]) / SHARE)) if patch is None else patch
    stride = max(1, patch // 2) if stride is None else stride
    if not 1 <= stride <= patch:
        raise BadInput(f"The stride of an occlusion is from 1 to its patch of {patch} pixels, not {stride}.")
    score = question.scores()
    values = [_drops(question, number, float(score[number]), patch, stride) for number in range(len(score))]
    return Maps(np.stack(values), signed=True, facts={"score": score})


def _drops(question: Question, number: int, score: float, patch: int, stride: int) -> Array:
    """Return the mean drop of the score (h, w) for one picture."""
    picture, colour = question.pictures[number], question.part(number).mean((0, 1))
    squares = [
        (slice(y, y + patch), slice(x, x + patch))
        for y in _starts(picture.shape[0], patch, stride)
        for x in _starts(picture.shape[1], patch, stride)
    ]
    total, count = np.zeros(picture.shape[:2], np.float64), np.zeros(picture.shape[:2], np.float64)
    for some in batches(squares):
        covered = np.repeat(picture[None], len(some), 0)
        for copy, square in zip(covered, some, strict=True):
            copy[square] = colour
        for square, left in zip(some, question.of(number, covered).scores(), strict=True):
            total[square] += score - left
            count[square] += 1
    return np.asarray(total / count, np.float32)


def _starts(length: int, patch: int, stride: int) -> list[int]:
    """Return where squares begin along an axis; all of it is covered where the stride is at most the patch.

    >>> _starts(10, 4, 3), _starts(9, 4, 3), _starts(3, 4, 3)
    ([0, 3, 6], [0, 3, 5], [0])
    """
    last = max(0, length - patch)
    return sorted({*range(0, last, stride), last})
