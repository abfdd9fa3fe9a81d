"""Two films, frame by frame."""

from dataclasses import dataclass
from itertools import zip_longest
from math import inf, log10
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from zoomdream.reel.read import read_frames

Frame = NDArray[np.uint8]


@dataclass(frozen=True)
class Comparison:
    """How the frames of a film are found in another one.

    Attributes:
        frames: how many the film has.
        equal: how many of them are the same ones to the last bit.
        worst: number of the one that differs most; -1 if none does.
        psnr: that one's likeness, in dB: 10·log₁₀(255² / mean squared difference); infinite if none differs.
        missing: how many of its frames the other one has not.
        more: how many the other one has besides.
    """

    frames: int
    equal: int
    worst: int
    psnr: float
    missing: int
    more: int

    @property
    def same(self) -> bool:
        """Whether both have the same frames, and no others."""
        return self.equal == self.frames > 0 and not self.more

    def __str__(self) -> str:
        said = f"{self.equal} of {self.frames} frames are the same"
        if self.worst >= 0:
            said += f", frame {self.worst} differs most ({self.psnr:.1f} dB)"
        if self.missing:
            said += f", missing: {self.missing}"
        return said + (f", and the other has {self.more} more" if self.more else "") + "."


def compare(film: str | PathLike[str], other: str | PathLike[str]) -> Comparison:
    """Return how the frames of a film are found in another one of the same size.

    Raises:
        BadInput: one of them cannot be decoded.
    """
    frames = equal = missing = more = 0
    worst, psnr = -1, inf
    for number, (here, there) in enumerate(zip_longest(read_frames(film), read_frames(other))):
        frames, missing, more = frames + (here is not None), missing + (there is None), more + (here is None)
        if here is None or there is None:
            continue
        found = likeness(here, there)
        equal += found == inf
        if found < psnr:
            worst, psnr = number, found
    return Comparison(frames, equal, worst, psnr, missing, more)


def likeness(one: Frame, other: Frame) -> float:
    """Return the PSNR of two pictures (H, W, 3) in dB; 0 if their sizes differ, infinite if they are the same.

    >>> likeness(np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8))
    0.0
    """
    if one.shape != other.shape:
        return 0.0
    error = float(np.mean((one.astype(np.float32) - other) ** 2))
    return 10 * log10(255**2 / error) if error else inf
