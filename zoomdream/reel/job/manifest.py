"""The manifest: what a job makes; written when it begins, and when it is gone on with in another encoding."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zoomdream.errors import BadInput
from zoomdream.reel.job.whole import write_whole

VERSION = 1
"""Of what is written here; a job of another one is refused."""
NAME = "manifest.json"
"""The file that makes a folder a job that can be gone on with."""
MOST_LISTED = 5
"""Differences that are named; of more it is said how many."""


@dataclass(frozen=True)
class Manifest:
    """What a job makes.

    Attributes:
        made: what decides the frames: settings, seed, versions, hashes of weights and pictures, device; plain JSON.
        request: how to ask for the film again; plain JSON.
        film: name of the file, or of the folder of PNGs.
        frames: of the whole film.
        segment: frames of a segment; the last one may have fewer.
    """

    made: Mapping[str, Any]
    request: Mapping[str, Any]
    film: str
    frames: int
    segment: int


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into a job's folder."""
    text = json.dumps({"version": VERSION, **asdict(manifest)}, sort_keys=True, allow_nan=False)
    write_whole(folder / NAME, lambda file: file.write(f"{_digest(text)}\n{text}\n".encode()))


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a job.

    Raises:
        BadInput: there is none, it is damaged, or another version wrote it.
    """
    try:
        digest, text = (folder / NAME).read_text().splitlines()
        found = json.loads(text)
    except (OSError, ValueError) as error:
        raise BadInput(f"{folder} holds no job that can be gone on with: its {NAME} cannot be read.") from error
    if digest != _digest(text):
        raise BadInput(f"{folder} holds no job that can be gone on with: its {NAME} is damaged.")
    if found.pop("version") != VERSION:
        raise BadInput(f"{folder} holds a job of another version of zoomdream, which cannot be gone on with.")
    return Manifest(**found)


def differences(old: Mapping[str, Any], new: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """Yield where two documents differ, a sentence's part each.

    >>> list(differences({"seed": 0, "film": {"zoom": 2}}, {"seed": 1, "film": {"zoom": 2}}))
    ['seed was 0 and is 1']
    """
    for key in [*old, *(key for key in new if key not in old)]:
        before, after, name = old.get(key), new.get(key), f"{within}{key}"
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from differences(before, after, f"{name}.")
        elif before != after:
            yield f"{name} was {json.dumps(before)} and is {json.dumps(after)}"


def listed(different: Sequence[str]) -> str:
    """Return differences as one sentence's part: the first five, and how many more there are.

    >>> listed(["a was 1 and is 2"] * 7)[-28:]
    'a was 1 and is 2; and 2 more'
    """
    more = [f"and {len(different) - MOST_LISTED} more"] if len(different) > MOST_LISTED else []
    return "; ".join([*different[:MOST_LISTED], *more])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
