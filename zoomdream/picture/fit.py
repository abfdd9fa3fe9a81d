"""Fit: how a picture of any size comes to the size a network takes, and how a map finds its way back.

Every fit is linear in the picture, so that a gradient can go back through it exactly.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput
from zoomdream.picture.warp import Image, Size

Mode = Literal["crop", "pad", "stretch"]
MODES: tuple[Mode, ...] = ("crop", "pad", "stretch")
Box = tuple[slice, slice]
"""Rows and columns of a picture."""
GREY = 0.5
"""What is around a padded picture."""


@dataclass(frozen=True)
class Fit:
    """One picture's way to the size of a network and back.

    ``crop`` takes the largest part of the middle that has the network's proportions, ``pad`` shrinks the whole picture
    into it with grey around, ``stretch`` lets proportions go. Each axis is averaged over area where it shrinks and
    interpolated linearly where it grows.

    Attributes:
        picture: (height, width) of the picture in pixels.
        size: (height, width) that the network takes.
    """

    picture: Size
    size: Size
    mode: Mode = "crop"

    @cached_property
    def seen(self) -> tuple[slice, slice]:
        """The part of the picture, rows and columns, that the network sees."""
        return (
            _middle(self.picture[0], self._scale, self.size[0]),
            _middle(self.picture[1], self._scale, self.size[1]),
        )

    @cached_property
    def inside(self) -> tuple[slice, slice]:
        """The part of what the network sees, rows and columns, that is picture."""
        if self.mode != "pad":
            return slice(0, self.size[0]), slice(0, self.size[1])
        lengths = [max(1, round(side * self._scale)) for side in self.picture]
        return _centred(lengths[0], self.size[0]), _centred(lengths[1], self.size[1])

    @property
    def _scale(self) -> float:
        """Pixels of the network's picture per pixel of the picture; 0 where the axes differ."""
        ratios = [there / here for there, here in zip(self.size, self.picture, strict=True)]
        return {"crop": max(ratios), "pad": min(ratios), "stretch": 0.0}[self.mode]

    def to(self, picture: Image) -> Image:
        """Return the picture (H, W, 3) as the network sees it, (h, w, 3).

        Raises:
            BadInput: it is no picture of floats.
        """
        if picture.shape != (*self.picture, 3) or picture.dtype.kind != "f":
            wanted = (*self.picture, 3)
            raise BadInput(
                f"A picture is an array {wanted} of floats in [0, 1], not {picture.shape} of {picture.dtype}."
            )
        whole = np.full((*self.size, 3), GREY, np.float32)
        part = picture[self.seen]
        rows, columns = (_length(side) for side in self.inside)
        whole[self.inside] = _along(_along(part, rows, 0), columns, 1)
        return whole

    def back(self, values: NDArray[Any], outside: float = 0.0) -> NDArray[np.float32]:
        """Return a map (a, b) or (a, b, c) at the picture's own size; ``outside`` where nothing was seen.

        The map lies over what the network sees, in as many rows and columns as it likes. Each axis is averaged over
        area where it shrinks and interpolated bicubically, within the range of the values, where it grows.
        """
        found = np.full((*self.picture, *values.shape[2:]), outside, np.float32)
        part = _smooth(values, self.size)[self.inside] if self.mode == "pad" else values
        found[self.seen] = _smooth(part, (_length(self.seen[0]), _length(self.seen[1])))
        return found

    def under(self, box: Box) -> Box:
        """Return the smallest part of the picture, rows and columns, that decides a box of what the network sees.

        A box that lies in the padding alone has no rows or no columns.
        """
        sides = zip(box, self.inside, self.seen, strict=True)
        rows, columns = (_under(there, inside, seen) for there, inside, seen in sides)
        return rows, columns

    def gradient_back(self, gradient: NDArray[Any]) -> NDArray[np.float32]:
        """Return the gradient to the picture (H, W, 3) from the one to what the network sees: the adjoint of ``to``."""
        down, across = (
            _weights(_length(seen), _length(inside)) for seen, inside in zip(self.seen, self.inside, strict=True)
        )
        found = np.zeros((*self.picture, gradient.shape[2]), np.float32)
        part = np.asarray(gradient[self.inside], np.float32)
        found[self.seen] = np.tensordot(across.T, np.tensordot(down.T, part, (1, 0)), (1, 1)).swapaxes(0, 1)
        return found


def _under(there: slice, inside: slice, seen: slice) -> slice:
    """Return the pixels of a picture's axis, within ``seen``, that the pixels ``there`` of the resampled one read."""
    first, last = max(0, there.start - inside.start), min(_length(inside), there.stop - inside.start) - 1
    if first > last:
        return slice(seen.start, seen.start)
    here, resampled = _length(seen), _length(inside)
    if here > resampled:  # means over areas
        low, high = first * here // resampled, -(-(last + 1) * here // resampled)
    elif here == resampled:
        low, high = first, last + 1
    else:  # between the two nearest
        low = ((2 * first + 1) * here - resampled) // (2 * resampled)
        high = ((2 * last + 1) * here - resampled) // (2 * resampled) + 2
    return slice(seen.start + max(0, low), seen.start + min(here, high))


def _middle(length: int, scale: float, wanted: int) -> slice:
    """Return the part of an axis that is seen: what at ``scale`` gives the wanted length, at most everything."""
    return _centred(min(length, max(1, round(wanted / scale))) if scale else length, length)


def _centred(length: int, whole: int) -> slice:
    first = (whole - length) // 2
    return slice(first, first + length)


def _length(side: slice) -> int:
    return int(side.stop - side.start)


def _smooth(values: NDArray[Any], size: Size) -> NDArray[np.float32]:
    """Return a map (a, b) or (a, b, c) at another size, within the range of its values."""
    down = _along(np.ascontiguousarray(values, np.float32), size[0], 0, cv2.INTER_CUBIC)
    both = _along(down, size[1], 1, cv2.INTER_CUBIC)
    return np.asarray(np.clip(both, values.min(), values.max()), np.float32).reshape(*size, *values.shape[2:])


def _along(picture: NDArray[Any], length: int, axis: int, growing: int = cv2.INTER_LINEAR) -> NDArray[np.float32]:
    """Return the picture (h, w, c) resampled along one axis, averaged over area where that shrinks."""
    size = (picture.shape[1], length) if axis == 0 else (length, picture.shape[0])
    shrinks = length < picture.shape[axis]
    resized = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else growing)
    return np.asarray(resized, np.float32).reshape(size[1], size[0], -1)


def _weights(length: int, resampled: int) -> NDArray[np.float32]:
    """Return (resampled, length): how much each old position counts for each new one."""
    return _along(np.eye(length, dtype=np.float32), resampled, 0)[..., 0]
