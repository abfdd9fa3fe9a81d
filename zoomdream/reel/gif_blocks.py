"""The blocks of a GIF (GIF89a specification): its comment, which ffmpeg cannot write, and if it goes on to its end."""

import shutil
from pathlib import Path
from typing import IO

from zoomdream.errors import ZoomdreamError
from zoomdream.reel.publish import hidden_name

_COMMENT = b"\x21\xfe"
_LOOP = b"\x21\xff"
_NOTHING, _EXTENSION, _PICTURE, _TRAILER = 0x00, 0x21, 0x2C, 0x3B


def read_comment(path: Path) -> str | None:
    """Return the first comment before the first picture, or None."""
    with path.open("rb") as file:
        _skip_header(file)
        while (label := file.read(2))[:1] == b"\x21":
            content = _sub_blocks(file)
            if label == _COMMENT:
                return content.decode("utf-8", "replace")
    return None


def write_comment(path: Path, comment: str) -> None:
    """Put an ASCII ``comment`` into a GIF, after its loop block; the file is replaced when the new one is complete."""
    data = comment.encode("ascii")
    blocks = [bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)]
    copy = hidden_name(path)
    try:
        with path.open("rb") as old, copy.open("wb") as new:
            at = _after_loop(old)
            old.seek(0)
            new.write(old.read(at) + _COMMENT + b"".join(blocks) + b"\0")
            shutil.copyfileobj(old, new, 1 << 20)
        copy.replace(path)
    finally:
        copy.unlink(missing_ok=True)


def is_whole(path: Path) -> bool:
    """Return whether the blocks lead from the header to the trailer (section 27); of what is no GIF, false.

    ffmpeg decodes a GIF that is cut between two pictures, or that lacks its trailer alone, without a word.
    """
    with path.open("rb") as file:
        try:
            _skip_header(file)
        except ZoomdreamError:
            return False
        while (kind := file.read(1)) and kind[0] in (_NOTHING, _EXTENSION, _PICTURE):
            if kind[0] != _NOTHING:  # some writers end a block twice
                _skip_before_data(file, kind[0])
                while (length := file.read(1)) not in (b"", b"\0"):
                    file.seek(length[0], 1)
        return kind == bytes([_TRAILER])


def _after_loop(file: IO[bytes]) -> int:
    """Return the offset behind the header and the application blocks, which must come first to be obeyed."""
    _skip_header(file)
    at = file.tell()
    while file.read(2) == _LOOP:
        _sub_blocks(file)
        at = file.tell()
    return at


def _skip_header(file: IO[bytes]) -> None:
    """Move behind the header, the screen descriptor and the global colours."""
    header = file.read(13)
    if len(header) < 13 or header[:4] != b"GIF8":
        raise ZoomdreamError("This is not a complete GIF.")
    if header[10] & 0x80:
        file.seek(3 * 2 ** ((header[10] & 7) + 1), 1)


def _skip_before_data(file: IO[bytes], kind: int) -> None:
    """Move behind an extension's label, or behind a picture's place, colours and code size (sections 20 to 22)."""
    if kind == _EXTENSION:
        file.seek(1, 1)
    elif len(place := file.read(9)) == 9:
        colours = 3 * 2 ** ((place[8] & 7) + 1) if place[8] & 0x80 else 0
        file.seek(colours + 1, 1)


def _sub_blocks(file: IO[bytes]) -> bytes:
    """Return the content of a chain of sub-blocks, each led by its length, ended by a length of zero."""
    parts = []
    while (length := file.read(1)) not in (b"", b"\0"):
        parts.append(file.read(length[0]))
    return b"".join(parts)
