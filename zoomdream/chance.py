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
    words = [zlib.crc32(p.encode()) if isinstance(p, str) else p for p in purpose]
    return np.random.default_rng([seed, *words])
