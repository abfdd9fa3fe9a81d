"""A film as a folder of numbered PNGs: 000000.png, 000001.png and so on."""

import errno
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from zoomdream.errors import BadInput
from zoomdream.reel import publish
from zoomdream.reel.pixels import to_uint8

_OURS = re.compile(r"\d{6,}\.png")


def check_replaceable(place: Path, force: bool) -> None:
    """Raise `BadInput` unless a film may take the place of what is there.

    An empty folder may be filled; with ``force``, so may one that holds nothing but numbered PNGs.
    """
    if not place.is_dir():
        raise BadInput(f"{place} is a file, and a name without suffix is a folder of PNGs; add a suffix such as .mp4.")
    if os.path.ismount(place):
        raise BadInput(f"{place} is a mount point and cannot be replaced; name a folder inside it: {place / 'dream'}.")
    held = [entry.name for entry in os.scandir(place)]
    strange = sorted(name for name in held if not _OURS.fullmatch(name))
    if strange:
        raise BadInput(
            f"The folder {place} holds {strange[0]}, which is no numbered PNG, so it will not be replaced; "
            "choose a new name."
        )
    if held and not force:
        raise BadInput(f"The folder {place} exists and is not empty; add --force to replace it.")


def numbered(place: Path) -> list[Path]:
    """Return the numbered PNGs of a folder in order of their number."""
    return sorted((p for p in place.iterdir() if _OURS.fullmatch(p.name)), key=lambda p: int(p.stem))


class PngFolder:
    """Writes pictures into a hidden folder beside the place where they will be published."""

    def __init__(self, place: Path, note: str | None) -> None:
        """``note`` is kept in a text chunk of each picture."""
        self.part = publish.hidden_name(place)
        self.accepted = 0
        self._place = place
        self._info = PngInfo()
        if note is not None:
            self._info.add_text("Comment", note)
        with publish.writing(place):
            self.part.mkdir()

    def write(self, frame: NDArray[np.floating[Any]]) -> None:
        """Write one checked frame, float (H, W, 3)."""
        target = self.part / f"{self.accepted:06d}.png"
        with publish.writing(self._place):
            Image.fromarray(to_uint8(frame)).save(target, "PNG", compress_level=4, pnginfo=self._info)
        self.accepted += 1

    def finish(self) -> int:
        """Return how many pictures were written, after removing one that an interruption may have cut short."""
        for picture in numbered(self.part)[self.accepted :]:
            picture.unlink()
        return self.accepted

    def publish(self, force: bool) -> None:
        """Move the folder to its place, see `publish_folder`."""
        publish_folder(self.part, self._place, force)

    def discard(self) -> None:
        """Remove what was not published."""
        remove_folder(self.part)


def publish_folder(part: Path, place: Path, force: bool) -> None:
    """Move a folder of numbered PNGs to its place; an older film there is replaced only if ``force``.

    Where it cannot be any more, the new one is kept beside it, and `ZoomdreamError` says where.
    """
    old = publish.hidden_name(place)
    with publish.writing(place):
        for picture in numbered(part):
            publish.to_disk(picture)
        with publish.or_beside(part, place):
            if os.path.lexists(place):
                _move_away(place, old, force)
            part.rename(place)
        publish.to_disk(place.parent)
        remove_folder(old)


def _move_away(place: Path, old: Path, force: bool) -> None:
    """Rename what is at ``place`` to ``old``; raise `OSError` if a film may not take its place."""
    try:
        check_replaceable(place, force)
    except BadInput as error:
        raise FileExistsError(errno.EEXIST, "something else has come there") from error
    place.rename(old)


def remove_folder(place: Path) -> None:
    """Remove a folder of numbered PNGs, and nothing else that might have come into it."""
    if place.is_dir():
        for picture in numbered(place):
            picture.unlink()
        place.rmdir()
