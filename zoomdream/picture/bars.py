"""Bars: how sure a network is of each class, beside the picture."""

from collections.abc import Sequence

from PIL import ImageDraw

from zoomdream.picture.panel import GROUND, INK, MARGIN, QUIET, tile_size
from zoomdream.picture.text import RGB, canvas, finished, paste, shortened, write
from zoomdream.picture.warp import Image, resize

COLOUR: RGB = (59, 111, 181)
TRACK: RGB = (232, 230, 225)
WIDTH, SIZE, THICK = 420, 20, 12
"""Pixels: width of the chart, of its letters, and thickness of a bar."""


def with_bars(picture: Image, labels: Sequence[str], shares: Sequence[float]) -> Image:
    """Return a picture (H, W, 3) with horizontal bars beside it, one for each label.

    Args:
        shares: in [0, 1], the length of each bar.
    """
    height, width = tile_size(picture.shape[0], picture.shape[1])
    pitch = 62
    tall = max(height, pitch * len(labels))
    drawn = canvas(tall + 2 * MARGIN, width + WIDTH + 3 * MARGIN, GROUND)
    paste(drawn, resize(picture, (height, width)), MARGIN, MARGIN + (tall - height) // 2)
    left = width + 2 * MARGIN
    first = MARGIN + (tall - pitch * len(labels)) / 2
    brush = ImageDraw.Draw(drawn)
    for number, (label, share) in enumerate(zip(labels, shares, strict=True)):
        base = first + number * pitch + 26
        percent = f"{share:.1%}".replace("%", " %")
        write(drawn, (left, base), shortened(label, SIZE, WIDTH - 90), SIZE, INK)
        write(drawn, (left + WIDTH, base), percent, SIZE - 2, QUIET, "rs")
        box = (left, base + 10, left + WIDTH, base + 10 + THICK)
        brush.rounded_rectangle(box, 3, TRACK)
        if share * WIDTH >= 1:
            brush.rounded_rectangle((*box[:2], left + share * WIDTH, box[3]), 3, COLOUR)
    return finished(drawn)
