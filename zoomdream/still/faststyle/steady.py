"""Steadiness: films painted frame by frame flicker; what was painted before is carried along by the motion."""

from collections.abc import Iterable, Iterator
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from zoomdream.picture.warp import Image, resize

LONGEST = 640
"""Pixels of the longer side at which motion is looked for."""
DOUBT = 0.08
"""Difference between a frame and the last one, moved, at which trust in the motion falls to 1/e."""


class Motion:
    """The way from the last frame to this one, found by optical flow (Kroeger et al., 2016).

    Args:
        before: the last frame, (H, W, 3), RGB in [0, 1].
        now: this one.
    """

    def __init__(self, before: Image, now: Image) -> None:
        height, width = now.shape[:2]
        self._places = _flow(now, before) + np.mgrid[:height, :width].transpose(1, 2, 0)[..., ::-1].astype(np.float32)
        gap = np.abs(self.carried(before) - now).max(2)
        self.trust: NDArray[np.float32] = np.exp(-((cv2.GaussianBlur(gap, (0, 0), 1.5) / DOUBT) ** 2))[..., None]
        """(H, W, 1) in [0, 1]: how sure it is that a place was there before."""

    def carried(self, picture: Image) -> Image:
        """Return a picture (H, W, 3) of the last frame as it would be in this one."""
        moved = cv2.remap(picture, self._places, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
        return np.asarray(np.clip(moved, 0, 1), np.float32)


def steadied(pairs: Iterable[tuple[Image, Image]], share: float) -> Iterator[Image]:
    """Yield painted frames, each mixed with the one before it where the motion is trusted.

    Args:
        pairs: frames and what was painted of them, (H, W, 3), RGB in [0, 1].
        share: of the one before, from 0 to 1.
    """
    before: tuple[Image, Image] | None = None
    for frame, painted in pairs:
        if before is not None and share > 0:
            motion = Motion(before[0], frame)
            painted = painted + share * motion.trust * (motion.carried(before[1]) - painted)
        before = frame, painted
        yield painted


def flicker(pairs: Iterable[tuple[Image, Image]]) -> float:
    """Return how far painted frames differ from those before them, moved: the mean where the motion is trusted."""
    steps, weights, before = 0.0, 0.0, None
    for frame, painted in pairs:
        if before is not None:
            motion = Motion(before[0], frame)
            steps += float((motion.trust * np.abs(motion.carried(before[1]) - painted)).mean())
            weights += float(motion.trust.mean())
        before = frame, painted
    return steps / weights if weights else 0.0


def _flow(now: Image, before: Image) -> NDArray[np.float32]:
    """Return (H, W, 2): where each place of this frame was in the last one, in pixels from where it is."""
    height, width = now.shape[:2]
    factor = min(1.0, LONGEST / max(height, width))
    size = max(16, round(height * factor)), max(16, round(width * factor))
    grey = partial(_grey, size=size)
    dense = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = dense.calc(grey(now), grey(before), None)
    scale = np.array([width / size[1], height / size[0]], np.float32)
    return np.asarray(cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR) * scale, np.float32)


def _grey(picture: Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    levels = np.rint(resize(picture, size).clip(0, 1) * 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(levels, cv2.COLOR_RGB2GRAY))
