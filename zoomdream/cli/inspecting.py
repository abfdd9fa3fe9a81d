"""Looking at files one after another, and saying what was found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from zoomdream.cli.inspection_table import report, verdict
from zoomdream.cli.progress import followed
from zoomdream.cli.tables import print_table
from zoomdream.errors import ZoomdreamError
from zoomdream.inspection import Inspection, inspect
from zoomdream.inspection.document import to_document
from zoomdream.inspection.gauge import Frame
from zoomdream.reel.kinds import kind_of


def inspect_all(files: Sequence[Path], as_json: bool) -> None:
    """Print what is found in each file.

    Raises:
        BadInput: one of them does not exist; nothing is inspected then.
        ZoomdreamError: at least one of them is broken.
    """
    for file in files:
        kind_of(file)
    found = [_looked_at(file, number, as_json) for number, file in enumerate(files)]
    if as_json:
        documents = [to_document(each) for each in found]
        click.echo(json.dumps(documents if len(files) > 1 else documents[0], indent=2, allow_nan=False))
    _fail([each.path for each in found if each.faults], len(files))


def _looked_at(file: Path, number: int, quiet: bool) -> Inspection:
    found = inspect(file, _follow)
    if not quiet:
        click.echo(f"\n{file}" if number else file)
        print_table(report(found))
        click.echo(verdict(found))
    return found


def _follow(frames: Iterable[Frame], count: int | None) -> Iterator[Frame]:
    return followed(frames, count, "frame") if count else iter(frames)


def _fail(broken: Sequence[Path], count: int) -> None:
    names = ", ".join(map(str, broken))
    if count == 1 and broken:
        raise ZoomdreamError(f"{names} is broken.")
    if broken:
        raise ZoomdreamError(f"{len(broken)} of {count} files {'is' if len(broken) == 1 else 'are'} broken: {names}.")
