"""Maps drawn with the pictures themselves."""

from collections.abc import Callable
from math import floor
from pathlib import Path

import numpy as np

from zoomdream.errors import BadInput
from zoomdream.network.head import Size
from zoomdream.picture.fit import Fit, Mode
from zoomdream.picture.image import Levels, as_levels, load_image
from zoomdream.picture.sheet import DARK
from zoomdream.still.features.layout import Cells, Points, cloud, grid, grid_size
from zoomdream.still.features.map import PictureMap
from zoomdream.still.features.scan import ahead

PROPORTION = 1.5
"""Width of a grid over its height."""
EDGE = 0.02
"""Ground around a map, in parts of its longer side."""
LARGEST = 320
"""Most that the longer side of a thumbnail has, in pixels."""
GAP = 0.04
"""Ground between two thumbnails, in parts of a cell."""


def draw_map(found: PictureMap, size: Size, fit: Mode, layout: str, side: int) -> Levels:
    """Return a picture of a map (H, W, 3) in levels of 0 to 255, its longer side ``side`` pixels or less: every picture
    as the network saw it, none over another, as large as there is room for.

    Args:
        size: (height, width) that the network takes.
        fit: how the pictures come to its proportions.
        layout: ``cloud``, every picture near its own place; ``grid``, all in a grid.
    """
    cells, count = _laid_out(found.points * (1, -1), layout, size)
    edge = round(EDGE * side)
    height, width = _cell(count, size, side - 2 * edge)
    tile = (max(1, height - round(GAP * height)), max(1, width - round(GAP * width)))
    drawn = np.empty((count[1] * height + 2 * edge, count[0] * width + 2 * edge, 3), np.uint8)
    drawn[:] = DARK.ground
    for number, small in ahead(_reader(found, tile, fit), range(len(found.paths))):
        if small is not None:
            column, row = cells[number]
            left, top = edge + column * width, edge + row * height
            drawn[top : top + tile[0], left : left + tile[1]] = small
    return drawn


def _laid_out(points: Points, layout: str, size: Size) -> tuple[Cells, tuple[int, int]]:
    """Return the cells of points with y downwards, and how many columns and rows of cells there are."""
    slim = np.asarray([size[0] / size[1], 1.0])  # of wide pictures there are fewer beside each other
    if layout == "grid":
        count = grid_size(len(points), PROPORTION * slim[0])
        return grid(points, *count), count
    cells = cloud(points * slim)
    columns, rows = cells.max(0) + 1
    return cells, (int(columns), int(rows))


def _cell(count: tuple[int, int], size: Size, side: int) -> Size:
    """Return (height, width) of a cell, in the network's proportions, so that all of them fit into a square."""
    scale = min(side / (count[0] * size[1]), side / (count[1] * size[0]), LARGEST / max(size))
    return max(1, floor(scale * size[0])), max(1, floor(scale * size[1]))


def _reader(found: PictureMap, tile: Size, fit: Mode) -> Callable[[int], Levels | None]:
    """Return a function from the number of a picture to its thumbnail; ``None`` if it cannot be read any more."""

    def read(number: int) -> Levels | None:
        try:
            return _thumbnail(found.paths[number], tile, fit)
        except BadInput:
            return None

    return read


def _thumbnail(path: Path, tile: Size, fit: Mode) -> Levels:
    image = load_image(path, least=2 * max(tile))
    return as_levels(Fit((image.shape[0], image.shape[1]), tile, fit).to(image))
