"""Where a film's time goes: its stages are timed by wrapping the functions of the rendering from outside."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any
from unittest import mock

from zoomdream.film import dream, film, tween, zoom
from zoomdream.reel import pipe, sinks
from zoomdream.reel.job import recorder

encode = import_module("zoomdream.reel.encode")  # by its name, for there is a function of that name too
STEPS, REST = "steps", "rest"
STAGES: dict[str, tuple[tuple[Any, str], ...]] = {
    "dream": ((dream.Dreamer, "__call__"),),
    "camera": ((zoom, "moved"),),
    "grade": ((zoom, "pull"),),
    "tween": ((tween, "_between"), (film, "resize")),
    "encode": ((encode, "check_frame"), (recorder, "check_frame"), (sinks.VideoFile, "write")),
    "waiting": ((pipe.FramePipe, "send"), (pipe.FramePipe, "finish")),
}
"""Stage → what is timed of it. Inside the dream are the steps, inside the encoding is the waiting.

The steps, which belong to the studio, are whole ones: rolls, gradient, rule and sum, in tiles or not.
"""


class Split:
    """Seconds of each stage, without those of the stages inside it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, whose time counts for a stage."""

        def run(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            self._inner.append(0.0)
            try:
                return function(*args, **kwargs)
            finally:
                taken = time.perf_counter() - began
                self.seconds[stage] += taken - self._inner.pop()
                self._inner[-1] += taken

        return run


@contextmanager
def watched(studio: film.Studio) -> Iterator[tuple[film.Studio, Split]]:
    """Yield a studio, and the split of what is rendered with it meanwhile; what is left over is the rest."""
    split, began = Split(), time.perf_counter()
    dreamer = studio.zoom.dreamer
    climb = replace(dreamer.climb, fused=split.timed(STEPS, dreamer.climb.fused))
    with ExitStack() as stack:
        for stage, places in STAGES.items():
            for owner, name in places:
                stack.enter_context(mock.patch.object(owner, name, split.timed(stage, getattr(owner, name))))
        yield replace(studio, zoom=replace(studio.zoom, dreamer=replace(dreamer, climb=climb))), split
    split.seconds[REST] = time.perf_counter() - began - sum(split.seconds.values())
