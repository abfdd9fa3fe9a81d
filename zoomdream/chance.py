"""Randomness without history: every draw is a function of a seed and of what it is for."""

import zlib

import numpy as np


def generator(seed: int, *purpose: int | str) -> np.random.Generator:
    """Return a fresh generator for one purpose, e.g. ``generator(seed, "jitter", key, octave, step)``.

    >>> float(generator(7, "hue", 3).random()) == float(generator(7, "hue", 3).random())
    True
    >>> float(generator(7, "hue", 3).random()) == float(generator(7, "hue", 4).random())
    False
    """
    return np.random.default_rng([_word(part) for part in (seed, len(purpose), *purpose)])


def _word(part: int | str) -> int:
    """Return a number ≥ 0; negative ones (keys before the film begins) wrap round 2^64."""
    return zlib.crc32(part.encode()) if isinstance(part, str) else part % (1 << 64)
