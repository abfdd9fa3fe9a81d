"""One pass of a style's painter over a picture of any size."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import keras
import numpy as np

from zoomdream.errors import BadInput
from zoomdream.network.backend import trace
from zoomdream.picture.warp import Image
from zoomdream.still.faststyle.painter import STRIDE
from zoomdream.still.faststyle.shelf import find_style
from zoomdream.still.faststyle.style_file import load_painter
from zoomdream.still.faststyle.tiles import Tiled

MOST = 2048 * 2048
"""Pixels up to which a picture is painted whole; more takes gigabytes of memory."""
LEAST = 16
"""Pixels that each side is extended to at least, so that its reflection is there."""


@dataclass(frozen=True, eq=False)
class Style:
    """A style that has been learnt.

    Attributes:
        name: of its file.
        model: the painter.
        made: what it was made by.
        most: pixels up to which a picture is painted whole.
    """

    name: str
    model: keras.Model
    made: dict[str, Any]
    most: int = MOST

    def paint(self, image: Image) -> Image:
        """Return the picture (H, W, 3), RGB in [0, 1], in this style, at its own size.

        Raises:
            BadInput: it is no picture.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype.kind != "f" or 0 in image.shape:
            raise BadInput(f"A picture is an array (H, W, 3) of floats in [0, 1], not {image.shape} of {image.dtype}.")
        height, width = image.shape[:2]
        whole = np.asarray(_extended(image), np.float32)
        painted = self._tiled(whole) if height * width > self.most else self._run(picture=whole[None])[0].numpy()[0]
        return np.clip(painted[:height, :width], 0, 1)

    @cached_property
    def _run(self) -> Any:
        return trace(lambda picture: [self.model(picture, training=False)], {"picture": (1, None, None, 3)})

    @cached_property
    def _tiled(self) -> Tiled:
        return Tiled(self.model)


def load_style(name: str | Path) -> Style:
    """Return a style by its name, ``dusk`` or ``reef``, or by the path of a ``.keras`` file.

    Raises:
        BadInput: there is no such style, or the file is none.
    """
    path = find_style(name)
    return Style(path.stem, *load_painter(path))


def stylise(style: Style | str | Path, image: Image) -> Image:
    """Return a picture (H, W, 3), RGB in [0, 1], painted in a style in one pass, at its own size.

    Args:
        style: what :func:`load_style` or :func:`train_style` gave, or a name or path; the last few files are kept, and
            read anew where they have changed.
        image: (H, W, 3), RGB in [0, 1], of any size; a large one is painted in tiles, which cannot be seen.

    Raises:
        BadInput: there is no such style, or the file is none, or this is no picture.
    """
    return (style if isinstance(style, Style) else _kept(find_style(style))).paint(image)


def _kept(path: Path) -> Style:
    facts = path.stat()
    return _loaded(path.absolute(), facts.st_mtime_ns, facts.st_size, facts.st_ino)


@lru_cache(maxsize=4)
def _loaded(path: Path, *version: int) -> Style:
    return load_style(path)


def _extended(image: Image) -> Image:
    """Return the picture reflected to the right and below, to sides that the painter takes."""
    more = [(0, max(LEAST, -(-side // STRIDE) * STRIDE) - side) for side in image.shape[:2]]
    return np.pad(image, [*more, (0, 0)], mode="reflect")
