"""Keys that could not be dreamt, told once for each neuron and counted."""

import click

from zoomdream.film.zoom import Fault, Notice


class Faults:
    """Counts keys that could not be dreamt, and says so once for each neuron."""

    def __init__(self) -> None:
        self._count = 0
        self._said: set[tuple[object, ...]] = set()

    def note(self, notice: Notice) -> None:
        """Take notice of a fault, or of memory that was not enough."""
        self._count += isinstance(notice, Fault)
        if (what := notice[1:] or notice) not in self._said:
            self._said.add(what)
            click.echo(str(notice), err=True)

    def take(self) -> int:
        """Return how many there were since this was last asked."""
        count, self._count = self._count, 0
        return count
