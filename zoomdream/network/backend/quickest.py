"""The quickest of several ways to compute the same, found by trying."""

import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from typing import Any

Way = Callable[[Sequence[Any]], Any]

TRIALS = 3
"""How often each way is timed, after a call that compiles it."""
GAIN = 1.2
"""How many times as fast as the first way another one must be: a near thing would not come out the same each time."""


def quickest(
    ways: Sequence[Way],
    wait: Callable[[Any], None],
    kind: Callable[[Sequence[Any]], Hashable],
    clock: Callable[[], float] = time.perf_counter,
) -> Way:
    """Return what calls the quickest way, which is found for each kind of input when it is met first.

    Args:
        ways: from a sequence of inputs to outputs. The first one is sure; of the others, one that fails is not taken.
        wait: returns when outputs are computed.
        kind: inputs → what decides how fast a way is, such as their shapes.
        clock: in seconds.
    """
    if len(ways) == 1:
        return ways[0]
    found: dict[Hashable, Way] = {}

    def seconds(way: Way, inputs: Sequence[Any]) -> float:
        def once() -> float:
            began = clock()
            wait(way(inputs))
            return clock() - began

        once()
        return min(once() for _ in range(TRIALS))

    def others(inputs: Sequence[Any]) -> dict[Way, float]:
        times = {}
        for way in ways[1:]:
            with suppress(Exception):  # compilers fail in many ways, and nothing is lost
                times[way] = seconds(way, inputs)
        return times

    def run(inputs: Sequence[Any]) -> Any:
        which = kind(inputs)
        if which not in found:
            times = {ways[0]: seconds(ways[0], inputs), **others(inputs)}
            found[which] = min(times, key=lambda way: times[way] * (1 if way is ways[0] else GAIN))
        return found[which](inputs)

    return run
