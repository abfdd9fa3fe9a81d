"""The XMP chunk of a WebP (RIFF container specification of WebP), which ffmpeg cannot write."""

import re
import struct
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

from zoomdream.picture.image import MOST_MEGAPIXELS, open_picture

_PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
    '<rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>'
)
_XMP_FLAG = 0x04
_ALPHA_FLAG = 0x10


def read(path: Path) -> str | None:
    """Return the description in a WebP's XMP chunk, or None."""
    with path.open("rb") as file:
        for name, at, size in chunks(file):
            if name == b"XMP ":
                file.seek(at)
                found = re.search(r"<rdf:li[^>]*>(.*?)</rdf:li>", file.read(size).decode("utf-8", "replace"), re.DOTALL)
                return unescape(found[1]) if found else None
    return None


def write(path: Path, text: str) -> None:
    """Append an XMP chunk with ``text`` as its description to a WebP that has none."""
    with path.open("r+b") as file:
        first = next(chunks(file))[0]
    if first != b"VP8X":
        _make_extended(path)
    packet = _PACKET.format(escape(text)).encode()
    with path.open("r+b") as file:
        file.seek(20)
        flags = file.read(1)[0]
        file.seek(20)
        file.write(bytes([flags | _XMP_FLAG]))
        file.seek(0, 2)
        file.write(_chunk(b"XMP ", packet))
        _write_length(file)


def chunks(file: IO[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name, the offset of the content and its size in bytes for each chunk of a RIFF file."""
    at = 12
    file.seek(at)
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        yield name, at + 8, size
        at += 8 + size + size % 2
        file.seek(at)


def _make_extended(path: Path) -> None:
    """Give a simple WebP of one picture the extended header that may announce other chunks."""
    with open_picture(path, MOST_MEGAPIXELS * 10**6) as image:
        width, height, alpha = image.width, image.height, image.mode == "RGBA"
    data = path.read_bytes()
    canvas = struct.pack("<II", width - 1, height - 1)
    header = bytes([_ALPHA_FLAG if alpha else 0, 0, 0, 0]) + canvas[:3] + canvas[4:7]
    path.write_bytes(data[:12] + _chunk(b"VP8X", header) + data[12:])


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content + b"\0" * (len(content) % 2)


def _write_length(file: IO[bytes]) -> None:
    """Set the length in the RIFF header to what the file has."""
    length = file.seek(0, 2) - 8
    file.seek(4)
    file.write(struct.pack("<I", length))
