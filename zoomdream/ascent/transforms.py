"""Transforms: how a picture is moved at random before the network sees it, another way at every step.

What excites a network only where it lies to the pixel does not survive that; what is left is what an eye would see too
(Olah et al., 2017).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from zoomdream.picture.warp import Size

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Transforms:
    """The range that moves are drawn from.

    Attributes:
        jitter: pixels, either way.
        scale: factor, either way: 1.1 draws from 1/1.1 to 1.1.
        rotate: degrees, either way.
    """

    jitter: float = 24.0
    scale: float = 1.3
    rotate: float = 15.0

    def draw(self, generator: np.random.Generator, size: Size) -> Array:
        """Return (8,): one move of a picture of that size (height, width), for :func:`moved`."""
        angle, stretch, down, right = generator.uniform(-1, 1, 4)
        turn = np.exp(1j * np.deg2rad(self.rotate) * angle) * self.scale**stretch
        middle = complex(size[1] - 1, size[0] - 1) / 2
        shift = middle - turn * (middle + self.jitter * complex(right, down))
        return np.array([turn.real, -turn.imag, shift.real, turn.imag, turn.real, shift.imag, 0, 0], np.float32)


def moved(pictures: Any, moves: Any, border: str = "reflect") -> Any:
    """Return pictures (n, H, W, 3) after a move each, (n, 8); tensors.

    Args:
        border: what comes in from outside: ``reflect``, or ``wrap`` for a picture that is to be laid as tiles.
    """
    return ops.image.affine_transform(pictures, moves, interpolation="bilinear", fill_mode=border)
