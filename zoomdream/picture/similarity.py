"""Similarity: how alike two pictures look."""

import cv2
import numpy as np
from numpy.typing import NDArray

from zoomdream.picture.warp import Image

WINDOW, SIGMA = 11, 1.5
K1, K2 = 0.01, 0.03


def similarity(one: Image, other: Image) -> float:
    """Return the structural similarity (SSIM) of two pictures (H, W, 3) in [0, 1]: 1 where they are the same.

    It is the mean over R, G and B, each with a Gaussian window of 11 × 11 and σ = 1.5, K₁ = 0.01, K₂ = 0.03, over all
    places where the window lies inside (Wang et al., 2004, §III.B). Wang and others measure luminance alone, which
    would not see a change of colour. Of a picture smaller than the window all places count, reflected at its border.
    """
    return float(np.mean([_of_channel(one[..., i], other[..., i]) for i in range(one.shape[2])]))


def _of_channel(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    mean, mean_of_other = _blurred(one), _blurred(other)
    product = mean * mean_of_other
    squares = mean**2 + mean_of_other**2
    covariance = _blurred(one * other) - product
    variances = _blurred(one**2 + other**2) - squares
    alike = (2 * product + K1**2) * (2 * covariance + K2**2) / ((squares + K1**2) * (variances + K2**2))
    edge = WINDOW // 2 if min(one.shape) >= WINDOW else 0
    return float(alike[edge : alike.shape[0] - edge, edge : alike.shape[1] - edge].mean(dtype=np.float64))


def _blurred(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(values, (WINDOW, WINDOW), SIGMA, borderType=cv2.BORDER_REFLECT_101))
