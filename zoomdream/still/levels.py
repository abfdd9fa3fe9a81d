"""Levels: changes of a picture in whole steps of 1/255, as a file of 8 bits holds them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoomdream.picture.warp import Image

Levels = NDArray[np.uint8]
Change = NDArray[np.int16]
"""What is added to levels."""

TOP = 255
FINE = 1 << 16
"""Sizes of change that are told apart in rounding."""
HALVINGS = 48
"""Of the range in which the scale is sought: enough for neighbours among the sizes to be told apart."""


def to_levels(image: Image) -> Levels:
    """Return a picture's levels 0 to 255, those that :func:`save_image` writes."""
    return np.asarray(np.rint(np.clip(image, 0, 1) * TOP), np.uint8)


def from_levels(levels: NDArray[np.integer]) -> Image:
    """Return the picture, float32 in [0, 1], as :func:`load_image` reads it."""
    return np.asarray(levels, np.float32) / np.float32(TOP)


@dataclass(frozen=True)
class Room:
    """How far each value of a picture may go, in levels.

    Attributes:
        low: down, ≤ 0, of the picture's shape.
        high: up, ≥ 0.
        most: the furthest that any value may go.
    """

    low: Change
    high: Change
    most: int

    @classmethod
    def around(cls, levels: Levels, most: int = TOP) -> "Room":
        """Return the room within [0, 255] and within ``most`` levels of where the values are."""
        low, high = np.minimum(levels, most).astype(np.int16), np.minimum(TOP - levels, most).astype(np.int16)
        return cls(np.negative(low, out=low), high, most)

    def keep(self, change: NDArray[np.floating | np.integer]) -> None:
        """Move the change into the room, in place."""
        np.clip(change, self.low, self.high, out=change)

    def strongest(self, change: Image, length: float) -> Change:
        """Return whole levels along a change, in the room, with an L2 norm of at most ``length``."""
        levels = strongest_levels(change, length)
        self.keep(levels)
        return levels


def nearest_levels(change: Image) -> Change:
    """Return the change, each value rounded on its own: what was within whole bounds still is."""
    return np.asarray(np.rint(change), np.int16)


def strongest_levels(change: Image, length: float) -> Change:
    """Return whole levels along a change, as many as an L2 norm of at most ``length`` allows.

    Rounded one by one, small values would all become 0. Here the change is scaled first, so that after rounding it is
    as long as may be. That is also the best there is: a value's k-th level adds 2k − 1 to the square of the length,
    levels go where |change| is most for that price, and Σ change·levels is the largest for their length.
    """
    size = np.abs(change)
    top = float(size.max())
    if top == 0 or length < 1:
        return np.zeros(change.shape, np.int16)
    size *= (FINE - 1) / top
    places = np.rint(size, out=size).astype(np.uint16)
    counts = np.zeros(FINE, np.int64)
    for rows in places:
        counts += np.bincount(rows.ravel(), minlength=FINE)
    table, following = _tables(counts, length)
    levels = table[places]
    _spend(levels, places, following > table, length**2 - float(counts @ table.astype(float) ** 2))
    return np.multiply(levels, np.sign(change), out=levels, casting="unsafe")


def _tables(counts: NDArray[np.int64], length: float) -> tuple[Change, Change]:
    """Return levels by size of change: the longest that are not too long, and nearly the next ones, which are."""
    sizes = np.flatnonzero(counts)
    often = counts[sizes].astype(float)
    low, high = 0.0, float(TOP)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        fits = often @ _scaled(sizes, middle) ** 2 <= length**2
        low, high = (middle, high) if fits else (low, middle)
    every = np.arange(FINE)
    return _scaled(every, low).astype(np.int16), _scaled(every, high).astype(np.int16)


def _scaled(sizes: NDArray[np.int64], scale: float) -> NDArray[np.float64]:
    return np.asarray(np.minimum(np.floor(scale * sizes + 0.5), TOP))


def _spend(levels: Change, places: NDArray[np.uint16], rising: NDArray[np.bool_], left: float) -> None:
    """Spend what is left on values that are next to rise by a level, spread evenly over the picture, in place."""
    next_ones = np.flatnonzero(rising[places])
    if not len(next_ones):
        return
    dearest = 2 * int(levels.ravel()[next_ones].max()) + 1
    count = min(len(next_ones), int(left // dearest))
    levels.ravel()[next_ones[np.linspace(0, len(next_ones) - 1, count).astype(int)]] += 1
