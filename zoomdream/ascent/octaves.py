"""Octaves: the same climb at several sizes, from coarse to fine, carrying the detail found upwards."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zoomdream.ascent.places import HOST, Place
from zoomdream.picture.warp import Image, Size


def over_octaves(image: Image, sizes: Sequence[Size], climb: Callable[[Any, int], Any], place: Place = HOST) -> Image:
    """Return the image (H, W, 3) after a climb at each size.

    What is carried from size to size is the *difference* that the climb made, so that the picture itself is
    never blurred by a resize.

    Args:
        sizes: (height, width) from coarse to fine.
        climb: (image at one size, number of the octave) → image of that size, both as they are kept at the place.
        place: where the image is from its first size to its last.
    """
    whole, detail = place.put(image), place.put(np.zeros((*sizes[0], 3), np.float32))
    for octave, size in enumerate(sizes):
        base = place.resize(whole, size)
        detail = place.put(climb(base + place.resize(detail, size), octave)) - base
    return np.asarray(whole + place.resize(detail, (image.shape[0], image.shape[1])))
