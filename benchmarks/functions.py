"""Whether a film goes on compiling functions, however many neurons sound in it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from idioms import load
from tensorflow.python.eager import context

from zoomdream.api import studio
from zoomdream.film.film import Studio
from zoomdream.film.settings import Film
from zoomdream.presets import load_preset

Row = dict[str, Any]

NEURONS, LENGTH, EARLY = 40, 60.0, 3
"""How many neurons sound in how many seconds, and the number of keys after which all should be compiled."""
QUICK = {"length": 1.0}


def rows(length: float = LENGTH) -> Iterator[Row]:
    """Yield one row: how many compiled functions there are, before and after."""
    film = _small(length)
    before = _compiled()
    ready = studio(film, load(film.network), size=(64, 64))
    early, late = _along(ready, round(length * film.dream.keys))
    yield {"neurons": NEURONS, "seconds": length, "before": before, "early": early, "at the end": late}


def _small(length: float) -> Film:
    """Return a film through all the neurons that is dreamt in no time."""
    changes = {
        "seconds": length,
        "start.warmup": 0,
        "score.neurons": [f"block9:{channel}" for channel in range(NEURONS)],
        "score.hold": 0.5,
        "score.fade": 1.0,
        "dream.lines": 64,
        "dream.octaves": 1,
        "dream.detail": 1,
    }
    return load_preset("reef", changes)


def _along(ready: Studio, count: int) -> tuple[int, int]:
    """Return how many functions there are after the first keys of a film, and after all of them."""
    keys = ready.keys()
    for _ in islice(keys, EARLY):
        pass
    early = _compiled()
    for _ in islice(keys, count - EARLY):
        pass
    return early, _compiled()


def _compiled() -> int:
    return len(context.context().list_function_names())
