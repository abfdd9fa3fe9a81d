"""Words in pictures, in the font that comes with Pillow."""

import unicodedata
from bisect import bisect_right
from functools import cache

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from zoomdream.picture.warp import Image

RGB = tuple[int, int, int]

LONGEST = 500
"""Characters of a line that are looked at."""
_IN_OTHER_WORDS = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "×": "x", "→": "->", "≥": ">=", "≤": "<=", "ß": "ss", "æ": "ae"}
    | {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "ı": "i", "œ": "oe"}
)


@cache
def font(size: float) -> ImageFont.FreeTypeFont:
    """Return the font at a size in pixels."""
    return ImageFont.load_default(size)  # type: ignore[return-value]  # without FreeType, which every wheel has


def plain(text: str) -> str:
    """Return one line in the letters that the font has: no accents, no line breaks; what it lacks becomes a box.

    >>> plain("Crème – brûlée, 3 × 4\\n")
    'Creme - brulee, 3 x 4'
    """
    line = " ".join(text[:LONGEST].translate(_IN_OTHER_WORDS).split())
    letters = (each for each in unicodedata.normalize("NFKD", line) if not unicodedata.combining(each))
    return "".join(each if each.isprintable() else "\ufffd" for each in letters).replace("⁄", "/")


def width(text: str, size: float) -> float:
    """Return how wide a line of text is, in pixels."""
    return font(size).getlength(plain(text))


def shortened(text: str, size: float, room: float) -> str:
    """Return the text, cut with an ellipsis where it is wider than the room in pixels; at least the ellipsis."""
    if width(text, size) <= room:
        return text
    line = text[:LONGEST]
    kept = bisect_right(range(1, len(line) + 1), room, key=lambda count: width(line[:count].rstrip() + "…", size))
    return line[:kept].rstrip(" ,;:") + "…"


def canvas(height: int, width: int, colour: RGB) -> Pillow.Image:
    """Return an empty picture to draw on."""
    return Pillow.new("RGB", (width, height), colour)


def write(
    on: Pillow.Image, place: tuple[float, float], text: str, size: float, colour: RGB, anchor: str = "ls"
) -> None:
    """Write a line with its anchor (Pillow's, e.g. ``ls``: left end of the baseline) at (x, y)."""
    ImageDraw.Draw(on).text(place, plain(text), fill=colour, font=font(size), anchor=anchor)


def paste(on: Pillow.Image, picture: Image, left: int, top: int) -> None:
    """Put a picture (H, W, 3) on another."""
    on.paste(Pillow.fromarray(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)), (left, top))


def finished(drawn: Pillow.Image) -> Image:
    """Return what was drawn as (H, W, 3), RGB in [0, 1]."""
    return np.asarray(drawn, np.float32) / np.float32(255)
