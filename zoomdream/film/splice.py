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
        yield _opened(before, after, number / length)
    yield from new


def loop(
    keys: Iterable[Image], length: int, overlap: int, shelf: IO[bytes] | None = None, begin: int = 0
) -> Iterator[Image]:
    """Yield keys number ``begin`` to ``length`` of a loop, the last one being key 0 again, and its camera periodic.

    The loop starts ``overlap`` keys into the run. When it has come round, the run's own beginning, kept aside in a
    file, opens from the centre.

    Args:
        keys: an endless run from its key 0 on; where ``begin`` is not 0, from its key ``overlap + begin`` on.
        shelf: where the beginning is kept; where ``begin`` is not 0, it has been. A temporary file if not given.
    """
    keys = iter(keys)
    with shelf or tempfile.TemporaryFile(prefix="zoomdream-") as shelf:
        if not begin:
            for key in islice(keys, overlap + 1):
                shelf.write(key.tobytes())
            shelf.flush()
            shape = key.shape
            yield key
        turn = length - overlap
        for number, key in zip(range(begin or 1, length), keys, strict=False):
            shape = key.shape
            yield key if number < turn else _opened(key, _kept(shelf, number - turn, shape), (number - turn) / overlap)
        yield _kept(shelf, overlap, shape)


def _kept(shelf: IO[bytes], number: int, shape: tuple[int, ...]) -> Image:
    size = 4 * prod(shape)
    shelf.seek(number * size)
    return np.frombuffer(shelf.read(size), np.float32).reshape(shape).copy()


def _opened(before: Image, after: Image, share: float) -> Image:
    """Return the old run's key with the new run's opening in its centre."""
    return before + opening(before.shape, share) * (after - before)
