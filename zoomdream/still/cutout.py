"""The object cut out without supervision: GrabCut, told by saliency where to look."""

import cv2
import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput
from zoomdream.network.network import Network
from zoomdream.picture.fit import Mode
from zoomdream.picture.warp import Image, resize, soften
from zoomdream.still.class_maps import gradcam
from zoomdream.still.maps import Reading, explain
from zoomdream.still.sensitivity import smoothgrad

FOREGROUND, BACKGROUND = 0.95, 0.15
SIDE, ROUNDS, COPIES = 480, 5, 24
BLUR = 0.05
"""Standard deviation, in picture heights, by which the saliency is blurred."""
LEAST = 0.05
"""Area of a piece, as a share of the largest one, below which it is a speck."""


def segment(
    network: Network,
    image: Image,
    target: Reading = None,
    *,
    foreground: float = FOREGROUND,
    background: float = BACKGROUND,
    seed: int = 0,
    fit: Mode = "stretch",
) -> NDArray[np.float32]:
    """Return a mask (H, W) in [0, 1]: where the object of a class is (Simonyan et al., 2014, §3.2).

    The most salient places are taken to be the object and the least salient ones not to be; GrabCut (Rother et al.,
    2004) finds by colour and edges what belongs to either. Salient is what SmoothGrad finds fine and Grad-CAM finds
    right. The mask is 0 or 1 but for a soft border.

    Args:
        target: an address such as ``class:zebra``; the top class if not given.
        foreground: quantile of the saliency above which a place is the object.
        background: quantile below which it is not, less than ``foreground``.
        seed: decides the noise of the saliency.
        fit: how the picture comes to the network's size.

    Raises:
        BadInput: the quantiles are not in that order within [0, 1].
    """
    if not 0 <= background < foreground <= 1:
        raise BadInput(f"The background's quantile {background} must be less than the foreground's {foreground}.")
    fine = explain(network, image, lambda question: smoothgrad(question, COPIES, seed=seed), target, fit)
    region = explain(network, image, gradcam, str(fine.target), fit).values
    small = resize(image, _within(image.shape[0], image.shape[1]))
    size = small.shape[0], small.shape[1]
    where = resize(region, size) / max(float(region.max()), 1e-12) + 0.2
    mask = cut(small, soften(resize(fine.values, size), BLUR * size[0]) * where, foreground, background)
    return np.clip(resize(soften(mask, 1.0), (image.shape[0], image.shape[1])), 0, 1)


def cut(image: Image, salient: NDArray[np.float32], foreground: float, background: float) -> NDArray[np.float32]:
    """Return the mask (H, W), 0 or 1, that GrabCut makes of a picture (H, W, 3) and its saliency (H, W).

    Where all places are alike there is no object.
    """
    marks = np.where(salient > np.median(salient), cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[salient >= np.quantile(salient, foreground)] = cv2.GC_FGD
    marks[salient <= np.quantile(salient, background)] = cv2.GC_BGD
    found = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if found.all() or not found.any():
        return np.zeros(salient.shape, np.float32)
    pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    cv2.setRNGSeed(0)
    cv2.grabCut(pixels, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    return _without_specks(np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8))


def _without_specks(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the mask without thin bridges and small pieces."""
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, pieces, facts, _ = cv2.connectedComponentsWithStats(opened)
    areas = facts[:, cv2.CC_STAT_AREA]
    kept = [i for i in range(1, count) if areas[i] >= LEAST * areas[1:].max()]
    return np.isin(pieces, kept).astype(np.float32)


def cut_out(image: Image, mask: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the picture with the mask as its alpha, (H, W, 4)."""
    return np.concatenate([image, mask[..., None]], axis=2)


def outlined(image: Image, mask: NDArray[np.float32], colour: tuple[float, float, float] = (1.0, 0.85, 0.1)) -> Image:
    """Return the picture with a line around the object."""
    edges, _ = cv2.findContours((mask > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    drawn = np.ascontiguousarray(image)
    width = max(2, round(max(image.shape[:2]) / 300))
    return np.asarray(cv2.drawContours(drawn.copy(), edges, -1, colour, width, cv2.LINE_AA), np.float32)


def _within(height: int, width: int) -> tuple[int, int]:
    factor = min(1.0, SIDE / max(height, width))
    return max(1, round(height * factor)), max(1, round(width * factor))
