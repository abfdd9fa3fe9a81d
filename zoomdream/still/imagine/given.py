"""Pictures that others are to be like: what is refused, and how large they are seen. Loads no tensor library."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput
from zoomdream.picture.image import MOST_PIXELS
from zoomdream.picture.warp import Image, Size, resize

LEAST_SIDE = 32
"""Pixels that a picture has at least: with fewer there is nothing to compare."""
LONGEST = 16
"""How many times its shorter side the longer side of an example is at most."""
MARGIN = 16
"""Pixels around a picture that grow along with it and are cut off: at its edges a network sees but half of what there
is elsewhere, and speckles gather there."""


def check_picture(image: NDArray[Any], name: str = "picture") -> None:
    """Refuse what is no picture, or too small a one.

    Args:
        name: what to call it.

    Raises:
        BadInput: so it is.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype.kind != "f":
        raise BadInput(f"A {name} is an array (H, W, 3) of floats in [0, 1], not {image.shape} of {image.dtype}.")
    if min(image.shape[:2]) < LEAST_SIDE:
        height, width = image.shape[:2]
        raise BadInput(f"The {name} has {width}×{height} pixels; it takes at least {LEAST_SIDE} each way.")


def check_example(image: NDArray[Any], name: str = "picture") -> None:
    """Refuse what others cannot be made like: what is no picture, too small a one, or one that is but a strip.

    Args:
        name: what to call it.

    Raises:
        BadInput: so it is.
    """
    check_picture(image, name)
    height, width = image.shape[:2]
    if max(height, width) > LONGEST * min(height, width):
        raise BadInput(
            f"The {name} has {width}×{height} pixels, one side more than {LONGEST} times the other: cut out a part."
        )


def check_growth(steps: int, size: Size) -> None:
    """Refuse to grow nothing.

    Raises:
        BadInput: there is no step to take, or no pixel in a size (height, width).
    """
    if steps < 1 or min(size) < 1:
        raise BadInput("A picture grows in at least one step, and has at least one pixel.")


def check_mask(mask: NDArray[Any], image: Image) -> None:
    """Refuse a mask that does not lie over an image, or hides all of it.

    Raises:
        BadInput: so it does.
    """
    if mask.shape != image.shape[:2]:
        ours, theirs = (" by ".join(map(str, each)) for each in (mask.shape, image.shape[:2]))
        raise BadInput(f"A mask has the rows and columns of its picture, {theirs}, not {ours}.")
    if not mask.any():
        raise BadInput("The mask is black everywhere: nothing would be changed.")


def shared(weights: Sequence[float], count: int) -> tuple[float, ...]:
    """Return how much each of some styles counts, together 1; all alike without weights.

    >>> shared((), 2), shared((3, 1), 2)
    ((0.5, 0.5), (0.75, 0.25))

    Raises:
        BadInput: there are not as many weights as styles, or they are negative or all 0.
    """
    given = tuple(weights) or (1.0,) * count
    if len(given) != count:
        raise BadInput(f"There are {count} styles and {len(given)} weights: give one for each, or none.")
    if min(given) < 0 or not 0 < sum(given) < float("inf"):
        raise BadInput("The weights of styles are not negative, and not all 0.")
    return tuple(each / sum(given) for each in given)


def fitted(image: Image, side: float) -> Size:
    """Return (height, width) of an image whose longer side is ``side`` pixels."""
    return _times(image, side / max(image.shape[:2]))


def scaled(image: Image, factor: float, least: int = LEAST_SIDE) -> Image:
    """Return an image at a part of its size, with no side of less than ``least`` pixels.

    Raises:
        BadInput: the factor is not more than 0, or so large that the image would hold more than 64 million pixels.
    """
    if not 0 < factor < float("inf"):
        raise BadInput(f"A scale is more than 0, not {factor:g}.")
    factor = max(factor, least / min(image.shape[:2]))
    if factor**2 * image.shape[0] * image.shape[1] > MOST_PIXELS:
        raise BadInput(
            f"At a scale of {factor:g} the picture would hold more than {MOST_PIXELS // 10**6} million pixels."
        )
    return resize(image, _times(image, factor))


def framed(image: Image) -> Image:
    """Return a picture (H, W, 3), or a mask (H, W), with a margin of :data:`MARGIN` pixels that reflects it."""
    return np.pad(image, [(MARGIN, MARGIN)] * 2 + [(0, 0)] * (image.ndim - 2), "reflect")


def with_margin(size: Size) -> Size:
    """Return a size (height, width) with the margin."""
    return size[0] + 2 * MARGIN, size[1] + 2 * MARGIN


def inner(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return pictures (n, H, W, 3) without their margin."""
    return pictures[:, MARGIN:-MARGIN, MARGIN:-MARGIN]


def _times(image: Image, factor: float) -> Size:
    return max(1, round(image.shape[0] * factor)), max(1, round(image.shape[1] * factor))
