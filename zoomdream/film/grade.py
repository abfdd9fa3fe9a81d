"""The grade: a soft pull of mean and covariance that keeps colour and contrast alive over hours."""

import numpy as np

from zoomdream.film.settings import OFF, Grade
from zoomdream.picture.colour import Palette, measure, natural, transport
from zoomdream.picture.warp import Image

ROWS = 32
"""Rows of a picture that are graded at once."""


def target(grade: Grade, picture: Image | None = None) -> Palette:
    """Return the palette to pull to: natural, or measured on ``picture``, then adjusted."""
    palette = natural() if picture is None else measure(picture)
    grey = np.full((3, 3), 1 / 3)  # projects a colour onto the grey axis
    adjust = grade.contrast * (grey + grade.saturation * (np.eye(3) - grey))
    mean = grey @ palette.mean + min(grade.saturation, 1) * (palette.mean - grey @ palette.mean)
    return Palette(mean + grade.brightness, adjust @ palette.covariance @ adjust.T)


def pull(image: Image, palette: Palette, grade: Grade, seconds: float) -> Image:
    """Return the image (H, W, 3) pulled towards the palette for ``seconds``, within [0, 1].

    The mean goes twice as fast as the covariance: a shade shows sooner than a contrast, and pumps less.
    """
    if grade.towards == OFF:
        return np.clip(image, 0, 1)
    share = 1 - np.exp(-seconds / grade.seconds)
    now = measure(image)
    matrix = (1 - share) * np.eye(3) + share * transport(now, palette)
    mean = now.mean + (1 - (1 - share) ** 2) * (palette.mean - now.mean)
    factor, offset = matrix.astype(np.float32), (mean - now.mean @ matrix).astype(np.float32)
    pulled = np.empty_like(image)
    for first in range(0, len(image), ROWS):  # in the processor's cache, and with no more copies of a large picture
        rows = slice(first, first + ROWS)
        pulled[rows] = shoulder(image[rows] @ factor + offset)
    return pulled


def shoulder(image: Image, knee: float = 0.04) -> Image:
    """Bend what leaves [knee, 1 − knee] softly into [0, 1], so that lights and shadows keep some drawing."""
    dark = knee * np.exp(np.minimum(image, knee) / knee - 1)
    light = knee * np.exp((1 - np.maximum(image, 1 - knee)) / knee - 1)
    return np.asarray(np.clip(np.clip(image, knee, 1 - knee) + (dark - light), 0, 1), np.float32)
