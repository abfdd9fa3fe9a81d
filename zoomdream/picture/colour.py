"""Colour statistics: the mean and covariance of a picture's RGB, and the map that moves one to another."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoomdream.picture.warp import Image

Matrix = NDArray[np.float64]


class Palette(NamedTuple):
    """Mean (3,) and covariance (3, 3) of RGB in [0, 1]."""

    mean: Matrix
    covariance: Matrix


MOST_STRETCH = 8.0

# Covariance square root of natural images' colours, measured on ImageNet (Lucid, `misc/io` and `optvis/param/color`).
LUCID = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
_SPREAD = 55 / 255


def natural() -> Palette:
    """Return the palette of natural images, with a standard deviation of 55/255 per channel on average."""
    covariance = LUCID @ LUCID.T
    covariance *= _SPREAD**2 / (np.trace(covariance) / 3)
    return Palette(np.array([0.486, 0.455, 0.408]), covariance)


def measure(image: Image) -> Palette:
    """Return the palette of an image (H, W, 3), measured on some 16 000 of its pixels."""
    step = max(1, int(np.sqrt(image.shape[0] * image.shape[1] / 16384)))
    pixels = image[::step, ::step].reshape(-1, 3).astype(np.float64)
    mean = pixels.mean(axis=0)
    spread = pixels - mean
    return Palette(mean, spread.T @ spread / len(pixels))


def blended(palettes: Sequence[Palette], shares: Sequence[float]) -> Palette:
    """Return the palette between several; the shares add up to 1."""
    mean, covariance = (sum(share * part for share, part in zip(shares, parts, strict=True))
                        for parts in zip(*palettes, strict=True))  # fmt: skip
    return Palette(np.asarray(mean), np.asarray(covariance))


def recoloured(image: Image, palette: Palette) -> Image:
    """Return the image (H, W, 3) in the colours of a palette, within [0, 1]."""
    own = measure(image)
    moved = (image - own.mean) @ transport(own, palette).T + palette.mean
    return np.asarray(np.clip(moved, 0, 1), np.float32)


def transport(source: Palette, target: Palette) -> Matrix:
    """Return the symmetric matrix that turns one covariance into the other with the least motion of colours.

    The optimal transport map between two Gaussians: ``S^-½ (S^½ T S^½)^½ S^-½``, with no colour direction
    stretched more than :data:`MOST_STRETCH` times, lest the noise of a flat picture become its content.
    """
    ridge = 1e-6 * np.eye(3)
    root = _power(source.covariance + ridge, 0.5)
    inverse = _power(source.covariance + ridge, -0.5)
    matrix = inverse @ _power(root @ (target.covariance + ridge) @ root, 0.5) @ inverse
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.minimum(values, MOST_STRETCH)) @ vectors.T)


def _power(matrix: Matrix, exponent: float) -> Matrix:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 1e-12) ** exponent) @ vectors.T)
