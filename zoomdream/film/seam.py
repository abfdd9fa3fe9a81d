"""The seam: how the step from a loop's last frame to its first compares with an ordinary one."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from statistics import median

from zoomdream.film.film import Studio
from zoomdream.film.steps import small, step_size
from zoomdream.picture.warp import Image


class Seam:
    """Listens to a loop's frames and keeps the last one, which is the first one again, from who comes after."""

    def __init__(self, studio: Studio, fps: Fraction, count: int) -> None:
        self._studio, self._fps, self._count = studio, fps, count
        self._steps: list[float] = []

    def listen(self, frames: Iterable[Image], first: int = 0) -> Iterator[Image]:
        """Pass frames on, from number ``first`` on."""
        before, number = None, first
        for frame in frames:
            seen = small(frame)
            if before is not None:
                times = (float((number - 1) / self._fps), float(number / self._fps))
                self._steps.append(step_size(before, seen, self._studio.loop_moves(*times)))
            if number < self._count:
                yield frame
            before, number = seen, number + 1
            del frame  # a large one is not held while the next one is made

    def take(self) -> list[float]:
        """Return the size of the steps heard since this was last asked."""
        steps, self._steps = self._steps, []
        return steps


def seam_score(steps: Sequence[float]) -> float:
    """Return the step over the seam, which is the last one, over the median step: 1 is an ordinary one."""
    usual = median(steps)
    return steps[-1] / usual if usual else 1.0
