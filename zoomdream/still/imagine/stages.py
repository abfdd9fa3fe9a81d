"""Stages: a picture grows from coarse to fine, so that what is large is decided before what is small."""

from math import ceil, log2
from typing import NamedTuple

from zoomdream.picture.warp import Size

COARSEST = 256
"""Usual longer side of the first stage, in pixels; a smaller picture has one stage."""
FIRST = 2
"""How many times the steps of a later stage the first one takes."""


class Stage(NamedTuple):
    """A size (height, width), how many steps are taken there, and their share of the time that is left."""

    size: Size
    steps: int
    share: float


def coarse_to_fine(size: Size, steps: int, coarsest: int = COARSEST) -> list[Stage]:
    """Return the stages of a picture, no two further apart than a factor of 2; at most as many as there are steps.

    >>> [(stage.size, stage.steps) for stage in coarse_to_fine((600, 1024), 300)]
    [((150, 256), 150), ((300, 512), 75), ((600, 1024), 75)]
    >>> [round(stage.share, 2) for stage in coarse_to_fine((600, 1024), 300)]
    [0.09, 0.2, 1.0]
    """
    count = min(steps, 1 + max(0, ceil(log2(max(size) / coarsest))))
    ratio = (max(size) / coarsest) ** (1 / max(1, count - 1))
    factors = [ratio ** (number - count + 1) for number in range(count)]
    sizes = [(max(1, round(size[0] * factor)), max(1, round(size[1] * factor))) for factor in factors]
    later = max(1, steps // (count - 1 + FIRST))
    counts = [steps - later * (count - 1), *[later] * (count - 1)]
    costs = [height * width * each for (height, width), each in zip(sizes, counts, strict=True)]
    shares = [cost / sum(costs[number:]) for number, cost in enumerate(costs)]
    return [Stage(*each) for each in zip(sizes, counts, shares, strict=True)]
