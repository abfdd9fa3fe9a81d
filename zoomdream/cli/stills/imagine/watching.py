"""What one sees while a picture grows: a bar in a terminal, on stderr; and how a growth is ended early."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from zoomdream.cli.stills.imagine.wish import Wish
from zoomdream.still.imagine.pace import Budget, Pace, unhurried


def pace_of(wish: Wish) -> Pace:
    """Return the pace; its time has run since the command was given, so loading and compiling count."""

    told: list[int] = []

    def tell(fitting: int, wanted: int) -> None:
        if not told:
            click.echo(f"Not all steps fit into {wish.budget:g} s: about {fitting} of the first {wanted}.", err=True)
        told.append(fitting)

    return Budget(wish.budget, wish.begun, tell=tell) if wish.budget else unhurried


class Watched:
    """A pace whose steps are counted and move a bar, if someone watches.

    Args:
        until: passes the numbers of steps on, until there is a reason to end early.
    """

    def __init__(self, pace: Pace, until: Callable[[Iterable[int]], Iterable[int]] = iter) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), MofNCompleteColumn(),
                   TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())  # fmt: skip
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal,
                             redirect_stdout=sys.stdout.isatty(), expand=True)  # fmt: skip
        self._pace, self._until = pace, until
        self.doing, self.taken = "steps", 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *why: object) -> None:
        self._bar.stop()

    def __call__(self, steps: int, share: float = 1.0) -> Iterable[int]:
        """Yield the numbers of the steps to take."""
        task = self._bar.add_task(self.doing, total=steps)
        for number in self._until(self._pace(steps, share)):
            self.taken += 1
            yield number
            self._bar.advance(task)
        self._bar.update(task, visible=False)
