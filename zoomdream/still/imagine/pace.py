"""Pace: how many of the steps that are asked for are taken."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

KEPT = 0.1
"""Part of a budget that no step may take."""
TRIAL = 3
"""Steps after which the first prediction is made; the very first one is left out of it."""


class Pace(Protocol):
    """Steps to take of a stage of the work, as numbers from 0."""

    def __call__(self, steps: int, share: float = 1.0) -> Iterable[int]:
        """Return the numbers of the steps to take.

        Args:
            steps: how many are wanted.
            share: of the time that is left, how much this stage may take.
        """


def unhurried(steps: int, share: float = 1.0) -> Iterable[int]:
    """Take every step."""
    return range(steps)


def share_of(pace: Pace, part: float) -> Pace:
    """Return a pace that has only a part of the time that is left."""
    return lambda steps, share=1.0: pace(steps, part * share)


class Budget:
    """Takes as many steps as fit into a time, at least one in each stage.

    Args:
        seconds: that the whole may take; a tenth is kept for what comes after the steps.
        begun: when it began, by the clock; now if not given.
        clock: seconds that have passed, from any moment on.
        tell: told, for a stage that does not fit, how many of its steps probably will: (fitting, wanted).
    """

    def __init__(
        self,
        seconds: float,
        begun: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[int, int], None] = lambda fitting, wanted: None,
    ) -> None:
        self._clock, self._tell = clock, tell
        self._end = (clock() if begun is None else begun) + (1 - KEPT) * seconds

    def __call__(self, steps: int, share: float = 1.0) -> Iterator[int]:
        """Yield step numbers until they are all taken, or the next one would come too late."""
        end = self._clock() + share * (self._end - self._clock())
        began = self._clock()
        for number in range(steps):
            if number == 1:
                began = self._clock()  # the first step also warms up
            if number > 1:
                each = (self._clock() - began) / (number - 1)
                if number == TRIAL and (fitting := self._fitting(end, each)) < steps - number:
                    self._tell(number + fitting, steps)
                if self._clock() + each > end:
                    return
            elif number == 1 and self._clock() > end:
                return
            yield number

    def _fitting(self, end: float, each: float) -> int:
        return max(0, int((end - self._clock()) / max(each, 1e-9)))
