"""Octaves: the same climb at several sizes, from coarse to fine, carrying the detail found upwards."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zoomdream.ascent.memory import HOST, Memory
from zoomdream.network.backend import out_of_memory
from zoomdream.picture.warp import Image, Size


def over_octaves(image: Image, sizes: Sequence[Size], climb: Callable[[Any, int], Any], memory: Memory = HOST) -> Image:
    """Return the image (H, W, 3) after a climb at each size.

    What is carried from size to size is the *difference* that the climb made, so that the picture itself is
    never blurred by a resize.

    Args:
        sizes: (height, width) from coarse to fine.
        climb: (image at one size, number of the octave) → image of that size, both as the memory keeps them.
        memory: where the image is from its first size to its last; the host's, from the start, where that one has no
            room for it, or for what the climb keeps there.

    Raises:
        MemoryError: the host's has no room either.
    """
    try:
        return _over_octaves(image, sizes, climb, memory)
    except MemoryError:
        if memory is HOST:
            raise
    return _over_octaves(image, sizes, climb, HOST)


@out_of_memory()
def _over_octaves(image: Image, sizes: Sequence[Size], climb: Callable[[Any, int], Any], memory: Memory) -> Image:
    whole, detail = memory.put(image), memory.put(np.zeros((*sizes[0], 3), np.float32))
    for octave, size in enumerate(sizes):
        base = memory.resize(whole, size)
        detail = memory.put(climb(base + memory.resize(detail, size), octave)) - base
    made: Image = memory.take(whole + memory.resize(detail, (image.shape[0], image.shape[1])))
    return made
