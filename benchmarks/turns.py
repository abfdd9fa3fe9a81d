"""Turns: candidates are timed in one process one after the other, round by round, so that all have the same neighbours.

Each thread pool keeps looking for work for a moment before it sleeps. So there is a pause before each turn, and no
candidate competes with the threads of the one before it. Every round begins with another candidate.
"""

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import NamedTuple

Step = Callable[[], object]
Times = dict[str, list[float]]

PAUSE = 0.02
"""Seconds before each turn."""


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


def take_turns(steps: Mapping[str, Step], patience: Patience) -> Times:
    """Return the seconds that each step took in each round, after one round of warming up."""
    order = list(steps)
    for step in steps.values():
        step()
    times: Times = {name: [] for name in order}
    until = time.perf_counter() + patience.seconds
    for number in range(patience.most):
        if number >= patience.least and time.perf_counter() > until:
            break
        for name in order[number % len(order) :] + order[: number % len(order)]:
            times[name].append(timed(steps[name]))
    return times


def timed(step: Step) -> float:
    """Return how many seconds a step takes, after a pause."""
    time.sleep(PAUSE)
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def ratio(times: Times, slower: str, faster: str) -> float:
    """Return how many times as fast one candidate is as another: the median over the rounds.

    >>> ratio({"plain": [3.0, 8.0, 2.0], "own": [2.0, 4.0, 1.0]}, "plain", "own")
    2.0
    """
    return median(a / b for a, b in zip(times[slower], times[faster], strict=True))
