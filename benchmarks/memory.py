"""The most memory that a film takes, each in a process of its own.

Run as ``memory.py WIDTH HEIGHT KEYS`` it renders a film with so many keys to dream, as ``zoomdream movie`` does, and
prints megabytes.
"""

import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from apart import apart
from idioms import Case, load, picture, ways

Row = dict[str, Any]

CASE = Case("efficientnet-lite0", "block9")
SIDES = ((256, 256), (512, 512), (640, 360), (1024, 1024), (1920, 1080), (3840, 2160), (4096, 2160), (7680, 4320))
SIZES = dict.fromkeys(SIDES, 3)
"""(width, height) → number of keys: while the last one is made, an encoder has the frames of those before."""
QUICK = {"sizes": {(64, 48): 1}}
PACE, FPS = 12, 240
"""Keys and frames per second: so many that an encoder that looks ahead by some 30 of them has these together."""
MOST = 4096 * 2160
"""Pixels of the largest picture that other ways, which know no tiles, are given: they keep all of its activations."""
EVERY = 0.05
"""Seconds between two looks at the program and its encoder."""


def rows(sizes: Mapping[tuple[int, int], int] = SIZES) -> Iterator[Row]:
    """Yield a row for each size of film: the program's own peak, and that of it with its encoder, as often as seen."""
    for (width, height), keys in sizes.items():
        command = [sys.executable, __file__, str(width), str(height), str(keys)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as started:
            together = _watch(started)
            own = float(started.stdout.read().split()[-1])
        row = {"size": f"{width}×{height}", "keys": keys, "MB": own, "MB with the encoder": max(own, together)}
        others = ways() if width * height <= MOST else {}
        yield row | {f"MB, a gradient by {way}": apart(_gradient, way, width, height) for way in others}


def _gradient(way: str, width: int, height: int) -> float:
    """Return this process's peak once it has made a gradient twice, which is the least of a film made that way."""
    network = load(CASE.network)
    gradient = ways()[way](network, CASE)
    for _ in range(2):
        gradient(picture(height, width))
    return _peak()


def _watch(started: "subprocess.Popen[str]") -> float:
    """Return the most megabytes that a program and its children held while it ran."""
    most, program = 0.0, psutil.Process(started.pid)
    while started.poll() is None:
        with suppress(psutil.Error):
            family = [program, *program.children(recursive=True)]
            most = max(most, sum(map(_held, family)) / 1e6)
        time.sleep(EVERY)
    return most


def _held(process: psutil.Process) -> int:
    """Return how many bytes a process holds, with its share of what others hold too.

    So a child that was just forked, and shares all with its parent, is not counted twice.
    """
    held = process.memory_full_info()
    return int(getattr(held, "pss", held.rss))


def _render(width: str, height: str, keys: int) -> None:
    from zoomdream.cli.main import cli

    changes = ("--set", "start.warmup=0", "--set", f"dream.keys={PACE}")
    length = ("--size", f"{width}x{height}", "--seconds", str(keys / PACE), "--fps", str(FPS))
    with TemporaryDirectory(dir=".") as name:
        cli(["movie", "reef", *length, *changes, "-o", f"{name}/film.mp4"], standalone_mode=False)


def _peak() -> float:
    """Return this program's own peak in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # what `getrusage` says begins with the peak of the program that started this one
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    _render(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    print(_peak())
