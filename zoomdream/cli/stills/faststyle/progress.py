"""What one sees while a film is painted: a bar in a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from zoomdream.cli.progress import now_and_then, say
from zoomdream.picture.warp import Image


def followed(frames: Iterable[Image], count: int) -> Iterator[Image]:
    """Pass frames on, showing how many of ``count`` have been made."""
    console = Console(stderr=True)
    return _bar(frames, count, console) if console.is_terminal else _lines(frames, count)


def _bar(frames: Iterable[Image], count: int, console: Console) -> Iterator[Image]:
    columns = (TextColumn("frames"), BarColumn(bar_width=None), MofNCompleteColumn(), TimeElapsedColumn(),
               TextColumn("left"), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=console, transient=True, expand=True) as bar:
        yield from bar.track(frames, total=count, description="frames")


def _lines(frames: Iterable[Image], count: int) -> Iterator[Image]:
    began, due = time.monotonic(), now_and_then()
    for number, frame in enumerate(frames, 1):
        yield frame
        if due() or number in (1, count):
            passed = time.monotonic() - began
            say(f"frame {number}/{count}, {passed:.0f} s elapsed, {(count - number) * passed / number:.0f} s left")
