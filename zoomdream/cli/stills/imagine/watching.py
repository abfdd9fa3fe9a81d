"""What one sees while a picture grows, and how its growth is ended early."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import click

from zoomdream.cli.progress import followed
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
    """A pace whose steps are counted and shown.

    Args:
        until: passes the numbers of steps on, until there is a reason to end early.
    """

    def __init__(self, pace: Pace, until: Callable[[Iterable[int]], Iterable[int]] = iter) -> None:
        self._pace, self._until = pace, until
        self.taken, self.before = 0, ""

    def __call__(self, steps: int, share: float = 1.0) -> Iterator[int]:
        """Yield the numbers of the steps to take."""
        for number in followed(self._until(self._pace(steps, share)), steps, f"{self.before}step"):
            self.taken += 1
            yield number
