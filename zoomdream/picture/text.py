"""Words in pictures, in the font that comes with Pillow."""

from functools import cache

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from zoomdream.picture.warp import Image

RGB = tuple[int, int, int]


@cache
def font(size: float) -> ImageFont.FreeTypeFont:
    """Return the font at a size in pixels."""
    return ImageFont.load_default(size)  # type: ignore[return-value]  # without FreeType, which every wheel has


def width(text: str, size: float) -> float:
    """Return how wide a line of text is, in pixels."""
    return font(size).getlength(text)


def shortened(text: str, size: float, room: float) -> str:
    """Return the text, cut with an ellipsis where it is wider than the room in pixels."""
    if width(text, size) <= room:
        return text
    while text and width(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def canvas(height: int, width: int, colour: RGB) -> Pillow.Image:
    """Return an empty picture to draw on."""
    return Pillow.new("RGB", (width, height), colour)


def write(
    on: Pillow.Image, place: tuple[float, float], text: str, size: float, colour: RGB, anchor: str = "ls"
) -> None:
    """Write a line with its anchor (Pillow's, e.g. ``ls``: left end of the baseline) at (x, y)."""
    ImageDraw.Draw(on).text(place, text, fill=colour, font=font(size), anchor=anchor)


def paste(on: Pillow.Image, picture: Image, left: int, top: int) -> None:
    """Put a picture (H, W, 3) on another."""
    on.paste(Pillow.fromarray(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)), (left, top))


def finished(drawn: Pillow.Image) -> Image:
    """Return what was drawn as (H, W, 3), RGB in [0, 1]."""
    return np.asarray(drawn, np.float32) / np.float32(255)
