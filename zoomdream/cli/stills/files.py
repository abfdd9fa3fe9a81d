"""Pictures in, files out: many at once, each under its own name, none half written."""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import click
import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from zoomdream.cli.progress import new_bar
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.names import check_name
from zoomdream.picture.folder import is_picture
from zoomdream.picture.image import SUFFIXES, load_image
from zoomdream.picture.warp import Image
from zoomdream.reel.publish import hidden_name, publish_file, writing

TOGETHER, MOST_TOGETHER = 16, 64_000_000
"""Pictures, and pixels, that are held at a time."""
ANY = "*"
"""In the name of an output: stands for the picture's own name."""


def find_pictures(places: Sequence[Path]) -> list[Path]:
    """Return the files meant: those named, and in folders every picture that is not hidden, by name.

    Raises:
        BadInput: there is nothing at one of the places, or a folder holds no picture.
    """
    found: list[Path] = []
    for place in places:
        check_name(place)
        if not place.exists():
            raise BadInput(f"There is no picture at {place}.")
        inside = sorted(filter(is_picture, place.iterdir())) if place.is_dir() else None
        if inside == []:
            raise BadInput(f"The folder {place} holds no picture ({' '.join(SUFFIXES)}).")
        found += [place] if inside is None else inside
    return found


def plan(
    pictures: Sequence[Path],
    outputs: Sequence[str],
    suffixes: Sequence[str],
    force: bool,
    taken: Sequence[Path] = (),
    read: Sequence[Path] = (),
) -> list[list[Path]]:
    """Return for each picture the files to write.

    Args:
        outputs: names, with ``*`` for the picture's own; a name that ends in ``/`` is a folder.
        suffixes: what they may end in; the first one is given to a name in a folder.
        taken: files that are to be written besides.
        read: files that are read besides.

    Raises:
        BadInput: a name has another suffix, exists without ``force``, is in no folder that can be written to, is one
            of the files that are read, or would be written twice.
    """
    patterns = [f"{name}{ANY}{suffixes[0]}" if name.endswith("/") else name for name in outputs]
    planned = [[Path(pattern.replace(ANY, picture.stem)) for pattern in patterns] for picture in pictures]
    every = [path for files in planned for path in files]
    for path in every:
        _check_name(path, suffixes, force)
    same = [pattern for pattern in patterns if ANY not in pattern] if len(pictures) > 1 else []
    if same:
        star = Path(same[0]).with_name(f"{ANY}-{Path(same[0]).name}")
        raise BadInput(f"{same[0]} would be written {len(pictures)} times: write -o '{star}', "
                       "where * stands for each picture's name.")  # fmt: skip
    met = {path.resolve() for path in taken}
    for path in every:
        if path.resolve() in met:
            raise BadInput(f"{path} would be written twice: every file needs a name of its own.")
        met.add(path.resolve())
    inputs = {os.path.realpath(picture) for picture in (*pictures, *read)}  # of links in a circle too
    for path in every:
        if os.path.realpath(path) in inputs:
            raise BadInput(f"{path} is one of the pictures themselves: choose another name.")
    for folder in dict.fromkeys(path.resolve().parent for path in every):
        _check_folder(folder)
    return planned


def _check_name(path: Path, suffixes: Sequence[str], force: bool) -> None:
    check_name(path)
    if path.is_dir():
        raise BadInput(f"{path} is a folder: write {path}{os.sep} for a file of each picture's name in it.")
    if path.suffix.lower() not in suffixes:
        raise BadInput(f"{path}: the name of an output ends in {' or '.join(suffixes)} here.")
    if path.exists() and not path.is_file():
        raise BadInput(f"{path} is not an ordinary file and will not be replaced: choose another name.")
    if path.exists() and not force:
        raise BadInput(f"{path} exists; --force replaces it.")


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}: make it first or choose another.")
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as why:
        raise BadInput(f"Nothing can be written in the folder {folder} ({why.strerror or why}).") from why


@contextmanager
def written(path: Path, force: bool) -> Iterator[Path]:
    """Give a name to write to; what is there in the end gets its final name at once, and nothing does on an error.

    A link stays one: what it leads to is written.
    """
    place = path.resolve()
    part = hidden_name(place.with_suffix(path.suffix))
    try:
        with writing(path):
            yield part
        publish_file(part, place, force, "file")
    finally:
        part.unlink(missing_ok=True)


def save_array(path: Path, values: NDArray[np.float32]) -> None:
    """Write a .npy file; a full disk is told as such, unlike :func:`numpy.save` does."""
    stream = io.BytesIO()
    np.save(stream, values)
    path.write_bytes(stream.getbuffer())


def save_arrays(path: Path, arrays: Mapping[str, NDArray[np.float32]]) -> None:
    """Write a .npz whose arrays may have any name: :func:`numpy.savez` has no layer called ``file``."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, values)


class Queue:
    """Pictures with their numbers, some at a time; what cannot be done is reported and left out."""

    def __init__(self, pictures: Sequence[Path], bar: Progress) -> None:
        self._pictures, self._bar, self._left_out = pictures, bar, list[ZoomdreamError]()

    def __iter__(self) -> Iterator[list[tuple[int, Image]]]:
        some = list[tuple[int, Image]]()
        for number, path in enumerate(self._bar.track(self._pictures, description="pictures")):
            try:
                some.append((number, load_image(path)))
            except BadInput as wrong:
                self.leave_out(wrong)
            if len(some) == TOGETHER or sum(image.shape[0] * image.shape[1] for _, image in some) > MOST_TOGETHER:
                yield some
                some = []
        if some:
            yield some
        self._bar.stop()  # what comes now may have a bar of its own

    def leave_out(self, why: ZoomdreamError) -> None:
        """Report a picture that cannot be done; one on its own fails with its own error."""
        if len(self._pictures) == 1:
            raise why
        self._left_out.append(why)
        click.echo(f"Skipped: {why}", err=True)

    def check(self) -> None:
        """Raise `ZoomdreamError` if some were left out, `BadInput` if all are pictures that cannot be read."""
        count, whole = len(self._left_out), len(self._pictures)
        if count == whole and all(isinstance(why, BadInput) for why in self._left_out):
            raise BadInput(f"None of the {whole} pictures could be done.")
        if count:
            raise ZoomdreamError(
                f"{count} of {whole} pictures could not be done{'; the others are' * (count < whole)}."
            )


@contextmanager
def queued(pictures: Sequence[Path]) -> Iterator[Queue]:
    """Give the pictures one after another, behind a progress bar if there are several and someone watches.

    Raises:
        ZoomdreamError: in the end, if some of them could not be done.
    """
    bar = new_bar()
    bar.disable = bar.disable or len(pictures) < 2
    with bar:
        queue = Queue(pictures, bar)
        yield queue
    queue.check()


@contextmanager
def reporting(records: list[dict[str, Any]], as_json: bool) -> Iterator[None]:
    """In the end print the records as JSON, if that was asked for: also those of a run that failed half way."""
    try:
        yield
    finally:
        if as_json:
            click.echo(json.dumps(_sayable(records), indent=2, allow_nan=False))


def _sayable(found: Any) -> Any:
    """Return records without numbers that JSON does not have: ``None`` in their place."""
    if isinstance(found, dict):
        return {name: _sayable(each) for name, each in found.items()}
    if isinstance(found, list):
        return [_sayable(each) for each in found]
    return None if isinstance(found, float) and not isfinite(found) else found
