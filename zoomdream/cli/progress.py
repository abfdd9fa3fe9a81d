"""What one sees while something is made: a bar in a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from zoomdream.picture.warp import Image

if TYPE_CHECKING:
    from zoomdream.film.film import Tell

    Making = Callable[[Tell], Iterable[Image]]

Item = TypeVar("Item")

EVERY = 5.0
"""Seconds between two plain lines."""


def follow(
    film: Making, count: int, fps: float, pace: int, names: Callable[[float], str], done: int = 0
) -> Generator[Image, None, None]:
    """Pass frames on, showing how far the film is.

    Args:
        film: whom to tell of the keys before the first frame → frames.
        count: frames of the whole film.
        pace: keys per second of film.
        names: time (seconds) → what sounds then.
        done: frames that are there already.
    """
    console = Console(stderr=True)
    return (_bar if console.is_terminal else _lines)(film, count, fps, pace, names, done, console)


def _bar(
    film: Making, count: int, fps: float, pace: int, names: Callable[[float], str], done: int, console: Console
) -> Generator[Image, None, None]:
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
        task = progress.add_task("film", total=count, completed=done, rate="", names="the first picture …")
        began = math.inf

        def warm(done: int, total: int) -> None:
            progress.update(task, names=_warming(done, total))

        number = done
        for frame in film(warm):
            number, began = number + 1, min(began, time.monotonic())
            yield frame
            del frame  # not held while the next one is made
            rate = _rate(number - done, fps, pace, time.monotonic() - began)
            progress.update(task, completed=number, rate=rate, names=names(number / fps))


def _lines(
    film: Making, count: int, fps: float, pace: int, names: Callable[[float], str], done: int, console: Console
) -> Generator[Image, None, None]:
    say("Dreaming the first picture …")
    started, due, began = time.monotonic(), now_and_then(), math.inf

    def warm(done: int, total: int) -> None:
        if due():
            say(f"{_warming(done, total)}, {time.monotonic() - started:.0f} s elapsed")

    number = done
    for frame in film(warm):
        number += 1
        if number == done + 1:
            began, due = time.monotonic(), now_and_then()
        yield frame
        del frame  # not held while the next one is made
        if due() or number == count:
            now = time.monotonic()
            left = (count - number) * (now - began) / (number - done)
            rate = _rate(number - done, fps, pace, now - began)
            said = f"frame {number}/{count}, {rate}, {now - started:.0f} s elapsed, {left:.0f} s left"
            say(f"{said}, {names(number / fps)}")


def followed(items: Iterable[Item], count: int, what: str) -> Iterator[Item]:
    """Pass items on, showing how many of them are done.

    Args:
        count: items to expect; fewer may come.
        what: what they are, one of them.
    """
    with new_bar() as bar:
        task, began, due = bar.add_task(f"{what}s", total=count), time.monotonic(), now_and_then()
        number = 0
        for item in items:
            number += 1  # noqa: SIM113  `enumerate` would hold the item while the next one is made
            yield item
            del item
            bar.update(task, completed=number)
            if bar.disable and due():
                passed = time.monotonic() - began
                left = (count - number) * passed / number
                say(f"{what} {number}/{count}, {passed:.0f} s elapsed, {left:.0f} s left")


def new_bar(*more: ProgressColumn) -> Progress:
    """Return a bar that goes away in the end, hidden where nobody looks at a terminal.

    What is printed meanwhile goes where it should: to a file as it is, to a terminal above the bar.
    """
    console = Console(stderr=True)
    left = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), MofNCompleteColumn(), *more, *left)
    return Progress(*columns, console=console, transient=True, expand=True, disable=not console.is_terminal,
                    redirect_stdout=sys.stdout.isatty())  # fmt: skip


def now_and_then() -> Callable[[], bool]:
    """Return a function that is true when `EVERY` seconds have passed since it last was, or since now."""
    last = time.monotonic()

    def due() -> bool:
        nonlocal last
        passed = time.monotonic() - last >= EVERY
        last = time.monotonic() if passed else last
        return passed

    return due


def say(line: str) -> None:
    """Print a line to stderr, at once."""
    print(line, file=sys.stderr, flush=True)


def _warming(done: int, total: int) -> str:
    return f"warming up, {done} of {total} keys"


def _rate(number: int, fps: float, pace: int, seconds: float) -> str:
    return f"{number / fps * pace / max(seconds, 1e-3):.1f} keys/s"
