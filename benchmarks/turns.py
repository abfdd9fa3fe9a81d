"""Turns: candidates are timed in one process one after the other, round by round, so that all have the same neighbours.

Each thread pool keeps looking for work for a moment before it sleeps. So there is a pause before each turn, and no
candidate competes with the threads of the one before it. Every round begins with another candidate.

Others may be at work on the machine, and they do not slow all candidates alike: threads that wait for each other suffer
most. So rounds in which others were busy do not count, as far as enough are left.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import NamedTuple

import psutil

Step = Callable[[], object]

PAUSE = 0.02
"""Seconds before each turn."""
BUSY = 0.1
"""Part of the cores' time that others may have in a round that counts."""
OVERTIME = 2
"""How many times as long as asked for there may be rounds, until enough of them count."""


class Patience(NamedTuple):
    """How long to measure.

    Attributes:
        seconds: when they are over no further round begins.
        least: rounds there are in any case.
        most: rounds at most.
    """

    seconds: float
    least: int = 3
    most: int = 25


ONCE = Patience(0, 1, 1)


@dataclass(frozen=True)
class Turns:
    """What was measured.

    Attributes:
        times: candidate → seconds in each round.
        others: part of the cores' time that others had in each round.
        least: how many rounds are enough.

    >>> turns = Turns({"plain": [3.0, 9.0, 2.0], "own": [2.0, 1.0, 1.0]}, [0.0, 0.9, 0.0], 2)
    >>> turns.counting, turns.ratio("plain", "own"), turns.seconds("own")
    ([0, 2], 1.75, 1.5)
    """

    times: Mapping[str, list[float]]
    others: list[float]
    least: int

    @cached_property
    def counting(self) -> list[int]:
        """Numbers of the rounds that count: the quiet ones, or as many of the quietest as are enough."""
        order = sorted(range(len(self.others)), key=lambda number: self.others[number])
        return sorted(order[: max(self.least, sum(part < BUSY for part in self.others))])

    def seconds(self, name: str) -> float:
        """Return how long a candidate takes: the median over the rounds."""
        return median(self.times[name][number] for number in self.counting)

    def ratio(self, slower: str, faster: str) -> float:
        """Return how many times as fast one candidate is as another: the median over the rounds."""
        return median(self.times[slower][number] / self.times[faster][number] for number in self.counting)

    def facts(self) -> dict[str, float]:
        """Return how many rounds count, and what part of the cores' time others had in them."""
        return {"rounds": len(self.counting), "others": median(self.others[number] for number in self.counting)}


def take_turns(steps: Mapping[str, Step], patience: Patience) -> Turns:
    """Time each step once in each round, after one round of warming up."""
    order = list(steps)
    for step in steps.values():
        step()
    turns = Turns({name: [] for name in order}, [], patience.least)
    began = time.perf_counter()
    while not _enough(turns.others, time.perf_counter() - began, patience):
        first = len(turns.others) % len(order)
        clock = _Others()
        for name in order[first:] + order[:first]:
            turns.times[name].append(timed(steps[name]))
        turns.others.append(clock.part())
    return turns


def _enough(others: list[float], seconds: float, patience: Patience) -> bool:
    if len(others) < patience.least:
        return False
    quiet = sum(part < BUSY for part in others)
    over = seconds > patience.seconds * (1 if quiet >= patience.least else OVERTIME)
    return over or quiet >= patience.most


def timed(step: Step) -> float:
    """Return how many seconds a step takes, after a pause."""
    time.sleep(PAUSE)
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


class _Others:
    """Measures what part of the cores' time others have from now on."""

    def __init__(self) -> None:
        self._began, self._taken = time.perf_counter(), _taken_by_others()

    def part(self) -> float:
        """Return it; that of programs which still run and were started here does not count."""
        seconds = (time.perf_counter() - self._began) * (os.cpu_count() or 1)
        return max(0.0, _taken_by_others() - self._taken) / seconds


def _taken_by_others() -> float:
    """Return the seconds of all cores in which others computed, since the machine was started."""
    whole, own = psutil.cpu_times(), psutil.Process()
    busy = sum(whole[:]) - whole.idle - getattr(whole, "iowait", 0.0) - getattr(whole, "guest", 0.0)
    mine = sum(own.cpu_times()[:4])
    living = sum(sum(child.cpu_times()[:2]) for child in own.children(recursive=True))
    return busy - mine - living
