"""The gauge: what is measured of each frame while a film passes, a few numbers a frame."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from zoomdream.film.camera import Motion
from zoomdream.film.steps import LINES, step_size
from zoomdream.picture.warp import Image, resize

Frame = NDArray[np.uint8]
Moves = Callable[[float, float], Motion]
"""(from, to), in seconds → how the camera moves between."""

STILL = Motion(1, 0)


@dataclass(frozen=True)
class Series:
    """The numbers of all frames, in the range [0, 1] of RGB.

    Attributes:
        mean: (n, 3), of each channel.
        contrast: (n, 3), standard deviation of each channel.
        sharpness: (n,), mean square of the Laplacian of (R + G + B) / 3.
        change: (n - 1,), mean absolute difference to the frame before.
        step: (n - 1,), the same beyond what the camera does, see :func:`zoomdream.film.steps.step_size`.
        seam: the step from the last frame to the first, None for a single frame.
    """

    mean: NDArray[np.float64]
    contrast: NDArray[np.float64]
    sharpness: NDArray[np.float64]
    change: NDArray[np.float64]
    step: NDArray[np.float64]
    seam: float | None


class Gauge:
    """Measures frames, uint8 (H, W, 3), one after another; it keeps three pictures and 36 bytes a frame.

    All is measured at the size the frames come in, but steps at `LINES` lines at most.

    Args:
        moves: how the camera moves; None where nobody knows, and then steps are plain differences.
        fps: frames per second, for the camera's time.
    """

    def __init__(self, moves: Moves | None = None, fps: Fraction | None = None) -> None:
        self._moves, self._fps = moves, fps
        self._colour, self._sharpness = array("f"), array("f")
        self._change, self._step = array("f"), array("f")
        self._before: Frame | None = None
        self._small: Image | None = None
        self._first: Image | None = None

    def take(self, frame: Frame) -> None:
        """Measure one more frame; all have one size."""
        picture = np.multiply(frame, np.float32(1 / 255), dtype=np.float32)
        mean, spread = cv2.meanStdDev(picture)
        self._colour.extend((*mean.ravel(), *spread.ravel()))
        self._sharpness.append(sharpness(picture))
        small = _small(picture)
        if self._before is None or self._small is None:
            self._first = small
        else:
            self._change.append(change(self._before, frame))
            self._step.append(step_size(self._small, small, self._motion(len(self._step))))
        self._before, self._small = frame, small

    def series(self) -> Series:
        """Return the numbers of all frames so far."""
        colour = _numbers(self._colour).reshape(-1, 2, 3)
        sharpness, change, step = map(_numbers, (self._sharpness, self._change, self._step))
        return Series(colour[:, 0], colour[:, 1], sharpness, change, step, self._seam())

    def _seam(self) -> float | None:
        if not self._step or self._small is None or self._first is None:
            return None
        return step_size(self._small, self._first, self._motion(len(self._step)))

    def _motion(self, number: int) -> Motion:
        """Return how the camera moves from frame ``number`` to the next one."""
        if self._moves is None or self._fps is None:
            return STILL
        return self._moves(float(number / self._fps), float((number + 1) / self._fps))


def change(before: Frame, after: Frame) -> float:
    """Return the mean absolute difference of two frames, in [0, 1]."""
    total = float(cv2.norm(before, after, cv2.NORM_L1))
    return total / (255 * before.size)


def sharpness(picture: Image) -> float:
    """Return the mean of L² over a picture (H, W, 3) in [0, 1]; L is the Laplacian [0 1 0; 1 −4 1; 0 1 0] of its grey.

    Grey is (R + G + B) / 3. A slope has none, whatever its steepness; a blur takes most of it away.
    """
    grey = cv2.transform(picture, np.full((1, 3), 1 / 3, np.float32))
    edges = cv2.Laplacian(grey, cv2.CV_32F)
    total = float(cv2.norm(edges, cv2.NORM_L2SQR))
    return total / float(edges.size)


def _small(picture: Image) -> Image:
    height, width = picture.shape[:2]
    return picture if height <= LINES else resize(picture, (LINES, max(1, round(LINES * width / height))))


def _numbers(kept: "array[float]") -> NDArray[np.float64]:
    return np.asarray(kept, np.float64)
