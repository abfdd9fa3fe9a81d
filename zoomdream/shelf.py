"""The presets that come with the program, found by name; light enough to list them at once."""

import re
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from zoomdream.errors import BadInput, did_you_mean
from zoomdream.names import check_name

LIBRARY = "zoomdream.library"
LARGEST = 1 << 17
"""Most bytes that a preset may have."""


class Preset(NamedTuple):
    """A preset in the library."""

    name: str
    title: str
    look: str
    path: Path


def library() -> list[Preset]:
    """Return the presets that come with the program, by name, ``look`` being the comment that opens each."""
    folder = Path(str(files(LIBRARY).joinpath("")))
    return [_introduce(path) for path in sorted(folder.glob("*.toml"))]


def find_preset(name: str | Path) -> Path:
    """Return the file of a preset given by name or by path, a ``Path`` always being one.

    Raises:
        BadInput: there is none; the message names the nearest one.
    """
    if isinstance(name, Path) or name.endswith(".toml") or "/" in name or "\\" in name:
        path = Path(name)
        check_name(path)
        if not path.is_file():
            raise BadInput(f"There is no preset file {name}.")
        return path
    known = {preset.name: preset.path for preset in library()}
    if name not in known:
        near = did_you_mean(name, known)
        raise BadInput(f"There is no preset {name!r}{near}; 'zoomdream presets list' shows them all.")
    return known[name]


def _introduce(path: Path) -> Preset:
    text = path.read_text()
    look = " ".join(line.lstrip("# ") for line in text[: text.find("\n\n") + 1 or None].splitlines() if line[:1] == "#")
    title = re.search(r'^title\s*=\s*"(.*)"', text, re.MULTILINE)
    return Preset(path.stem, title[1] if title else path.stem, look, path)
