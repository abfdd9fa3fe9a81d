"""Copies of a .keras file in which one thing is another."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zoomdream.network.archive import WEIGHTS

Config = dict[str, Any]
Change = Callable[[Config], Any]
"""Changes a config, or returns another one."""


def with_member(file: Path, path: Path, member: str, content: bytes, method: int = zipfile.ZIP_STORED) -> Path:
    """Return a copy in which a member, of the file's or a new one, holds something else."""
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(path, "w", method) as target:
        for name in dict.fromkeys([*source.namelist(), member]):
            target.writestr(name, content if name == member else source.read(name))
    return path


def with_weights(file: Path, path: Path, weights: bytes) -> Path:
    """Return a copy with other weights."""
    return with_member(file, path, WEIGHTS, weights)


def with_config(file: Path, path: Path, change: Change) -> Path:
    """Return a copy whose config.json is changed."""
    with zipfile.ZipFile(file) as source:
        config = json.loads(source.read("config.json"))
    return with_member(file, path, "config.json", json.dumps(change(config) or config).encode())


def layer(number: int, **entries: Any) -> Change:
    """Return the change of what is said of a layer."""
    return lambda config: config["config"]["layers"][number].update(entries)
