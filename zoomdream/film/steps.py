"""Steps: how much changes from one frame to the next beyond what the camera does."""

import numpy as np

from zoomdream.film.camera import Motion
from zoomdream.picture.warp import Image, coverage, move, resize

LINES = 180
"""Frames are compared at this height at most."""


def step_size(before: Image, after: Image, motion: Motion) -> float:
    """Return the mean absolute difference between a frame and the last one moved by the camera, in [0, 1]."""
    before, after = small(before), small(after)
    seen = coverage(before.shape, *motion)
    difference = np.abs(after - move(before, *motion)).mean(axis=2, keepdims=True)
    return float((difference * seen).sum() / seen.sum())


def small(image: Image) -> Image:
    """Return a frame as it is compared; one that is small already is returned as it is."""
    height, width = image.shape[:2]
    return image if height <= LINES else resize(image, (LINES, round(LINES * width / height)))
