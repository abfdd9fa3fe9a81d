"""From a hidden file to its final name, all at once."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
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


def publish_file(part: Path, place: Path, force: bool) -> None:
    """Give a finished file its final name, atomically.

    Without ``force``, a file that has appeared there meanwhile is left alone, and the film is kept
    beside it; `ZoomdreamError` says where.
    """
    with writing(place):
        to_disk(part)
        _rename(part, place, force)
        to_disk(place.parent)


def _rename(part: Path, place: Path, force: bool) -> None:
    if place.exists() and not force:
        kept = place.with_name(f"{place.stem}{part.stem.removeprefix('.zoomdream')}{place.suffix}")
        part.replace(kept)
        raise ZoomdreamError(f"{place} appeared while the film was made, so the film is kept as {kept}.")
    part.replace(place)
