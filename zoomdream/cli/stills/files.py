"""Pictures in, files out: many at once, each under its own name, none half written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track

from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.picture.image import SUFFIXES, load_image
from zoomdream.picture.warp import Image
from zoomdream.reel.publish import hidden_name, publish_file, writing

TOGETHER, MOST_TOGETHER = 16, 64_000_000
"""Pictures, and pixels, that are held at a time."""
ANY = "*"
"""In the name of an output: stands for the picture's own name."""


def find_pictures(places: Sequence[Path]) -> list[Path]:
    """Return the files meant: those named, and in folders every picture, by name.

    Raises:
        BadInput: there is nothing at one of the places, or a folder holds no picture.
    """
    found: list[Path] = []
    for place in places:
        if not place.exists():
            raise BadInput(f"There is no picture at {place}.")
        inside = sorted(file for file in place.iterdir() if file.suffix.lower() in SUFFIXES) if place.is_dir() else None
        if inside == []:
            raise BadInput(f"The folder {place} holds no picture ({' '.join(SUFFIXES)}).")
        found += [place] if inside is None else inside
    return found


def plan(pictures: Sequence[Path], outputs: Sequence[str], suffixes: Sequence[str], force: bool) -> list[list[Path]]:
    """Return for each picture the files to write.

    Args:
        outputs: names, with ``*`` for the picture's own; a name that ends in ``/`` is a folder.
        suffixes: what they may end in; the first one is given to a name in a folder.

    Raises:
        BadInput: a name has another suffix, exists without ``force``, is in no folder, or would be written twice.
    """
    patterns = [f"{name}{ANY}{suffixes[0]}" if name.endswith("/") else name for name in outputs]
    planned = [[Path(pattern.replace(ANY, picture.stem)) for pattern in patterns] for picture in pictures]
    every = [path for files in planned for path in files]
    for path in every:
        _check(path, suffixes, force)
    twice = next((path for path in every if every.count(path) > 1), None) if len(set(every)) < len(every) else None
    if twice:
        raise BadInput(f"{twice} would be written twice: write -o '{twice.with_name(ANY + twice.suffix)}', "
                       "where * stands for each picture's name.")  # fmt: skip
    inputs = {picture.resolve() for picture in pictures}
    for path in every:
        if path.resolve() in inputs:
            raise BadInput(f"{path} is one of the pictures themselves: choose another name.")
    return planned


def _check(path: Path, suffixes: Sequence[str], force: bool) -> None:
    if path.suffix.lower() not in suffixes:
        raise BadInput(f"{path}: the name of an output ends in {' or '.join(suffixes)} here.")
    if not path.absolute().parent.is_dir():
        raise BadInput(f"{path}: there is no folder {path.parent}.")
    if path.is_dir():
        raise BadInput(f"{path} is a folder.")
    if path.exists() and not force:
        raise BadInput(f"{path} exists; --force replaces it.")


@contextmanager
def written(path: Path, force: bool) -> Iterator[Path]:
    """Give a name to write to; what is there in the end gets its final name at once, and nothing does on an error."""
    part = hidden_name(path)
    try:
        with writing(path):
            yield part
        publish_file(part, path, force)
    finally:
        part.unlink(missing_ok=True)


def loaded(pictures: Sequence[Path]) -> Iterator[list[tuple[int, Image]]]:
    """Yield the pictures with their numbers, some at a time; a file that cannot be read is reported and left out.

    Raises:
        ZoomdreamError: in the end, if some were left out. A picture on its own fails with its own error.
    """
    failed, some = 0, list[tuple[int, Image]]()
    for number, path in enumerate(_followed(pictures)):
        try:
            some.append((number, load_image(path)))
        except BadInput as wrong:
            if len(pictures) == 1:
                raise
            failed += 1
            click.echo(f"Skipped: {wrong}", err=True)
        if len(some) == TOGETHER or sum(image.shape[0] * image.shape[1] for _, image in some) > MOST_TOGETHER:
            yield some
            some = []
    if some:
        yield some
    if failed:
        raise ZoomdreamError(f"{failed} of {len(pictures)} pictures could not be read; the others are done.")


def _followed(pictures: Sequence[Path]) -> Iterator[Path]:
    """Pass the pictures on behind a progress bar, if there are several and someone watches."""
    console = Console(stderr=True)
    yield from track(
        pictures, "pictures", console=console, transient=True, disable=len(pictures) < 2 or not console.is_terminal
    )


@contextmanager
def reporting(records: list[dict[str, Any]], as_json: bool) -> Iterator[None]:
    """In the end print the records as JSON, if that was asked for: also those of a run that failed half way."""
    try:
        yield
    finally:
        if as_json:
            click.echo(json.dumps(records, indent=2))
