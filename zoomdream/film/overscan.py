"""Overscan: a margin around the frame that is dreamt but not shown.

A camera that zooms out or drifts brings in what lies outside of the picture. It comes in at the edge of the margin
and has become part of the dream when it reaches the frame.
"""

import cv2
import numpy as np

from zoomdream.film.camera import Motion, motion
from zoomdream.film.settings import Camera
from zoomdream.picture.warp import Image, Size, coverage, move

MARGIN = 0.15
"""Width of the margin on each side, in picture heights."""
LARGER = 1.8j
NOISE = 0.3


def margin(camera: Camera, size: Size) -> int:
    """Return the pixels that a picture of size (height, width) needs on each side: none when it only zooms in."""
    for time in np.linspace(0, camera.wander_seconds, 9) + camera.rest + camera.ease:
        if _inside(motion(camera, 0, float(time), float(time) + 0.1), size):
            return round(MARGIN * size[0])
    return 0


def _inside(step: Motion, size: Size) -> bool:
    """Say whether a corner of the picture moves inside the frame by more than a thousandth of its height."""
    width, height = size[1] / size[0] / 2, 0.5
    corners = np.array([complex(x, y) for x in (-width, width) for y in (-height, height)])
    sources = (corners - step.shift) / step.scale
    return bool(np.any((np.abs(sources.real) > width + 1e-3) | (np.abs(sources.imag) > height + 1e-3)))


def surround(image: Image, pixels: int) -> Image:
    """Return the image with a margin, reflected for a start."""
    if not pixels:
        return image
    return np.asarray(cv2.copyMakeBorder(image, pixels, pixels, pixels, pixels, cv2.BORDER_REFLECT_101), np.float32)


def crop(image: Image, pixels: int) -> Image:
    """Return the image without its margin."""
    return image[pixels : image.shape[0] - pixels, pixels : image.shape[1] - pixels]


def fresh(image: Image, noise: Image) -> Image:
    """Return what comes in from outside: the picture itself, larger and turned, with some noise.

    Larger, because zooming out makes everything finer; turned, so that it is not the same picture again.
    """
    return (1 - NOISE) * move(image, LARGER, 0) + NOISE * noise


def refill(image: Image, step: Motion, fresh: Image) -> Image:
    """Return a moved image with ``fresh`` where the motion brought the outside in."""
    seen = coverage(image.shape, *step)
    return fresh + seen * (image - fresh)
