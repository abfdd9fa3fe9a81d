"""The index: numbers found of pictures, kept in a file, so that each picture goes through the network once.

It is an SQLite database. Numbers are kept under a key, which says what they are, and the picture's path; they count as
long as the picture's file has the same size and the same time of its last change. A batch is written whole or not at
all, so a run that is stopped anywhere goes on from its last batch.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput, ZoomdreamError

MARK = 0x7A6D6472
"""SQLite's ``application_id`` of an index: it is known from other databases by that."""
VERSION = 1
AT_ONCE = 512
"""Pictures whose numbers are read at a time."""
WAIT = 30.0
"""Seconds to wait for another run that is writing."""
_TABLES = """
CREATE TABLE IF NOT EXISTS keys (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS found (
    id INTEGER PRIMARY KEY, key INTEGER NOT NULL REFERENCES keys, path BLOB NOT NULL,
    size INTEGER NOT NULL, changed INTEGER NOT NULL, numbers BLOB NOT NULL, UNIQUE (key, path));
"""


class Stamp(NamedTuple):
    """A picture's file as it was: its size in bytes, and when it was last changed, in nanoseconds."""

    path: Path
    size: int
    changed: int


def stamp(path: Path) -> Stamp:
    """Return a file's stamp.

    Raises:
        BadInput: there is no such file any more, or it cannot be looked at.
    """
    try:
        found = path.stat()
    except OSError as why:
        raise BadInput(f"{path} cannot be read ({why.strerror or why}).") from why
    return Stamp(path, found.st_size, found.st_mtime_ns)


def usual_file() -> Path:
    """Return where the index is kept unless one is named: in the user's own cache folder."""
    from platformdirs import user_cache_path

    return user_cache_path("zoomdream", appauthor=False) / "features.sqlite"


def check_index(file: Path | None) -> None:
    """Refuse a file that is something else than an index, or cannot become one.

    Raises:
        BadInput: saying why.
    """
    with Index(file):
        pass


class Index:
    """An open index; a context manager.

    Args:
        file: where it is kept, made if there is none; the usual place if not given.

    Raises:
        BadInput: the file is something else, or there can be none.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or usual_file()
        self._check_place(made=file is None)
        with self._named():
            self._base = sqlite3.connect(self._file, timeout=WAIT)
        try:
            self._begin()
        except BaseException:
            self._base.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        self._base.close()

    def _check_place(self, made: bool) -> None:
        folder = self._file.resolve().parent
        if made:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as why:
                raise BadInput(f"The folder {folder} cannot be made ({why.strerror}): name an --index.") from why
        if not folder.is_dir():
            raise BadInput(f"There is no folder {folder} for the index: make it first or choose another.")
        if self._file.exists() and not self._file.is_file():
            raise BadInput(f"{self._file} is not an ordinary file and cannot be an index: choose another name.")

    def _begin(self) -> None:
        """Make the tables, in an empty file alone; anything else must be an index already."""
        try:
            found = [self._base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
            empty = not self._base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        except sqlite3.OperationalError as why:
            raise BadInput(f"The index {self._file} cannot be used ({why}): choose another place.") from why
        except sqlite3.DatabaseError as why:
            raise self._stranger() from why
        if found != [MARK, VERSION] and not (empty and found == [0, 0]):
            raise self._stranger()
        if empty:
            with self._named(), self._base:
                marks = f"PRAGMA application_id = {MARK}; PRAGMA user_version = {VERSION};"
                self._base.executescript(f"BEGIN IMMEDIATE; {marks} {_TABLES} COMMIT;")

    def _stranger(self) -> BadInput:
        return BadInput(f"{self._file} is no index of this program: choose another name, or delete it if it was one.")

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Turn what SQLite cannot do into an error that names the file."""
        try:
            yield
        except sqlite3.Error as why:
            raise ZoomdreamError(f"The index {self._file} cannot be used ({why}).") from why

    def missing(self, key: str, stamps: Sequence[Stamp]) -> list[Stamp]:
        """Return the pictures of which nothing is kept under a key, or of which the file has changed since."""
        with self._named():
            rows = self._base.execute(
                "SELECT path, size, changed FROM found WHERE key = (SELECT id FROM keys WHERE name = ?)", (key,)
            )
            known = {path: (size, changed) for path, size, changed in rows}
        return [one for one in stamps if known.get(_name(one.path)) != (one.size, one.changed)]

    def keep(self, key: str, stamps: Sequence[Stamp], numbers: NDArray[Any]) -> None:
        """Keep a row of numbers (n, …) for each of n pictures, in place of older ones."""
        rows = [
            (key, _name(one.path), one.size, one.changed, row.tobytes())
            for one, row in zip(stamps, np.ascontiguousarray(numbers), strict=True)
        ]
        with self._named(), self._base:
            self._base.execute("INSERT OR IGNORE INTO keys (name) VALUES (?)", (key,))
            self._base.executemany(
                "INSERT OR REPLACE INTO found (key, path, size, changed, numbers) "
                "VALUES ((SELECT id FROM keys WHERE name = ?), ?, ?, ?, ?)",
                rows,
            )

    def read(self, key: str, paths: Sequence[Path], kind: str = "<f4") -> Iterator[NDArray[Any]]:
        """Yield the numbers of the pictures in their order, :data:`AT_ONCE` pictures at a time, (m, width).

        Args:
            kind: of the numbers, as numpy calls it.

        Raises:
            ZoomdreamError: another run has forgotten some of them.
        """
        for first in range(0, len(paths), AT_ONCE):
            names = [_name(path) for path in paths[first : first + AT_ONCE]]
            marks = ",".join("?" * len(names))
            with self._named():
                found = dict(
                    self._base.execute(
                        "SELECT path, numbers FROM found WHERE key = (SELECT id FROM keys WHERE name = ?) "
                        f"AND path IN ({marks})",
                        (key, *names),
                    )
                )
            if len(found) < len(set(names)):
                raise ZoomdreamError(f"Pictures have left the index {self._file} while they were looked at: try again.")
            yield np.stack([np.frombuffer(found[name], kind) for name in names])

    def forget_others(self, folder: Path, kept: Sequence[Path]) -> None:
        """Forget the pictures that are no longer in a folder and the folders in it."""
        inside, names = os.path.join(_name(folder), b""), {_name(path) for path in kept}  # noqa: PTH118  bytes
        with self._named(), self._base:
            rows = self._base.execute(
                "SELECT DISTINCT path FROM found WHERE substr(path, 1, ?) = ?", (len(inside), inside)
            )
            gone = [(path,) for (path,) in rows if path not in names]
            self._base.executemany("DELETE FROM found WHERE path = ?", gone)


def _name(path: Path) -> bytes:
    """Return the path that a picture is kept under: whole, and as bytes, since not every name is text."""
    return os.fsencode(path.absolute())
