"""What one sees while a folder is looked at: a bar in a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress, TaskID, TextColumn

from zoomdream.cli.progress import new_bar, now_and_then, say
from zoomdream.cli.recipe import recipe
from zoomdream.cli.stills.request import Request
from zoomdream.errors import ZoomdreamError
from zoomdream.network.network import Network
from zoomdream.reel.provenance import pack


class Watching:
    """Tells of a scan, and keeps in mind what was left out."""

    def __init__(self, bar: Progress) -> None:
        self._bar, self._due = bar, now_and_then()
        self._left_out, self._whole, self._wanted, self._done = 0, 0, 0, 0
        self._began = time.monotonic()
        self._task: TaskID | None = None

    def begin(self, wanted: int, whole: int) -> None:
        """Show a bar, if there is something to do."""
        self._wanted, self._whole, self._began = wanted, whole, time.monotonic()
        if wanted:
            self._task = self._bar.add_task("pictures", total=wanted, rate="")

    def advance(self, count: int) -> None:
        """Move it, or say now and then how far the work is."""
        self._done += count
        rate = self._done / max(time.monotonic() - self._began, 1e-3)
        if self._task is not None:
            self._bar.update(self._task, advance=count, rate=f"{rate:.0f} pictures/s")
        if self._bar.disable and self._due():
            left = (self._wanted - self._done) / rate
            said = f"picture {self._done}/{self._wanted}, {rate:.1f} pictures/s, {left:.0f} s left"
            say(said)

    def leave_out(self, why: ZoomdreamError) -> None:
        """Say which picture cannot be done."""
        self._left_out += 1
        click.echo(f"Skipped: {why}", err=True)

    def check(self) -> None:
        """Raise `ZoomdreamError` if some were left out."""
        if self._left_out:
            raise ZoomdreamError(f"{self._left_out} of {self._whole} pictures could not be done; the others are.")


@contextmanager
def watched() -> Iterator[Watching]:
    """Give somebody to tell of a scan; the bar, if someone looks at a terminal, goes away in the end.

    Raises:
        ZoomdreamError: in the end, if some pictures were left out.
    """
    with new_bar(TextColumn("{task.fields[rate]}")) as bar:
        watching = Watching(bar)
        yield watching
    watching.check()


def note(kind: str, request: Request, network: Network, **asked: Any) -> str:
    """Return the recipe of a picture, as it is kept in the file."""
    plain = {name: str(value) if isinstance(value, Path) else value for name, value in asked.items()}
    return pack(recipe(f"still {kind}", {**plain, "fit": request.fit}, network))


def names(files: Sequence[Path]) -> list[str]:
    """Return the names of files, for JSON."""
    return [str(path) for path in files]
