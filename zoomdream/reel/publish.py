"""From a hidden file to its final name, all at once."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from zoomdream.errors import ZoomdreamError


def hidden_name(place: Path) -> Path:
    """Return an unused hidden name in the same folder, with the same suffix."""
    return place.parent / f".zoomdream-{secrets.token_hex(6)}{place.suffix.lower()}"


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turn the system's refusal to write (a full disk, say) into a `ZoomdreamError` that names the film."""
    try:
        yield
    except OSError as error:
        raise ZoomdreamError(f"{place} could not be written ({error.strerror or error}).") from error


def to_disk(path: Path) -> None:
    """Wait until a file, or the entries of a folder, are on disk."""
    if path.is_dir() and os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def publish_file(part: Path, place: Path, force: bool, what: str = "film") -> None:
    """Give a finished file its final name, atomically.

    What has appeared there meanwhile is left alone, unless it is a file and ``force`` is given: the film is kept
    beside it, and `ZoomdreamError` says where.
    """
    with writing(place):
        to_disk(part)
        with or_beside(part, place, what):
            if os.path.lexists(place) and not (force and place.is_file()):
                raise FileExistsError(errno.EEXIST, "something else has come there")
            part.replace(place)
        to_disk(place.parent)


@contextmanager
def or_beside(part: Path, place: Path, what: str = "film") -> Iterator[None]:
    """Where a finished film cannot take its place, keep it as ``NAME-xxxx``; `ZoomdreamError` says where and why."""
    try:
        yield
    except OSError as error:
        kept = _unused_name(place, part.is_dir())
        part.rename(kept)
        why = error.strerror or error
        raise ZoomdreamError(f"{place} cannot be replaced ({why}), so the {what} is kept as {kept}.") from error


def _unused_name(place: Path, is_folder: bool) -> Path:
    """Return ``place`` with four random digits behind its name; a folder has no suffix."""
    stem, suffix = (place.name, "") if is_folder else (place.stem, place.suffix)
    names = (place.with_name(f"{stem}-{secrets.token_hex(2)}{suffix}") for _ in count())
    return next(name for name in names if not os.path.lexists(name))
