"""Whether a film goes on compiling functions or taking memory, however many neurons sound in it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import psutil
from apart import apart
from idioms import load

from zoomdream.api import studio
from zoomdream.film.settings import Film
from zoomdream.presets import load_preset

Row = dict[str, Any]

NEURONS, LENGTH, EARLY = 40, 60.0, 3
"""How many neurons sound in how many seconds, and the number of keys after which all should be compiled."""
LAYERS = ("block9", "block5", "block10", "block8")
"""Where they are, in turns, so that now these and now those layers are silent."""
QUICK = {"length": 1.0}


def rows(length: float = LENGTH) -> Iterator[Row]:
    """Yield one row: compiled functions and resident memory early and at the end, in a process of their own."""
    yield apart(_row, length)


def _row(length: float) -> Row:
    film = _small(length)
    before, _ = _held()
    keys = studio(film, load(film.network), size=(64, 64)).keys()
    _pass(keys, EARLY)
    early, megabytes = _held()
    _pass(keys, round(length * film.dream.keys) - EARLY)
    late, most = _held()
    return {
        "neurons": NEURONS,
        "seconds": length,
        "before": before,
        "early": early,
        "at the end": late,
        "MB early": megabytes,
        "MB at the end": most,
    }


def _small(length: float) -> Film:
    """Return a film through all the neurons that is dreamt in no time."""
    changes = {
        "seconds": length,
        "start.warmup": 0,
        "score.neurons": [f"{LAYERS[number % len(LAYERS)]}:{number}" for number in range(NEURONS)],
        "score.hold": 0.5,
        "score.fade": 1.0,
        "dream.lines": 64,
        "dream.octaves": 1,
        "dream.detail": 1,
    }
    return load_preset("reef", changes)


def _pass(keys: Iterator[Any], count: int) -> None:
    for _ in islice(keys, count):
        pass


def _held() -> tuple[int, float]:
    """Return how many compiled functions there are, and how many megabytes are resident."""
    from tensorflow.python.eager import context

    return len(context.context().list_function_names()), psutil.Process().memory_info().rss / 1e6
