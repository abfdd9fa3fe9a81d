"""The classic ways to excite a neuron, on plain pixels: for comparison with the Fourier canvas, and for their looks.

Each takes what is wanted, a number of steps and a pace, and yields where the pictures are after every step.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from zoomdream.ascent.ascend import Ascent, Reached
from zoomdream.ascent.canvas import pixels
from zoomdream.ascent.excitation import excitation
from zoomdream.ascent.rules import chain, normalise_rms, scale
from zoomdream.chance import generator
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image, Size, resize, soften
from zoomdream.still.imagine.excite import ARGUMENTS, KEPT, Excited, Wanted, given_by, numbered
from zoomdream.still.imagine.pace import Pace, unhurried

Array = NDArray[np.float32]

STEP, OCTAVE_STEP = 8 / 255, 2.5 / 255
"""Root of the mean square of one step; of one of the many that add up over octaves."""
GREY = np.float32(0.5)
DECAY = 0.005
"""Share of a pixel's distance to grey that is lost at every step."""
BLUR, BLUR_EVERY = 0.5, 4
"""Sigma in pixels of a blur, and steps from one to the next."""
FAINT, IDLE = 0.1, 0.1
"""Parts of the pixels that become grey at every step: those nearest to it, and those that contribute least."""
SEED_SIDE, GROWTH = 64, 1.2
"""Shorter side that a picture grows from, and by how much at a time."""


def plain(wanted: Wanted, steps: int, pace: Pace = unhurried) -> Iterator[Excited]:
    """Follow the normalised gradient from faint noise (Erhan et al., 2009)."""
    ascent = _ascent(wanted.network, wanted.layer)
    growth = ascent(ascent.begin(_noise(wanted, wanted.size)), pace(steps), None, given_by(wanted, wanted.size))
    return numbered(growth, wanted)


def regularised(wanted: Wanted, steps: int, pace: Pace = unhurried) -> Iterator[Excited]:
    """The same, with decay, blur, and pixels of small norm or contribution cleared (Yosinski et al., 2015, §3)."""
    return numbered(_regularised(wanted, steps, pace), wanted)


def _regularised(wanted: Wanted, steps: int, pace: Pace) -> Iterator[Reached]:
    ascent, given = _ascent(wanted.network, wanted.layer), given_by(wanted, wanted.size)
    pictures = _noise(wanted, wanted.size)
    for number in pace(steps):
        for reached in ascent(ascent.begin(pictures), [number], None, given):
            moved = np.asarray(reached.state[0])
            pairs = zip(pictures, moved, strict=True)
            pictures = np.stack([_regularise(after, after - before, number) for before, after in pairs])
            yield replace(reached, decoded=pictures, state=[pictures])


def octaves(wanted: Wanted, steps: int, pace: Pace = unhurried) -> Iterator[Excited]:
    """Grow from 64 pixels to full size, some steps at each size, so that coarse forms come first."""
    return numbered(_octaves(wanted, steps, pace), wanted)


def _octaves(wanted: Wanted, steps: int, pace: Pace) -> Iterator[Reached]:
    sizes, ascent = octave_sizes(wanted.size)[-steps:], _ascent(wanted.network, wanted.layer, OCTAVE_STEP)
    pictures = _noise(wanted, sizes[0])
    for number, stage in enumerate(sizes):
        pictures = np.stack([resize(picture, stage) for picture in pictures])
        each = (steps * (number + 1)) // len(sizes) - (steps * number) // len(sizes)
        given = given_by(wanted, stage)
        for reached in ascent(ascent.begin(pictures), pace(each, 1 / (len(sizes) - number)), None, given):
            yield reached
            pictures = reached.pictures


def octave_sizes(size: Size) -> list[Size]:
    """Return (height, width) from coarse to fine.

    >>> octave_sizes((100, 200))
    [(58, 116), (69, 139), (83, 167), (100, 200)]
    """
    count = max(0, int(np.ceil(np.log(min(size) / SEED_SIDE) / np.log(GROWTH))))
    return [(round(size[0] / GROWTH**k), round(size[1] / GROWTH**k)) for k in reversed(range(count + 1))]


def _noise(wanted: Wanted, size: Size) -> Array:
    return np.stack([pixels(size).start(generator(seed, "canvas")) for seed in wanted.seeds])


def _regularise(picture: Image, update: Image, step: int) -> Image:
    """Return a picture (H, W, 3) after a step by ``update``, which is the gradient's direction, pulled towards grey."""
    away = (picture - GREY) * np.float32(1 - DECAY)
    if step % BLUR_EVERY == BLUR_EVERY - 1:
        away = soften(away, BLUR)
    norm, share = np.linalg.norm(away, axis=2), np.abs((away * update).sum(axis=2))
    away[(norm < np.quantile(norm, FAINT)) | (share < np.quantile(share, IDLE))] = 0
    return np.asarray(GREY + away, np.float32)


@lru_cache(KEPT)
def _ascent(network: Network, layer: str, step: float = STEP) -> Ascent:
    rule = chain(normalise_rms(), scale(step))
    return Ascent(network, excitation(layer), pixels((1, 1)), rule, ARGUMENTS)
