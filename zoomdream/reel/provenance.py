"""What made a film, kept inside the film: compact JSON under the key ``zoomdream``.

It lives in the container's comment (mp4, mov, mkv, webm), a comment block (GIF), an XMP chunk (WebP), a text chunk of
every picture (PNG) or a picture's comment (JPEG).
"""

import json
import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from zoomdream.errors import BadInput
from zoomdream.picture.image import MOST_MEGAPIXELS, open_picture
from zoomdream.reel import ffmpeg, folder, gif_blocks, webp_xmp
from zoomdream.reel.kinds import kind_of

MARK = "zoomdream"
LONGEST = 1_000_000  # characters; a preset has far fewer, and every container holds them


def pack(metadata: Mapping[str, object]) -> str:
    """Return ``metadata`` as the one line of ASCII that is written into films.

    Raises `BadInput` if it is not JSON or longer than a million characters.

    >>> pack({"seed": 7})
    '{"zoomdream":{"seed":7}}'
    """
    try:
        text = json.dumps({MARK: dict(metadata)}, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadInput(f"The metadata of a film must be plain JSON values ({error}).") from error
    if len(text) > LONGEST:
        raise BadInput(f"The metadata of a film may take {LONGEST} characters, not {len(text)}.")
    return text


def unpack(text: str | None) -> dict[str, Any] | None:
    """Return what `pack` was given, or None for a text that `pack` did not make."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return None
    made = found.get(MARK) if isinstance(found, dict) else None
    return made if isinstance(made, dict) else None


def read_metadata(path: str | PathLike[str]) -> dict[str, Any] | None:
    """Return what is written in a film (or PNG, JPEG, or folder of PNGs) about its making; None if it is not ours.

    Raises `BadInput` if the file does not exist or cannot be read.
    """
    place = Path(path)
    return unpack(_READERS[kind_of(place)](place))


def ffmetadata(note: str) -> str:
    """Return ``note`` as a comment in ffmpeg's metadata format."""
    return ";FFMETADATA1\ncomment=" + re.sub(r"([=;#\\\n])", r"\\\1", note) + "\n"


def write_note(path: Path, note: str) -> None:
    """Add ``note`` to a finished GIF or WebP; in other files ffmpeg has written it already."""
    writers = {"gif": gif_blocks.write_comment, "webp": webp_xmp.write}
    writer = writers.get(kind_of(path))
    if writer is not None:
        writer(path, note)


def _read_container(path: Path) -> str | None:
    """Return the comment of a file that ffmpeg can open, or None."""
    _, printed, _ = ffmpeg.run([*ffmpeg.QUIET, *ffmpeg.reading(path), "-f", "ffmetadata", "pipe:1"])
    match = re.search(r"^comment=((?:\\.|[^\\\n])*)$", printed, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    return re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL) if match else None


def _read_picture(path: Path) -> str | None:
    """Return the comment of a PNG, which is text, or of a JPEG, which is bytes."""
    with open_picture(path, MOST_MEGAPIXELS * 10**6) as image:
        comment = image.info.get("Comment", image.info.get("comment"))
    comment = comment.decode(errors="replace") if isinstance(comment, bytes) else comment
    return comment if isinstance(comment, str) else None


def _read_folder(path: Path) -> str | None:
    pictures = folder.numbered(path)
    return _read_picture(pictures[0]) if pictures else None


_READERS = {
    "folder": _read_folder,
    "gif": gif_blocks.read_comment,
    "webp": webp_xmp.read,
    "png": _read_picture,
    "jpeg": _read_picture,
    "video": _read_container,
}
