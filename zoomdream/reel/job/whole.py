"""Files that are there whole or not at all."""

import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import IO

from zoomdream.reel.publish import to_disk

BLOCK = 1 << 20


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> str:
    """Write a file under a temporary name, flush it to disk, give it its name and return its sha256 (hex)."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with part.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        found = sha256(part)
        part.replace(path)
        to_disk(path.parent)
    finally:
        part.unlink(missing_ok=True)
    return found


def sha256(path: Path) -> str:
    """Return the sha256 (hex) of a file, or of a folder's files in the order of their names; empty if there is none."""
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            return hashlib.sha256("".join(sha256(file) for file in sorted(path.iterdir())).encode()).hexdigest()
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()
