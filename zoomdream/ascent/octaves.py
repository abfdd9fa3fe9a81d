"""Octaves: the same climb at several sizes, from coarse to fine, carrying the detail found upwards."""

from collections.abc import Callable, Sequence

import numpy as np

from zoomdream.picture.warp import Image, Size, resize


def over_octaves(image: Image, sizes: Sequence[Size], climb: Callable[[Image, int], Image]) -> Image:
    """Return the image (H, W, 3) after a climb at each size.

    What is carried from size to size is the *difference* that the climb made, so that the picture itself is
    never blurred by a resize.

    Args:
        sizes: (height, width) from coarse to fine.
        climb: (image at one size, number of the octave) → image of that size.
    """
    detail = np.zeros((*sizes[0], 3), np.float32)
    for octave, size in enumerate(sizes):
        base = resize(image, size)
        detail = climb(base + resize(detail, size), octave) - base
    return image + resize(detail, image.shape[:2])
