"""The most memory that a film takes, each in a process of its own.

Run as ``memory.py WIDTH HEIGHT`` it renders two frames, for which there is one key to dream, and prints megabytes.
"""

import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

Row = dict[str, Any]

SIZES = ((256, 256), (640, 360), (1920, 1080), (3840, 2160), (4096, 2160), (7680, 4320))
"""(width, height)."""
QUICK = {"sizes": ((64, 48),)}
EVERY = 0.05
"""Seconds between two looks at the program and its encoder."""


def rows(sizes: tuple[tuple[int, int], ...] = SIZES) -> Iterator[Row]:
    """Yield a row for each size of film: the program's own peak, and that of it with its encoder, as often as seen."""
    for width, height in sizes:
        command = [sys.executable, __file__, str(width), str(height)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as started:
            together = _watch(started)
            own = float(started.stdout.read().split()[-1])
        yield {"size": f"{width}×{height}", "MB": own, "MB with the encoder": max(own, together)}


def _watch(started: "subprocess.Popen[str]") -> float:
    """Return the most megabytes that a program and its children held while it ran."""
    most, program = 0.0, psutil.Process(started.pid)
    while started.poll() is None:
        with suppress(psutil.Error):
            family = [program, *program.children(recursive=True)]
            most = max(most, sum(member.memory_info().rss for member in family) / 1e6)
        time.sleep(EVERY)
    return most


def _render(size: tuple[int, int]) -> None:
    from zoomdream.api import movie, save

    frames = movie("reef", size=size, seconds=2 / 30, settings={"start.warmup": 0})
    with TemporaryDirectory(dir=".") as name:
        save(Path(name) / "film.mp4", frames)


def _peak() -> float:
    """Return this program's own peak in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # what `getrusage` says begins with the peak of the program that started this one
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    _render((int(sys.argv[1]), int(sys.argv[2])))
    print(_peak())
