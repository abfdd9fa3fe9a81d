"""The pictures of a folder, without the sheets and maps that were drawn of them."""

from pathlib import Path

from zoomdream.errors import BadInput
from zoomdream.picture.folder import pictures_below
from zoomdream.picture.image import read_note
from zoomdream.reel.provenance import unpack

DRAWN = tuple(f"still {kind}" for kind in ("filters", "activations", "patches", "neighbours", "map"))
"""Commands whose pictures are about others."""


def pictures_of(folder: Path) -> list[Path]:
    """Return the pictures in a folder and the folders in it, by name, but for those that say they are drawn of others.

    Raises:
        BadInput: there is no such folder, it cannot be read, or it holds no such picture.
    """
    found = [path for path in pictures_below(folder) if not _drawn(path)]
    if not found:
        raise BadInput(f"The folder {folder} holds no picture but sheets and maps that were drawn of others.")
    return found


def _drawn(path: Path) -> bool:
    if path.suffix.lower() != ".png":
        return False
    try:
        made = unpack(read_note(path))
    except BadInput:  # told of when it is looked at
        return False
    return made is not None and made.get("command") in DRAWN
