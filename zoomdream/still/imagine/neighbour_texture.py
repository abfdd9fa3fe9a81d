"""Textures pixel by pixel: each is copied from where the source's surroundings are most alike (Efros & Leung, 1999).

No network is asked. Every colour comes from the source, and what the source repeats within the window is repeated.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoomdream.chance import generator
from zoomdream.errors import BadInput
from zoomdream.picture.warp import Image, Size
from zoomdream.still.imagine.given import check_example, check_growth, scaled
from zoomdream.still.imagine.pace import Pace, unhurried

SIZE, WINDOW, TOLERANCE = (128, 128), 11, 0.1
MOST_COMPARED = 100_000_000
"""Pixels of all surroundings of a source together: 1.6 GB."""
LARGEST = 128
"""Longer side, in pixels, to which a larger source is made smaller if no scale is given."""
SIGMA = 1 / 6.4
"""Standard deviation of the Gaussian that weighs a window's pixels, in widths of the window (Efros & Leung)."""
SEED_SIDE = 3
"""Side of the piece of the source that a texture grows around, in pixels."""
APART = 3
"""Pixels that are filled at once are so far apart, so that next neighbours know of each other."""
TOGETHER = 64
"""Pixels that are compared with the source at once."""
EXACT = 1e-5
"""Differences of windows that are rounding alone: mean squares of RGB."""
AROUND = np.array([(1, 1), (1, -1), (-1, 1), (-1, -1), (0, -1), (-1, 0), (0, 1), (1, 0)])
"""Steps (down, right) to the pixels around one, the nearest last."""
EMPTY = 0.5
"""What is shown where nothing is yet."""

Places = NDArray[np.intp]


class Woven(NamedTuple):
    """A texture that is being filled.

    Attributes:
        image: (H, W, 3), RGB in [0, 1]; grey where nothing is yet.
        compared: share of its pixels that were filled by comparing surroundings.
    """

    image: Image
    compared: float

    @property
    def pictures(self) -> Image:
        """(1, H, W, 3)."""
        return self.image[None]


def neighbour_texture(
    source: Image,
    size: Size = SIZE,
    *,
    scale: float | None = None,
    window: int = WINDOW,
    tolerance: float = TOLERANCE,
    tile: bool = False,
    seed: int = 0,
) -> Image:
    """Return a texture (H, W, 3), RGB in [0, 1], every pixel of it a copy of one of the source; see :func:`weave`."""
    growth = weave(source, size, scale=scale, window=window, tolerance=tolerance, tile=tile, seed=seed)
    return deque(growth, maxlen=1)[0].image


