"""Keys: the feedback. Move a little, dream, grade, and again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import log2, sqrt
from typing import NamedTuple, Protocol

import numpy as np

from zoomdream.ascent.climb import FlatGradient, Weights
from zoomdream.film.camera import Motion, motion, zoom_octaves
from zoomdream.film.dream import SLOWEST, Dreamer
from zoomdream.film.grade import pull
from zoomdream.film.overscan import fresh, refill
from zoomdream.film.settings import Camera, Grade
from zoomdream.film.start import noise
from zoomdream.picture.colour import Palette
from zoomdream.picture.warp import Image, Size, move, resize, soften

SOFTENING = 6.5
"""Variance of the blur of a picture that halves its size, in squared pixels of a picture of `lines`."""

WILDEST = 100.0
"""No dreamt value, where a picture has [0, 1], may be larger than this or not a number."""


class Voices(Protocol):
    """What a film listens to: weights for the objective, and their names, at time t (seconds)."""

    def weights(self, t: float) -> Weights: ...

    def names(self, t: float) -> str: ...


class Fault(NamedTuple):
    """A key that could not be dreamt: its number, what sounded, and why."""

    key: int
    names: str
    reason: str

    def __str__(self) -> str:
        return f"Key {self.key} ({self.names}): {self.reason}; the film goes on without it."


class SmallerTiles(NamedTuple):
    """What is done where the memory is not enough: the side, in pixels, of what goes through the network at once."""

    side: int

    def __str__(self) -> str:
        return f"The memory is not enough: from here on the picture goes through the network in tiles of {self.side}."


Notice = Fault | SmallerTiles


@dataclass(frozen=True)
class Zoom:
    """Everything that makes one key from the last one.

    Attributes:
        margin: pixels around the frame on each side that belong to a key but are not shown.
    """

    dreamer: Dreamer
    voices: Voices
    camera: Camera
    grade: Grade
    palette: Palette
    seed: int
    warn: Callable[[Fault], None]
    margin: int = 0

    @property
    def pace(self) -> int:
        """Keys per second."""
        return self.dreamer.dream.keys


def keys(zoom: Zoom, start: Image, first: int = 0) -> Iterator[Image]:
    """Yield the dreamt states (H, W, 3), endlessly; the first one is the start itself.

    Args:
        first: number of the first key; its time is ``first / zoom.pace`` seconds.
    """
    image, key = start, first
    del start  # which would be kept as long as the film lasts
    while True:
        yield image
        key += 1
        image = next_key(zoom, image, key)


def next_key(zoom: Zoom, image: Image, key: int) -> Image:
    """Return key number ``key`` from the one before it: moved by the camera, dreamt, graded."""
    before, now = (key - 1) / zoom.pace, key / zoom.pace
    octaves = max(zoom_octaves(zoom.camera, before, now), SLOWEST / zoom.pace)
    return dream_on(zoom, moved(zoom, image, before, now, key), key, octaves)


def moved(zoom: Zoom, image: Image, before: float, now: float, key: int) -> Image:
    """Return the key moved by the camera; what a margin let in is the picture itself, larger and turned."""
    scale, shift = motion(zoom.camera, zoom.seed, before, now)
    # A key with its margin is higher than the frame, and heights are what the camera counts in.
    step = Motion(scale, shift * (1 - 2 * zoom.margin / image.shape[0]))
    after = move(_softened(zoom, image, abs(scale)), *step)
    if not zoom.margin:
        return after
    return refill(after, step, fresh(image, noise((image.shape[0], image.shape[1]), zoom.seed, key)))


def _softened(zoom: Zoom, image: Image, scale: float) -> Image:
    """Return the key blurred a little where it shrinks, or all its detail would end as grit in the centre."""
    if scale > 1 - 1e-4:
        return image
    pixel = max(1.0, image.shape[0] / zoom.dreamer.dream.lines)
    return soften(image, pixel * sqrt(SOFTENING * -log2(scale)))


def unfold(zoom: Zoom, image: Image, sizes: Sequence[Size], done: int = 0) -> Iterator[Image]:
    """Yield keys (h, w, 3) in which a small picture grows through the sizes, each at its own.

    Args:
        done: how many of the sizes the picture has grown through; the key after them is the first one.
    """
    octaves = log2(sizes[-1][0] / sizes[0][0]) / len(sizes)
    for key, size in list(enumerate(sizes))[done:]:
        image = dream_on(zoom, resize(image, size), key, max(octaves, SLOWEST / zoom.pace), [size])
        yield image


def dream_on(zoom: Zoom, image: Image, key: int, octaves: float, sizes: Sequence[Size] | None = None) -> Image:
    """Return the picture dreamt and graded as key number ``key``.

    A gradient that leads nowhere is named and tried again at half step; where that fails too, the picture goes on
    undreamt.
    """
    weights = zoom.voices.weights(key / zoom.pace)
    for effort in (1.0, 0.5):
        try:
            dreamt = zoom.dreamer(image, key, weights, octaves, effort, sizes)
            peak = float(np.abs(dreamt).max())
            if peak < WILDEST:
                return pull(dreamt, zoom.palette, zoom.grade, 1 / zoom.pace)
            reason = "the picture leaves all bounds" if np.isfinite(peak) else "the picture is not finite"
        except FlatGradient as flat:
            reason = str(flat)
    zoom.warn(Fault(key, zoom.voices.names(key / zoom.pace), reason))
    return pull(image, zoom.palette, zoom.grade, 1 / zoom.pace)
