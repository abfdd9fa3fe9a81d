"""Panels: pictures of one kind side by side, with captions and a colour scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor, log, log10
from typing import NamedTuple

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from zoomdream.picture import text
from zoomdream.picture.colormaps import paint
from zoomdream.picture.text import RGB, canvas, finished, paste, shortened, write
from zoomdream.picture.warp import Image, resize

GROUND: RGB = (255, 255, 255)
"""White: a panel has no edge on paper, and is a card on a dark page."""
INK: RGB = (32, 33, 38)
QUIET: RGB = (104, 106, 114)
HAIRLINE: RGB = (222, 222, 226)
TICK: RGB = (150, 152, 160)
MARGIN = 28
"""Pixels around everything."""
SHORTEST, LONGEST = 320, 640
"""Least and most of the long side of a tile, in pixels."""
PAGE = 1920
"""Pixels that several tiles side by side may take together, as far as each keeps its least size."""
PROPORTION = 2.2
"""Width of a panel over its height that is liked best."""
LETTERS_ACROSS = 66
"""Heights of a letter in the width of a panel, so that any panel can be read when it is shown as wide as a page."""
SMALLEST = 16
"""Least height of letters, in pixels."""


class Tile(NamedTuple):
    """A picture (H, W, 3) and what stands beneath it."""

    picture: Image
    caption: str


class ColourScale(NamedTuple):
    """What the colours of the maps mean: from 0, or −limit, to limit."""

    limit: float
    signed: bool
    colormap: str | None = None

    @property
    def least(self) -> float:
        """The value at the scale's lower end."""
        return -self.limit if self.signed else 0.0


def panel(tiles: Sequence[Tile], scale: ColourScale | None = None, title: str | None = None) -> Image:
    """Return pictures of one size in rows, each with its caption, and at the right the colour scale if there is one."""
    plan = _Plan.of(tiles)
    ticks = _ticks(scale, ceil(plan.grid_height / (3.5 * plan.size))) if scale else []
    beside = round(plan.scale_left + max(text.width(tick, plan.small) for _, tick in ticks)) if ticks else 0
    top = MARGIN + (round(2.2 * plan.size) if title else 0)
    drawn = canvas(top + plan.grid_height + plan.line + MARGIN, 2 * MARGIN + plan.grid_width + beside, GROUND)
    if title:
        baseline = MARGIN + round(1.05 * plan.size)
        size = 1.25 * plan.size
        write(drawn, (MARGIN, baseline), shortened(title, size, plan.grid_width + beside), size, INK)
    for number, tile in enumerate(tiles):
        _draw_tile(drawn, tile, plan, *plan.place(number, top))
    if scale:
        _draw_scale(drawn, scale, ticks, plan, top)
    return finished(drawn)


def tile_size(height: int, width: int, columns: int = 1) -> tuple[int, int]:
    """Return (height, width) at which a picture is shown: neither tiny nor huge, and as it is where it can be.

    A small one grows by a whole factor, which keeps the pixels of a map alike.

    >>> tile_size(3000, 4000), tile_size(300, 451), tile_size(224, 224), tile_size(100, 1000)
    ((480, 640), (300, 451), (448, 448), (64, 640))
    >>> tile_size(3000, 4000, columns=5)
    (288, 384)
    """
    long = max(height, width)
    most = max(SHORTEST / long, min(LONGEST / long, PAGE / columns / width))
    factor = min(most, max(1, ceil(SHORTEST / long)))
    return max(1, round(height * factor)), max(1, round(width * factor))


@dataclass(frozen=True)
class _Plan:
    """Where things are, in pixels.

    Attributes:
        tile: (height, width) of a picture.
        size: height of the letters, which everything between the tiles goes by.
    """

    tile: tuple[int, int]
    rows: int
    columns: int

    @classmethod
    def of(cls, tiles: Sequence[Tile]) -> "_Plan":
        height, width = tiles[0].picture.shape[:2]
        columns = _columns(len(tiles), height, width)
        return cls(tile_size(height, width, columns), ceil(len(tiles) / columns), columns)

    @cached_property
    def size(self) -> int:
        return max(SMALLEST, round(self.columns * self.tile[1] / LETTERS_ACROSS))

    @property
    def small(self) -> int:
        return round(0.85 * self.size)

    @property
    def gap(self) -> int:
        return round(1.1 * self.size)

    @property
    def line(self) -> int:
        """Height of a caption."""
        return round(1.55 * self.size)

    @property
    def cell_width(self) -> int:
        """A tall and narrow picture leaves room for its caption."""
        return max(self.tile[1], 8 * self.size)

    @property
    def grid_width(self) -> int:
        return self.columns * (self.cell_width + self.gap) - self.gap

    @property
    def grid_height(self) -> int:
        """From the top of the first row of pictures to the bottom of the last one."""
        return self.rows * self.tile[0] + (self.rows - 1) * (self.line + self.gap)

    @property
    def bar(self) -> int:
        """Width of the colour scale."""
        return round(0.75 * self.size)

    @property
    def scale_left(self) -> int:
        """From the last tile to the numbers of the colour scale."""
        return self.gap + self.bar + round(0.7 * self.size)

    def place(self, number: int, top: int) -> tuple[int, int]:
        """Return (left, top) of a tile."""
        row, column = divmod(number, self.columns)
        return MARGIN + column * (self.cell_width + self.gap), top + row * (self.tile[0] + self.line + self.gap)


