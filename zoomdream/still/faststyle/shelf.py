"""Styles by name or by file, looked at without a tensor library."""

import json
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from zoomdream.errors import BadInput, did_you_mean
from zoomdream.names import check_name
from zoomdream.network.archive import check_archive

MEMBER = "zoomdream-style.json"
"""In the archive of a style: how it was made."""
_MOST = 1 << 20

STYLES = {
    "dusk": "an evening sky woven of scales, rose on indigo",
    "reef": "feathers and peacock eyes in many colours",
}
"""The styles that come with the program, and what they look like."""


def find_style(name: str | Path) -> Path:
    """Return the file of a style given by name or by path, a ``Path`` always being one.

    Raises:
        BadInput: there is none; the message names the nearest one.
    """
    if isinstance(name, Path) or name in (".", "..") or any(sign in name for sign in "./\\"):
        path = Path(name)
        check_name(path)
        if not path.exists():
            raise BadInput(f"There is no style {path}; those that come along are {', '.join(STYLES)}.")
        return path
    if name not in STYLES:
        known = ", ".join(STYLES)
        raise BadInput(
            f"There is no style {name!r}{did_you_mean(name, STYLES)}; there are {known}, "
            "and .keras files made by 'zoomdream still train-style'."
        )
    return Path(str(files(__package__) / "styles" / f"{name}.keras"))


def check_style(path: Path) -> dict[str, Any]:
    """Return what a style was made by.

    Raises:
        BadInput: the file is no style of ours.
    """
    check_archive(path)
    with zipfile.ZipFile(path) as archive:
        if MEMBER not in archive.namelist():
            raise BadInput(f"{path} is a network but no style: 'zoomdream still train-style' makes those.")
        if archive.getinfo(MEMBER).file_size > _MOST:
            raise BadInput(f"{path} is not loaded, because its {MEMBER} is larger than 1 MB.")
        try:
            made = json.loads(archive.read(MEMBER))
        except (ValueError, zipfile.BadZipFile) as why:
            raise BadInput(f"{path} is damaged: its {MEMBER} cannot be read ({why}).") from why
    if not isinstance(made, dict):
        raise BadInput(f"{path} is damaged: its {MEMBER} says nothing about a style.")
    return made
