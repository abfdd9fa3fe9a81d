"""The journal: what a job has done, one line each, only ever added to."""

import json
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Fact = Mapping[str, Any]


class Journal:
    """A file of facts. Each line begins with a checksum of the rest; one that does not verify counts as unwritten."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def facts(self) -> Iterator[Fact]:
        """Yield what was added and still verifies, in order."""
        lines = self._path.read_bytes().split(b"\n") if self._path.exists() else []
        return (json.loads(line[9:]) for line in lines if line[9:] and line[:9] == _checksum(line[9:]))

    def add(self, **fact: Any) -> None:
        """Add a fact, of plain JSON values, and wait until it is on disk."""
        line = json.dumps(fact, separators=(",", ":"), allow_nan=False).encode()
        with self._path.open("ab") as file:
            # A line that was cut short must not spoil this one.
            file.write(b"\n" + _checksum(line) + line + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _checksum(line: bytes) -> bytes:
    return b"%08x " % zlib.crc32(line)