def _columns(count: int, height: int, width: int) -> int:
    """Return the number of columns that leaves few places empty and makes the panel about as wide as a page."""

    def ugliness(columns: int) -> float:
        rows = ceil(count / columns)
        shape = abs(log(columns * width / (rows * height) / PROPORTION))
        return shape + (rows * columns - count) / columns

    return min(range(1, count + 1), key=ugliness)


def _draw_tile(drawn: Pillow.Image, tile: Tile, plan: _Plan, left: int, top: int) -> None:
    height, width = plan.tile
    _frame(drawn, left, top, height, width)
    paste(drawn, resize(tile.picture, plan.tile), left, top)
    caption = shortened(tile.caption, plan.size, plan.cell_width)
    write(drawn, (left, top + height + round(1.3 * plan.size)), caption, plan.size, INK)


def _draw_scale(
    drawn: Pillow.Image, scale: ColourScale, ticks: Sequence[tuple[float, str]], plan: _Plan, top: int
) -> None:
    left, height = MARGIN + plan.grid_width + plan.gap, plan.grid_height
    values = np.linspace(scale.limit, scale.least, height, dtype=np.float32)[:, None]
    _frame(drawn, left, top, height, plan.bar)
    paste(drawn, np.repeat(paint(values, scale.limit, scale.signed, scale.colormap), plan.bar, 1), left, top)
    brush = ImageDraw.Draw(drawn)
    for place, number in ticks:
        y = top + round((1 - place) * (height - 1))
        brush.line((left + plan.bar, y, left + plan.bar + round(0.25 * plan.size), y), TICK, max(1, plan.size // 16))
        write(drawn, (MARGIN + plan.grid_width + plan.scale_left, y), number, plan.small, QUIET, "lm")


def _frame(drawn: Pillow.Image, left: int, top: int, height: int, width: int) -> None:
    """Draw the line around a picture that tells it from the ground where both are light."""
    ImageDraw.Draw(drawn).rectangle((left - 1, top - 1, left + width, top + height), outline=HAIRLINE)


def _ticks(scale: ColourScale, most: int) -> list[tuple[float, str]]:
    """Return (place in [0, 1], number) of the round values of a scale: 0, and at least one more on each side.

    The scale is at most ``most`` steps long; 3 to 5, as fewer could leave 0 alone.
    """
    step = _step((scale.limit - scale.least) / (5 if scale.signed else min(5, max(3, most))))
    first, last = ceil(scale.least / step - 1e-6), floor(scale.limit / step + 1e-6)
    values = [number * step for number in range(first, last + 1)]
    return [
        ((value - scale.least) / (scale.limit - scale.least), _number(value, step, scale.signed)) for value in values
    ]


def _step(least: float) -> float:
    """Return the next of … 0.1, 0.2, 0.5, 1, 2, 5, 10 … that is no smaller."""
    unit = 10.0 ** floor(log10(least))
    return next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= least * (1 - 1e-9))


def _number(value: float, step: float, signed: bool) -> str:
    """Return a number with the decimals that its step needs.

    >>> [_number(value, 0.5, signed=True) for value in (-0.5, 0.0, 1.0)], _number(3e-7, 1e-7, signed=False)
    (['-0.5', '0', '+1.0'], '3e-7')
    """
    if abs(value) < step / 2:
        return "0"
    sign = "+" if signed else "-"
    if 1e-4 <= step < 1e6:
        return f"{value:{sign}.{max(0, -floor(log10(step * (1 + 1e-9))))}f}"
    mantissa, exponent = f"{value:{sign}.6e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
