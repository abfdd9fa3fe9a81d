"""How a film begins: noise, a plain colour, a photograph, or a small picture that unfolds."""

from collections.abc import Iterator

import numpy as np

from zoomdream.chance import generator
from zoomdream.film.settings import Start
from zoomdream.picture.warp import Image, Size, resize


def first_picture(start: Start, size: Size, seed: int, photograph: Image | None = None) -> Image:
    """Return the first picture (height, width, 3) for a size (height, width)."""
    if start.kind == "image" and photograph is not None:
        return cover(photograph, size)
    if start.kind == "colour":
        plain = np.array([int(start.colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)
        return np.asarray(np.clip(_noise(size, seed, 1, 0.004) + plain, 0, 1), np.float32)
    return noise(size, seed, 0)


def noise(size: Size, seed: int, number: int) -> Image:
    """Return noise (height, width, 3) of several scales around grey, another one for each number."""
    coarse = sum(resize(_noise(size, seed, cells, 0.05, number), size) for cells in (8, 24, 72))
    return np.asarray(np.clip(coarse + _noise(size, seed, 1, 0.04, number) + 0.45, 0, 1), np.float32)


def _noise(size: Size, seed: int, cells: int, spread: float, number: int = 0) -> Image:
    """Return Gaussian noise: for 1 one value per pixel, else with that many values along the height."""
    height, width = size if cells == 1 else (cells, max(1, round(cells * size[1] / size[0])))
    return generator(seed, "noise", number, cells).normal(0, spread, (height, width, 3)).astype(np.float32)


def cover(picture: Image, size: Size) -> Image:
    """Return the picture scaled to fill (height, width), its middle kept where the shapes differ."""
    height, width = size
    factor = max(height / picture.shape[0], width / picture.shape[1])
    scaled = resize(
        picture, (max(height, round(picture.shape[0] * factor)), max(width, round(picture.shape[1] * factor)))
    )
    top, left = (scaled.shape[0] - height) // 2, (scaled.shape[1] - width) // 2
    return np.clip(scaled[top : top + height, left : left + width], 0, 1)


def growing_sizes(start: Start, size: Size) -> Iterator[Size]:
    """Yield (height, width) from `small` lines, at most the full height, to the full size, evenly in scale."""
    small = min(start.small, size[0])
    for step in range(start.growth):
        height = small * (size[0] / small) ** (step / (start.growth - 1))
        yield max(1, round(height)), max(1, round(height * size[1] / size[0]))
