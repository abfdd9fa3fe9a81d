"""Folders of pictures."""

import os
import stat
from pathlib import Path

from zoomdream.errors import BadInput
from zoomdream.picture.image import SUFFIXES


def is_picture(file: Path) -> bool:
    """Say whether a file goes by the name of a picture and is not hidden; of links, what they lead to, if anything."""
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and _ordinary(file)


def _ordinary(file: Path) -> bool:
    try:
        return stat.S_ISREG(file.stat().st_mode)
    except OSError:  # told of when it is read
        return True


def pictures_below(folder: Path) -> list[Path]:
    """Return every picture in a folder and the folders in it, by name; what is hidden and linked folders are left out.

    Raises:
        BadInput: there is no such folder, it cannot be read, or it holds no picture.
    """
    if not folder.exists():
        raise BadInput(f"There is no folder {folder}.")
    if not folder.is_dir():
        raise BadInput(f"{folder} is a file: name the folder that it is in.")
    found: list[Path] = []
    for place, inner, names in os.walk(folder, onerror=_refuse):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        found += filter(is_picture, (Path(place, name) for name in sorted(names)))
    if not found:
        raise BadInput(f"The folder {folder} holds no picture ({' '.join(SUFFIXES)}).")
    return found


def _refuse(why: OSError) -> None:
    raise BadInput(f"The folder {why.filename} cannot be read ({why.strerror or why}).") from why
