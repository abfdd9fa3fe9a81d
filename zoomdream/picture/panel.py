"""Panels: pictures of one kind side by side, with captions and a colour scale."""

from collections.abc import Sequence
from math import ceil, log
from typing import NamedTuple

import numpy as np

from zoomdream.picture.colormaps import paint
from zoomdream.picture.text import RGB, canvas, finished, paste, shortened, write
from zoomdream.picture.warp import Image, resize

GROUND: RGB = (250, 249, 246)
INK: RGB = (38, 39, 45)
QUIET: RGB = (120, 122, 130)
GAP, MARGIN, LINE, SIZE = 20, 28, 34, 17
"""Pixels between tiles, around them, for a caption, and of its letters."""
SHORTEST, LONGEST = 320, 640
"""Least short side and largest long side of a tile, in pixels."""
PROPORTION = 2.2
"""Width of a panel over its height that is liked best."""
BAR = 14
"""Width of the colour scale."""


class Tile(NamedTuple):
    """A picture (H, W, 3) and what stands beneath it."""

    picture: Image
    caption: str


class ColourScale(NamedTuple):
    """What the colours of the maps mean: from 0, or −limit, to limit."""

    limit: float
    signed: bool
    colormap: str | None = None


def panel(tiles: Sequence[Tile], scale: ColourScale | None = None) -> Image:
    """Return pictures of one size in rows, each with its caption, and at the right the colour scale if there is one."""
    height, width = tile_size(tiles[0].picture.shape[0], tiles[0].picture.shape[1])
    columns = _columns(len(tiles), height, width)
    rows = ceil(len(tiles) / columns)
    beside = _scale_width(scale) if scale else 0
    whole_width = 2 * MARGIN + columns * (width + GAP) - GAP + beside
    drawn = canvas(2 * MARGIN + rows * (height + LINE + GAP) - GAP, whole_width, GROUND)
    for number, tile in enumerate(tiles):
        left = MARGIN + number % columns * (width + GAP)
        top = MARGIN + number // columns * (height + LINE + GAP)
        paste(drawn, resize(tile.picture, (height, width)), left, top)
        write(drawn, (left, top + height + 0.75 * LINE), shortened(tile.caption, SIZE, width), SIZE, INK)
    if scale:
        _draw_scale(drawn, scale, whole_width - MARGIN - beside + GAP, MARGIN, height)
    return finished(drawn)


def tile_size(height: int, width: int) -> tuple[int, int]:
    """Return (height, width) at which a picture is shown: neither tiny nor huge.

    >>> tile_size(3000, 4000), tile_size(224, 224), tile_size(100, 1000)
    ((480, 640), (320, 320), (64, 640))
    """
    factor = min(max(1.0, SHORTEST / min(height, width)), LONGEST / max(height, width))
    return max(1, round(height * factor)), max(1, round(width * factor))


def _columns(count: int, height: int, width: int) -> int:
    """Return the number of columns that leaves few places empty and makes the panel about as wide as a page."""

    def ugliness(columns: int) -> float:
        rows = ceil(count / columns)
        shape = abs(log(columns * width / (rows * height) / PROPORTION))
        return shape + (rows * columns - count) / columns

    return min(range(1, count + 1), key=ugliness)


def _ticks(scale: ColourScale) -> list[tuple[float, str]]:
    """Return (height in [0, 1], number) for the scale."""
    places = [(1.0, scale.limit), (0.5, 0.0), (0.0, -scale.limit)] if scale.signed else [(1.0, scale.limit), (0.0, 0.0)]
    return [(place, f"{value:.3g}") for place, value in places]


def _scale_width(scale: ColourScale) -> int:
    return GAP + BAR + 8 + round(SIZE * 0.62 * max(len(text) for _, text in _ticks(scale)))


def _draw_scale(drawn, scale: ColourScale, left: int, top: int, height: int) -> None:  # type: ignore[no-untyped-def]
    low = -scale.limit if scale.signed else 0.0
    values = np.linspace(scale.limit, low, height, dtype=np.float32)[:, None]
    paste(drawn, np.repeat(paint(values, scale.limit, scale.signed, scale.colormap), BAR, 1), left, top)
    for place, text in _ticks(scale):
        anchor = {1.0: "lt", 0.0: "lb"}.get(place, "lm")
        write(drawn, (left + BAR + 8, top + (1 - place) * height), text, SIZE - 2, QUIET, anchor)
