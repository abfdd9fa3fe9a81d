"""What one sees while a film is made: a bar in a terminal, plain lines elsewhere; always on stderr."""

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from zoomdream.picture.warp import Image

EVERY = 5.0
"""Seconds between two plain lines."""


def follow(
    frames: Iterable[Image], count: int, fps: float, pace: int, names: Callable[[float], str]
) -> Iterator[Image]:
    """Pass frames on, showing how far the film is.

    Args:
        count: frames to expect.
        pace: keys per second of film.
        names: time (seconds) → what sounds then.
    """
    console = Console(stderr=True)
    return (_bar if console.is_terminal else _lines)(frames, count, fps, pace, names, console)


def _bar(
    frames: Iterable[Image], count: int, fps: float, pace: int, names: Callable[[float], str], console: Console
) -> Iterator[Image]:
    columns = (
        TextColumn("{task.completed:>5.0f}/{task.total:.0f} frames"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("[cyan]{task.fields[names]}"),
    )
    with Progress(*columns, console=console, transient=True, expand=True) as progress:
        task = progress.add_task("film", total=count, rate="", names="the first picture …")
        began = math.inf
        for number, frame in enumerate(frames, 1):
            began = min(began, time.monotonic())
            yield frame
            rate = _rate(number, fps, pace, time.monotonic() - began)
            progress.update(task, completed=number, rate=rate, names=names(number / fps))


def _lines(
    frames: Iterable[Image], count: int, fps: float, pace: int, names: Callable[[float], str], console: Console
) -> Iterator[Image]:
    print("Dreaming the first picture …", file=sys.stderr, flush=True)
    started = time.monotonic()
    began = spoken = math.inf
    for number, frame in enumerate(frames, 1):
        began, spoken = min(began, time.monotonic()), min(spoken, time.monotonic())
        yield frame
        now = time.monotonic()
        if now - spoken >= EVERY or number == count:
            spoken, left = now, (count - number) * (now - began) / number
            rate = _rate(number, fps, pace, now - began)
            said = f"frame {number}/{count}, {rate}, {now - started:.0f} s elapsed, {left:.0f} s left"
            print(f"{said}, {names(number / fps)}", file=sys.stderr, flush=True)


def _rate(number: int, fps: float, pace: int, seconds: float) -> str:
    return f"{number / fps * pace / max(seconds, 1e-3):.1f} keys/s"
