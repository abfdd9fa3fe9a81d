"""Bars: how sure a network is of each class, beside the picture."""

from collections.abc import Sequence

from PIL import Image as Pillow
from PIL import ImageDraw

from zoomdream.picture.panel import GROUND, INK, MARGIN, QUIET, tile_size
from zoomdream.picture.text import RGB, canvas, finished, paste, shortened, write
from zoomdream.picture.text import width as text_width
from zoomdream.picture.warp import Image, resize

COLOUR: RGB = (52, 108, 176)
TRACK: RGB = (236, 236, 239)
WIDTH = 420
"""Width of a chart in pixels."""
ROW, LEAST_ROW = 60, 36
"""Pixels that a class takes where there is room, and at least."""
FINER = 4
"""Bars are drawn this many times larger, for crisp ends."""


def bars(labels: Sequence[str], probabilities: Sequence[float], height: int) -> Image:
    """Return a horizontal bar chart (height, :data:`WIDTH`, 3), in the middle of the height.

    Args:
        labels: one for each bar, shortened where it is too long.
        probabilities: in [0, 1], the length of each bar.
    """
    drawn = canvas(height, WIDTH, GROUND)
    row = min(ROW, height / max(1, len(labels)))
    first = (height - row * len(labels)) / 2
    for number, (label, share) in enumerate(zip(labels, probabilities, strict=True)):
        _draw_row(drawn, label, share, first + number * row, row)
    return finished(drawn)


def with_bars(picture: Image, labels: Sequence[str], probabilities: Sequence[float]) -> Image:
    """Return a picture (H, W, 3) with a bar for each label beside it, both on one ground."""
    height, width = tile_size(picture.shape[0], picture.shape[1])
    tall = max(height, LEAST_ROW * len(labels))
    drawn = canvas(tall + 2 * MARGIN, width + WIDTH + 3 * MARGIN, GROUND)
    paste(drawn, resize(picture, (height, width)), MARGIN, MARGIN + (tall - height) // 2)
    paste(drawn, bars(labels, probabilities, tall), width + 2 * MARGIN, MARGIN)
    return finished(drawn)


def _draw_row(drawn: Pillow.Image, label: str, share: float, top: float, row: float) -> None:
    """Draw a label and its percentage, and the bar below them."""
    size = 0.33 * row
    baseline, thick = top + 0.44 * row, max(2, round(0.17 * row))
    percent = _percent(share)
    room = WIDTH - text_width(percent, size) - size
    write(drawn, (0, baseline), shortened(label, size, room), size, INK)
    write(drawn, (WIDTH, baseline), percent, size, QUIET, "rs")
    _draw_bar(drawn, round(top + 0.6 * row), thick, WIDTH, TRACK)
    _draw_bar(drawn, round(top + 0.6 * row), thick, share * WIDTH, COLOUR)


def _draw_bar(drawn: Pillow.Image, top: int, thick: int, long: float, colour: RGB) -> None:
    mask = Pillow.new("L", (WIDTH * FINER, thick * FINER))
    whole = (0, 0, WIDTH * FINER - 1, thick * FINER - 1)
    ImageDraw.Draw(mask).rounded_rectangle(whole, 0.25 * thick * FINER, 255)
    mask.paste(0, (round(long * FINER), 0, WIDTH * FINER, thick * FINER))
    drawn.paste(colour, (0, top), mask.resize((WIDTH, thick), Pillow.Resampling.BOX))


def _percent(share: float) -> str:
    """Return a probability as it is read; one that is not 0 is never shown as 0.

    >>> _percent(0.71), _percent(0.0831), _percent(0.0002), _percent(0.0), _percent(0.9999)
    ('71.0%', '8.3%', '< 0.1%', '0.0%', '> 99.9%')
    """
    if 0 < share < 0.0005:
        return "< 0.1%"
    return "> 99.9%" if 0.9995 <= share < 1 else f"{share:.1%}"
