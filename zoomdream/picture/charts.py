"""Charts made of pictures: the contact sheet."""

from collections.abc import Sequence
from math import ceil

import numpy as np

from zoomdream.picture.warp import Image, resize


def contact_sheet(pictures: Sequence[Image], columns: int, size: tuple[int, int], gap: int = 4) -> Image:
    """Return pictures (H, W, 3) in rows, each shown at ``size`` (height, width), with a black gap between them."""
    height, width = size
    rows = ceil(len(pictures) / columns)
    sheet = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), np.float32)
    for number, picture in enumerate(pictures):
        top, left = number // columns * (height + gap), number % columns * (width + gap)
        sheet[top : top + height, left : left + width] = resize(picture, size)
    return sheet
