"""The quickest of several ways to compute the same, measured once on a machine and then remembered in a file.

Ways differ in the last bits of what they give. So a choice holds for all sizes and for every later process.
"""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

Way = Callable[[Sequence[Any]], Any]

TRIALS = 3
"""How often each way is timed, after a call that compiles it."""
GAIN = 1.2
"""How many times as fast as the first way another one must be."""
WAIT = 300.0
"""Seconds to wait for another process that is measuring."""


def quickest(
    ways: Mapping[str, Way],
    wait: Callable[[Any], None],
    file: Path,
    key: str,
    clock: Callable[[], float] = time.perf_counter,
) -> Way:
    """Return what calls the quickest way, which the first call looks up or measures.

    Args:
        ways: name → from a sequence of inputs to outputs. The first one always works and is taken where nothing can be
            remembered; of the others, one that fails while it is measured is not taken.
        wait: returns when outputs are computed.
        file: where the choice is remembered, as JSON; made if there is none, and replaced if it is damaged.
        key: under which it is remembered: all that decides how fast a way is.
        clock: in seconds.
    """
    taken: Way | None = None

    def run(inputs: Sequence[Any]) -> Any:
        nonlocal taken
        if taken is None:
            taken = ways[_remembered(file, key, list(ways), lambda: measured(ways, inputs, wait, clock))]
        return taken(inputs)

    return run


def measured(
    ways: Mapping[str, Way], inputs: Sequence[Any], wait: Callable[[Any], None], clock: Callable[[], float]
) -> str:
    """Return the name of the way to take for these inputs; arguments as for :func:`quickest`."""

    def once(way: Way) -> float:
        began = clock()
        wait(way(inputs))
        return clock() - began

    def seconds(way: Way) -> float:
        once(way)
        return min(once(way) for _ in range(TRIALS))

    first, *others = ways
    times = {first: seconds(ways[first])}
    for name in others:
        with suppress(Exception):  # compilers fail in many ways, and nothing is lost
            times[name] = GAIN * seconds(ways[name])
    return min(times, key=lambda name: times[name])


def _remembered(file: Path, key: str, names: Sequence[str], find: Callable[[], str]) -> str:
    """Return the name that a file has under a key; if it has none, the one that is found, once the file has it.

    The first name is returned where the file can be neither read nor written.
    """
    try:
        if (known := _read(file).get(key)) in names:
            return str(known)
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_suffix(".lock"), timeout=WAIT):
            choices = _read(file)  # another process may have been quicker
            if choices.get(key) not in names:
                choices[key] = find()
                _write(file, choices)
            return str(choices[key])
    except (OSError, NotImplementedError):  # the second one where a file system has no locks
        return names[0]


def _read(file: Path) -> dict[str, Any]:
    """Return the choices in a file: none if it is missing or damaged."""
    try:
        choices = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return choices if isinstance(choices, dict) else {}


def _write(file: Path, choices: Mapping[str, Any]) -> None:
    """Write a file whole, or leave it as it was."""
    part = file.with_suffix(".part")
    with part.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(choices, indent=2, sort_keys=True) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