def weave(
    source: Image,
    size: Size,
    *,
    scale: float | None = None,
    window: int = WINDOW,
    tolerance: float = TOLERANCE,
    tile: bool = False,
    seed: int = 0,
    pace: Pace = unhurried,
) -> Iterator[Woven]:
    """Grow a texture around a small piece of the source, and yield it after every round.

    In a round all pixels beside a filled one are filled. Each takes the colour of a source pixel, drawn from those
    whose surroundings differ from its own by no more than ``1 + tolerance`` times the least difference; of the
    surroundings the filled pixels count, weighed by a Gaussian. Where a pace ends early, the pixels that are left
    continue what their neighbours were copied from (Ashikhmin, 2001), which is quick and coarser.

    Args:
        source: (H', W', 3), RGB in [0, 1].
        size: (height, width) of the texture.
        scale: how large the source is seen, against its own size; if not given 1, or less for one of more than 128
            pixels. Time and memory grow with its number of pixels.
        window: side of the surroundings that are compared, in pixels, odd; as large as what repeats.
        tolerance: 0 always takes the very best, more is less orderly.
        tile: whether it continues round its edges.
        seed: decides the first piece and every draw.

    Raises:
        BadInput: the window is even, or larger than the source, or the source is no picture.
    """
    check_growth(1, size)
    seen = shown(source, window, scale)
    texture = _Texture(_Source(seen, window), size, tolerance, tile, seed)
    texture.begin()
    for _ in pace(max(side - side // 2 for side in size)):
        if not texture.grow():
            break
        yield texture.shown()
    compared = texture.shown().compared
    texture.continue_copies()
    yield texture.shown()._replace(compared=compared)


def shown(source: Image, window: int, scale: float | None = None) -> Image:
    """Return the source as large as it is seen.

    Raises:
        BadInput: the window is even, or the source too small or too large for it, or no picture.
    """
    check_example(source)
    seen = scaled(source, min(1.0, LARGEST / max(source.shape[:2])) if scale is None else scale, least=SEED_SIDE)
    if window % 2 == 0 or window < SEED_SIDE:
        raise BadInput(f"A window has a pixel in its middle: an odd number from {SEED_SIDE}, not {window}.")
    if window > min(seen.shape[:2]):
        height, width = seen.shape[:2]
        raise BadInput(f"A window of {window} pixels does not fit into a picture that is seen at {width}×{height}.")
    if seen.shape[0] * seen.shape[1] * window**2 > MOST_COMPARED:
        height, width = seen.shape[:2]
        raise BadInput(
            f"A window of {window} pixels about every pixel of a picture that is seen at {width}×{height} takes too "
            "much memory: a smaller --scale or --window would do."
        )
    return np.ascontiguousarray(seen, np.float32)


@dataclass(frozen=True)
class _Source:
    """What is copied from.

    Attributes:
        image: (H', W', 3).
        window: side of the surroundings.
    """

    image: Image
    window: int

    @cached_property
    def surroundings(self) -> NDArray[np.float32]:
        """(n, window² · 4): squares, summed over RGB, and colours of what is around each pixel that has it whole."""
        views = np.lib.stride_tricks.sliding_window_view(self.image, (self.window, self.window), (0, 1))
        colours = np.ascontiguousarray(views.transpose(0, 1, 3, 4, 2)).reshape(-1, self.window**2, 3)
        squares = np.square(colours).sum(2)
        return np.hstack([squares, colours.reshape(len(colours), -1)])

    @cached_property
    def middles(self) -> Places:
        """(n, 2): row and column of each of these pixels."""
        rows, columns = (side - self.window + 1 for side in self.image.shape[:2])
        return np.indices((rows, columns)).reshape(2, -1).T + self.window // 2

    def differences(
        self, seen: NDArray[np.float32], weights: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return (k, n), (k,): mean square differences of k surroundings (k, window², 3) to all of the source.

        They are given less what is the same for all of the source, which comes second.

        Args:
            weights: (k, window²), how much each pixel counts, adding up to 1.
        """
        ours = seen * weights[..., None]
        rows = np.hstack([weights, -2 * ours.reshape(len(seen), -1)])
        return rows @ self.surroundings.T, (ours * seen).sum((1, 2))


class _Texture:
    """A texture that grows: colours, where they were copied from, and what is filled."""

    def __init__(self, source: _Source, size: Size, tolerance: float, tile: bool, seed: int) -> None:
        self._source, self._size, self._tolerance, self._tile, self._seed = source, size, tolerance, tile, seed
        self._image = np.zeros((*size, 3), np.float32)
        self._from = np.zeros((*size, 2), np.intp)
        self._filled = np.zeros(size, bool)
        reach = source.window // 2
        self._around = np.indices((source.window, source.window)).reshape(2, -1).T - reach
        self._gaussian = np.exp(-0.5 * np.square(self._around).sum(1) / (SIGMA * source.window) ** 2)

    def begin(self) -> None:
        """Put a piece of the source into the middle."""
        room = np.array(self._source.image.shape[:2]) - SEED_SIDE + 1
        corner = generator(self._seed, "piece").integers(room)
        inside = np.indices((SEED_SIDE, SEED_SIDE)).reshape(2, -1).T
        middle = (np.array(self._size) - SEED_SIDE) // 2
        inside = inside[(inside < self._size).all(1)]
        self._put(np.maximum(middle, 0) + inside, corner + inside)

    def grow(self) -> bool:
        """Fill the pixels beside filled ones; say whether there were any."""
        edge = self._edge()
        for first in np.ndindex(APART, APART):
            some = edge[(edge % APART == first).all(1)]
            for part in np.array_split(some, max(1, len(some) // TOGETHER)):
                if len(part):
                    self._put(part, self._matches(part))
        return len(edge) > 0

    def continue_copies(self) -> None:
        """Fill what is left: each pixel takes what follows, in the source, that which its neighbour was copied from."""
        limits = np.array(self._source.image.shape[:2]) - 1
        while len(edge := self._edge()):
            origins = np.zeros_like(edge)
            for step in AROUND:
                beside, there = self._places(edge + step)
                found = there & self._filled[tuple(beside.T)]
                origins[found] = self._from[tuple(beside[found].T)] - step
            # Beyond the source's edge the copy runs back, as in a mirror.
            self._put(edge, limits - np.abs(limits - np.abs(origins)))

    def shown(self) -> Woven:
        """Return what there is."""
        return Woven(np.where(self._filled[..., None], self._image, np.float32(EMPTY)), float(self._filled.mean()))

    def _edge(self) -> Places:
        """Return (k, 2): the empty pixels beside filled ones."""
        grown = self._filled.copy()
        for step in AROUND:
            moved = np.roll(self._filled, step, (0, 1))
            if not self._tile:
                for axis, by in enumerate(step):
                    if by:
                        np.moveaxis(moved, axis, 0)[0 if by > 0 else -1] = False
            grown |= moved
        return np.argwhere(grown & ~self._filled)

    def _places(self, places: Places) -> tuple[Places, NDArray[np.bool_]]:
        """Return places (…, 2) taken round the edges, and which of them (…) exist: of a tile all."""
        size = np.array(self._size)
        inside = np.all((places >= 0) & (places < size), axis=-1, keepdims=False)
        return places % size, np.asarray(inside | self._tile)

    def _matches(self, places: Places) -> Places:
        """Return (k, 2): a source pixel for each place (k, 2)."""
        around, there = self._places(places[:, None] + self._around)
        rows, columns = np.moveaxis(around, -1, 0)
        counts = self._gaussian * (there & self._filled[rows, columns])
        weights = (counts / counts.sum(1, keepdims=True)).astype(np.float32)
        differences, common = self._source.differences(self._image[rows, columns], weights)
        least = np.maximum(differences.min(1) + common, 0)
        enough = least * (1 + self._tolerance) + EXACT - common
        drawn = [self._draw(*each) for each in zip(places, differences, enough, strict=True)]
        return self._source.middles[drawn]

    def _draw(self, place: Places, differences: NDArray[np.float32], enough: np.float32) -> int:
        """Return one of the source pixels that are good enough for a place."""
        good = np.flatnonzero(differences <= enough)
        return int(good[generator(self._seed, "match", int(place[0]), int(place[1])).integers(len(good))])

    def _put(self, places: Places, origins: Places) -> None:
        rows, columns = places.T
        self._image[rows, columns] = self._source.image[tuple(origins.T)]
        self._from[rows, columns] = origins
        self._filled[rows, columns] = True
