"""Splice: join two runs of keys that share a camera; the new one opens from the centre outwards."""

import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from math import prod
from typing import IO

import numpy as np

from zoomdream.picture.warp import Image

EDGE = 0.35
"""Width of the edge between old and new, as a share of the opening's radius at the end."""


def opening(shape: tuple[int, ...], share: float) -> Image:
    """Return (H, W, 1) in [0, 1]: how much of the new run shows at each place, all 0 at share 0, all 1 at 1."""
    height, width = shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = np.hypot(x - (width - 1) / 2, y - (height - 1) / 2)
    radius /= radius.max()
    # Radii grow as a zoom does, so that the opening moves along with the picture rather than over it.
    reach = (1 + EDGE) * (np.exp(3 * share) - 1) / (np.exp(3) - 1)
    u = np.clip((reach - radius) / EDGE, 0, 1)
    return np.asarray((u * u * (3 - 2 * u))[..., None], np.float32)


def splice(old: Iterable[Image], new: Iterable[Image], length: int) -> Iterator[Image]:
    """Yield ``length`` keys that begin as the old run and end as the new one, then the rest of the new run."""
    old, new = iter(old), iter(new)
    for number, (before, after) in enumerate(zip(islice(old, length), new, strict=False)):
        mask = opening(before.shape, number / length)
        yield before + mask * (after - before)
    yield from new


def loop(keys: Iterable[Image], length: int, overlap: int) -> Iterator[Image]:
    """Yield ``length + 1`` keys whose last one equals the first, from an endless run with a periodic camera.

    The film starts ``overlap`` keys into the run. When it has come round, the run's own beginning, kept aside in a
    temporary file, opens from the centre.
    """
    keys = iter(keys)
    with tempfile.TemporaryFile(prefix="zoomdream-") as shelf:
        for key in islice(keys, overlap + 1):
            shelf.write(key.tobytes())
            first = key
        yield first
        yield from islice(keys, length - overlap - 1)
        shelf.seek(0)
        kept = (_read(shelf, first.shape) for _ in range(overlap + 1))
        yield from islice(splice(keys, kept, overlap), overlap + 1)


def _read(shelf: IO[bytes], shape: tuple[int, ...]) -> Image:
    return np.frombuffer(shelf.read(4 * prod(shape)), np.float32).reshape(shape).copy()
