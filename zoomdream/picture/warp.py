"""Moving a picture: one resample, subpixel, about the exact centre.

Positions are complex numbers in picture heights from the centre, x to the right, y down, so that one number
holds a zoom with a turn and a motion is ``z → scale·z + shift``.
"""

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Size = tuple[int, int]

BICUBIC = cv2.INTER_CUBIC
LANCZOS = cv2.INTER_LANCZOS4

FEATHER = 0.02
"""Width of the falling edge of a picture's coverage, in picture heights."""


def move(image: Image, scale: complex, shift: complex, interpolation: int = LANCZOS) -> Image:
    """Return the image (H, W, 3) after ``z → scale·z + shift``; what comes in from outside is reflected."""
    if scale == 1 and shift == 0:
        return image
    matrix = _pixel_matrix(image.shape, scale, shift)
    return _warp(image, matrix, interpolation, cv2.BORDER_REFLECT_101)


def soften(image: Image, sigma: float) -> Image:
    """Return the image blurred by a Gaussian of ``sigma`` pixels."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), np.float32)


def coverage(shape: tuple[int, ...], scale: complex, shift: complex) -> Image:
    """Return (H, W, 1) in [0, 1]: where :func:`move` shows the picture itself, falling softly to 0 at its border."""
    matrix = _pixel_matrix(shape, scale, shift)
    return _warp(_feathered(shape[0], shape[1]), matrix, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)[..., None]


@cache
def _feathered(height: int, width: int) -> Image:
    """Return (H, W): 1 in the middle, falling to 0 at the border."""
    y, x = (np.minimum(np.arange(n), np.arange(n)[::-1]) for n in (height, width))
    return np.asarray(np.clip(np.minimum.outer(y, x) / (FEATHER * height), 0, 1), np.float32)


def resize(image: Image, size: tuple[int, int]) -> Image:
    """Return the image at (height, width): area average to shrink, bicubic to grow."""
    height, width = size
    if image.shape[:2] == (height, width):
        return image
    smaller = height * width < image.shape[0] * image.shape[1]
    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    return np.asarray(resized, np.float32)


def _pixel_matrix(shape: tuple[int, ...], scale: complex, shift: complex) -> NDArray[Any]:
    """Return the 2×3 matrix from output pixels to input pixels."""
    height, width = shape[:2]
    centre = complex((width - 1) / 2, (height - 1) / 2)
    inverse = 1 / scale
    offset = centre - inverse * (centre + shift * height)
    return np.array([[inverse.real, -inverse.imag, offset.real], [inverse.imag, inverse.real, offset.imag]])


def _warp(image: Image, matrix: NDArray[Any], interpolation: int, border: int) -> Image:
    size = (image.shape[1], image.shape[0])
    warped = cv2.warpAffine(image, matrix, size, flags=interpolation | cv2.WARP_INVERSE_MAP, borderMode=border)
    return np.asarray(warped, np.float32)
