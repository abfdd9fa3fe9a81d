"""Transforms: how a picture is moved at random before the network sees it, another way at every step.

What excites a network only where it lies to the pixel does not survive that; what is left is what an eye would see too
(Olah et al., 2017).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from zoomdream.picture.warp import Size

Array = NDArray[np.float32]

BORDERS = {"reflect": cv2.BORDER_REFLECT, "surround": cv2.BORDER_REFLECT, "wrap": cv2.BORDER_WRAP}


@dataclass(frozen=True)
class Transforms:
    """The range that moves are drawn from.

    Attributes:
        jitter: pixels, either way; at most an eighth of the picture's shorter side.
        scale: factor, either way: 1.1 draws from 1/1.1 to 1.1.
        rotate: degrees, either way.
    """

    jitter: float = 24.0
    scale: float = 1.3
    rotate: float = 15.0

    def draw(self, generator: np.random.Generator, size: Size) -> Array:
        """Return (2, 3): one move of a picture of that size (height, width), for :func:`moved`."""
        angle, stretch, down, right = generator.uniform(-1, 1, 4)
        turn = np.exp(1j * np.deg2rad(self.rotate) * angle) * self.scale**stretch
        middle = complex(size[1] - 1, size[0] - 1) / 2
        jitter = min(self.jitter, min(size) / 8)
        shift = middle - turn * (middle + jitter * complex(right, down))
        return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]], np.float32)


def moved(pictures: Array, moves: Array, border: str = "reflect") -> Array:
    """Return pictures (n, H, W, 3) after a move each.

    Outside of the tensor library: its own warp takes eight times as long.

    Args:
        moves: (n, 2, 3); the place (x, y) shows what was at ``move @ (x, y, 1)``.
        border: what comes in from outside: ``reflect``; ``wrap`` for a picture that is to be laid as tiles; or
            ``surround``, a reflection that only surrounds, so that things grow whole rather than half beyond an edge.
    """
    return _warped(pictures, moves, cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, BORDERS[border])


def moved_back(gradients: Array, moves: Array, border: str = "reflect") -> Array:
    """Return gradients to pictures before their moves, given those (n, H, W, 3) to what :func:`moved` returned.

    They are resampled where they came from, which is the adjoint but for what a zoom adds up. What was seen beyond an
    edge goes to the pixels it is an image of, so that these are not moved less, or another way, than the middle; of a
    ``surround`` it goes nowhere. What was not seen has none.
    """
    return np.stack([_back(*pair, border) for pair in zip(gradients, moves, strict=True)])


def _back(gradient: Array, move: Array, border: str) -> Array:
    """Return the gradient (H, W, 3) before one move: laid out with what is beyond the edges, which is folded in."""
    height, width = gradient.shape[:2]
    across, down = (0, 0) if border == "surround" else _reach(move, (height, width))
    around = move + np.array([[0, 0, across], [0, 0, down]], np.float32)
    wide = cv2.warpAffine(gradient, around, (width + 2 * across, height + 2 * down), flags=cv2.INTER_LINEAR)
    return _folded(_folded(wide, down, border).swapaxes(0, 1), across, border).swapaxes(0, 1)


def _reach(move: Array, size: Size) -> tuple[int, int]:
    """Return how far beyond the picture's edges a move sees, across and down, in pixels: one picture at most."""
    height, width = size
    corners = move[:, :2] @ [[0, 0, width - 1, width - 1], [0, height - 1, 0, height - 1]] + move[:, 2:]
    beyond = np.maximum(-corners, corners - [[width - 1], [height - 1]]).max(1)
    across, down = np.clip(np.ceil(beyond), 0, (width, height)).astype(int)
    return int(across), int(down)


def _folded(wide: Array, margin: int, border: str) -> Array:
    """Return rows without the margins above and below them, which are added where :func:`moved` took them from."""
    rows = wide[margin : len(wide) - margin]
    above, below = wide[:margin], wide[len(wide) - margin :]
    if border == "reflect":
        above, below = below[::-1], above[::-1]
    rows[len(rows) - margin :] += above
    rows[:margin] += below
    return rows


def _warped(pictures: Array, moves: Array, how: int, outside: int) -> Array:
    size = pictures.shape[2], pictures.shape[1]
    pairs = zip(pictures, moves, strict=True)
    return np.stack([cv2.warpAffine(each, move, size, flags=how, borderMode=outside) for each, move in pairs])
