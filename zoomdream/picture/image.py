"""Pictures from and to files: float32 arrays (H, W, 3), RGB in [0, 1]."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps
from PIL.PngImagePlugin import PngInfo

from zoomdream.errors import BadInput
from zoomdream.picture.warp import Image

Levels = NDArray[np.uint8]

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm")
MOST_PIXELS = 64_000_000
"""Pixels that a picture may hold, unless ``ZOOMDREAM_MEGAPIXELS`` in the environment says otherwise."""
MOST_MEGAPIXELS = 178
"""What that can be raised to: Pillow itself takes no more."""
JPEG_QUALITY = 95
"""At Pillow's own 75 the fine texture of a dream becomes blocks."""
LONGEST_COMMENT = 65533
"""Bytes that a JPEG's comment can hold."""
GREY = 127
"""What shows through a transparent picture."""


def load_image(path: Path, least: int | None = None) -> Image:
    """Return the picture in a file, upright, alpha laid over grey.

    Args:
        least: pixels that both sides need at least: a larger JPEG is read smaller, which is several times as fast.

    Raises:
        BadInput: the file is missing, is no picture, is damaged or holds more than :func:`most_pixels`.
    """
    with open_picture(path) as opened:
        if least:
            opened.draft(None, (least, least))
        return _rgb(ImageOps.exif_transpose(opened))


def save_image(path: str | Path, image: Image, note: str | None = None) -> None:
    """Write the picture (H, W, 3) or (H, W, 4), rounded to 8 bits; the format follows the name.

    It is encoded first: Pillow does not notice where a file takes only a part of what it writes.

    Args:
        note: ASCII text to be kept as the file's comment: in a .png, or a .jpg where it is short enough.
    """
    save_levels(path, as_levels(image), note)


def as_levels(image: Image) -> Levels:
    """Return the picture rounded to levels of 0 to 255."""
    return np.asarray(np.rint(np.clip(image, 0, 1) * 255), np.uint8)


def save_levels(path: str | Path, levels: Levels, note: str | None = None) -> None:
    """Write a picture (H, W, 3) or (H, W, 4) of levels of 0 to 255, as :func:`save_image` does."""
    path = Path(path)
    suffix = path.suffix.lower()
    options = _jpeg(note) if suffix in (".jpg", ".jpeg") else _png(note) if suffix == ".png" else {}
    path.write_bytes(iio.imwrite("<bytes>", levels, extension=suffix, **options))


def read_note(path: Path) -> str | None:
    """Return what :func:`save_image` was given to keep in a .png; ``None`` where there is nothing.

    Raises:
        BadInput: the file is missing, is no picture or holds more than :func:`most_pixels`.
    """
    with open_picture(path) as opened:
        note = opened.info.get("Comment")
    return note if isinstance(note, str) else None


def _jpeg(note: str | None) -> dict[str, Any]:
    commented = {"comment": note} if note and len(note) <= LONGEST_COMMENT else {}
    return {"quality": JPEG_QUALITY, **commented}


def _png(note: str | None) -> dict[str, Any]:
    if note is None:
        return {}
    chunks = PngInfo()
    chunks.add_text("Comment", note)
    return {"pnginfo": chunks}


@contextmanager
def open_picture(path: Path, most: int | None = None) -> Iterator[Pillow.Image]:
    """Give the picture in a file as Pillow sees it, the first one of an animation; nothing is decoded yet.

    Every picture is opened here: an ordinary file, in one of our formats, and not too large.

    Args:
        most: pixels that it may hold, :func:`most_pixels` if not given.

    Raises:
        BadInput: that is not so, or it shows to be damaged while it is used.
    """
    with _open(path) as opened:
        if opened.width * opened.height > (most or most_pixels()):
            raise _too_large(path)
        try:
            yield opened
        except BadInput:
            raise
        except Exception as why:  # whatever a damaged file can make Pillow raise
            raise BadInput(f"{path} is damaged and cannot be read as a picture ({why}).") from why


def most_pixels() -> int:
    """Return how many pixels a picture may hold.

    Raises:
        BadInput: ``ZOOMDREAM_MEGAPIXELS`` says something that is no such number.
    """
    text = os.environ.get("ZOOMDREAM_MEGAPIXELS")
    if text is None:
        return MOST_PIXELS
    if not (text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MOST_MEGAPIXELS):
        raise BadInput(f"ZOOMDREAM_MEGAPIXELS is a whole number from 1 to {MOST_MEGAPIXELS}, not {text!r}.")
    return int(text) * 10**6


def _open(path: Path) -> Pillow.Image:
    try:
        if stat.S_ISREG(path.stat().st_mode):
            return Pillow.open(path, formats=FORMATS)
    except FileNotFoundError as why:
        raise BadInput(f"There is no picture at {path}.") from why
    except PermissionError as why:
        raise BadInput(f"{path} may not be read.") from why
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as why:
        raise _too_large(path) from why
    except Exception as why:  # whatever a strange name or file can make Pillow raise
        raise BadInput(f"{path} is not a picture that can be read here; {', '.join(FORMATS)} are.") from why
    raise BadInput(f"{path} is {'a folder' if path.is_dir() else 'no ordinary file'}, not a picture.")


def _too_large(path: Path) -> BadInput:
    return BadInput(
        f"{path} holds more than {most_pixels() // 10**6} million pixels; "
        f"ZOOMDREAM_MEGAPIXELS in the environment raises that, to {MOST_MEGAPIXELS} at most."
    )


def _rgb(picture: Pillow.Image) -> Image:
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        values = np.nan_to_num(np.asarray(picture, np.float32), posinf=0, neginf=0)
        top = max(float(values.max()), 1.0) if picture.mode == "F" else 65535.0
        return np.stack([np.asarray(np.clip(values / top, 0, 1), np.float32)] * 3, axis=2)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        under = Pillow.new("RGBA", picture.size, (GREY, GREY, GREY, 255))
        picture = Pillow.alpha_composite(under, picture)
    return np.asarray(picture.convert("RGB"), np.float32) / np.float32(255)
