"""Sheets: many small pictures in rows and columns, each with its caption."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, log
from typing import NamedTuple

from PIL import Image as Pillow
from PIL import ImageDraw

from zoomdream.picture import text
from zoomdream.picture.panel import GROUND, HAIRLINE, INK, MARGIN, QUIET
from zoomdream.picture.text import RGB, canvas, finished, paste, shortened, write
from zoomdream.picture.warp import Image, resize

SMALLEST, LARGEST = 11, 20
"""Least and most height of the letters of a caption, in pixels."""
LETTERS_IN_TILE = 8
"""Heights of a letter in the width of a tile, between these."""
WIDEST_LABEL = 14
"""Heights of a letter that the label of a row may be wide."""
PROPORTION = 1.6
"""Width of a sheet over its height that is liked best."""


class Look(NamedTuple):
    """The colours of a sheet."""

    ground: RGB
    ink: RGB
    quiet: RGB
    line: RGB


LIGHT = Look(GROUND, INK, QUIET, HAIRLINE)
"""As panels look: for photographs and colours."""
DARK = Look((36, 37, 42), (226, 227, 231), (150, 152, 160), (66, 68, 75))
"""For tiles that are mostly black, among which white would dazzle."""


def sheet(
    tiles: Sequence[Image],
    captions: Sequence[str] = (),
    columns: int | None = None,
    *,
    rows: Sequence[str] = (),
    title: str | None = None,
    look: Look = LIGHT,
) -> Image:
    """Return pictures in rows, left to right and top to bottom, each as large as it is.

    The cell of a tile is as high and as wide as the highest and the widest of them; a smaller one stands at its lower
    left, above its caption.

    Args:
        tiles: (h, w, 3), RGB in [0, 1]; at least one.
        captions: what stands beneath each, or nothing; a second line is smaller and quieter. Cut where too long.
        columns: how many tiles are beside each other; as many as make a well-proportioned sheet if not given.
        rows: what stands left of each row, or nothing.
        title: what stands above all.
    """
    count = columns or _columns(tiles)
    plan = _Plan.of(tiles, captions, rows, count, title is not None)
    drawn = canvas(*plan.size, look.ground)
    if title:
        room = plan.size[1] - 2 * MARGIN
        heading = shortened(title, plan.heading, room)
        write(drawn, (MARGIN, MARGIN + plan.heading), heading, plan.heading, look.ink)
    for row, label in enumerate(rows):
        _, top = plan.place(row * count)
        place = (MARGIN, top + plan.cell[0] / 2)
        write(drawn, place, shortened(label, plan.letters, plan.beside), plan.letters, look.ink, "lm")
    for number, tile in enumerate(tiles):
        caption = captions[number] if captions else ""
        _draw_tile(drawn, tile, caption, plan, plan.place(number), look)
    return finished(drawn)


def enlarged(tile: Image, least: int) -> Image:
    """Return a small picture (h, w, 3), its pixels repeated until its longer side has at least so many."""
    factor = max(1, ceil(least / max(tile.shape[:2])))
    return tile.repeat(factor, axis=0).repeat(factor, axis=1)


def within(picture: Image, most: int) -> Image:
    """Return a picture (h, w, 3) at the size at which its longer side has so many pixels."""
    factor = most / max(picture.shape[:2])
    return resize(picture, (max(1, round(picture.shape[0] * factor)), max(1, round(picture.shape[1] * factor))))


def _columns(tiles: Sequence[Image]) -> int:
    """Return the number of columns that leaves few places empty and comes near to the best proportion."""
    height, width = (max(tile.shape[axis] for tile in tiles) for axis in (0, 1))

    def ugliness(columns: int) -> float:
        rows = ceil(len(tiles) / columns)
        return abs(log(columns * width / (rows * height) / PROPORTION)) + (rows * columns - len(tiles)) / columns

    return min(range(1, len(tiles) + 1), key=ugliness)


@dataclass(frozen=True)
class _Plan:
    """Where things are, in pixels.

    Attributes:
        cell: (height, width) of the room of a tile.
        lines: of a caption.
        label: width of the widest label of a row, in heights of a letter; 0 if there is none.
    """

    cell: tuple[int, int]
    count: int
    columns: int
    lines: int
    label: float
    titled: bool

    @classmethod
    def of(
        cls, tiles: Sequence[Image], captions: Sequence[str], rows: Sequence[str], columns: int, titled: bool
    ) -> "_Plan":
        cell = (max(tile.shape[0] for tile in tiles), max(tile.shape[1] for tile in tiles))
        lines = max((min(2, len(caption.splitlines())) for caption in captions), default=0)
        label = max((text.width(label, 100) / 100 for label in rows), default=0.0)
        return cls(cell, len(tiles), columns, lines, min(label, WIDEST_LABEL), titled)

    @cached_property
    def letters(self) -> int:
        """Height of the letters of a caption."""
        return min(LARGEST, max(SMALLEST, round(self.cell[1] / LETTERS_IN_TILE)))

    @property
    def small(self) -> int:
        """Height of the letters of its second line."""
        return max(SMALLEST - 1, round(0.85 * self.letters))

    @property
    def heading(self) -> int:
        """Height of the letters of the title."""
        return round(max(18, 1.25 * self.letters))

    @property
    def beside(self) -> int:
        """Width of the labels of rows."""
        return ceil(1.1 * self.label * self.letters)  # small letters are a little wider than large ones made small

    @property
    def beneath(self) -> int:
        """Height of a caption."""
        return round((0.4 * self.letters + 1.25 * self.letters * self.lines) if self.lines else 0)

    @property
    def gap(self) -> tuple[int, int]:
        """Between two rows and two columns: less than a caption is high, so that it belongs to what is above it."""
        across = max(4, round(0.6 * self.letters))
        return (round(0.9 * self.letters) if self.lines else across), across

    @property
    def left(self) -> int:
        return MARGIN + (self.beside + self.letters if self.label else 0)

    @property
    def top(self) -> int:
        return MARGIN + (round(2 * self.heading) if self.titled else 0)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the sheet."""
        rows = ceil(self.count / self.columns)
        height = rows * (self.cell[0] + self.beneath + self.gap[0]) - self.gap[0]
        width = self.columns * (self.cell[1] + self.gap[1]) - self.gap[1]
        return self.top + height + MARGIN, self.left + width + MARGIN

    def place(self, number: int) -> tuple[int, int]:
        """Return (left, top) of a cell."""
        row, column = divmod(number, self.columns)
        return (
            self.left + column * (self.cell[1] + self.gap[1]),
            self.top + row * (self.cell[0] + self.beneath + self.gap[0]),
        )


def _draw_tile(drawn: Pillow.Image, tile: Image, caption: str, plan: _Plan, place: tuple[int, int], look: Look) -> None:
    left, top = place
    height, width = tile.shape[:2]
    y = top + plan.cell[0] - height
    ImageDraw.Draw(drawn).rectangle((left - 1, y - 1, left + width, y + height), outline=look.line)
    paste(drawn, tile, left, y)
    baseline = top + plan.cell[0] + 0.2 * plan.letters
    styles = ((plan.letters, look.ink), (plan.small, look.quiet))
    for line, (size, colour) in zip(caption.splitlines(), styles, strict=False):
        baseline += 1.15 * plan.letters
        write(drawn, (left, baseline), shortened(line, size, plan.cell[1]), size, colour)
