"""Colours for maps: numbers (H, W) as pictures, alone or over a photograph."""

from collections.abc import Sequence
from functools import cache

import cmap
import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput, did_you_mean
from zoomdream.picture.warp import Image

UNSIGNED, SIGNED = "inferno", "vik"
"""Perceptually uniform both; the second one is neutral at zero."""
STRONG = 0.995
"""Quantile of |values| that gets the full colour; a few pixels beyond it would leave the others dark."""
VEIL = 0.35
"""Share of its strongest value at which a map covers a picture as much as it may."""


def check_colormap(name: str) -> None:
    """Refuse a colour map that does not exist.

    Raises:
        BadInput: naming the nearest.
    """
    _table(name)


def common_limit(maps: Sequence[NDArray[np.float32]]) -> float:
    """Return the value that gets the full colour for several maps under one scale; more than 0."""
    strength = np.concatenate([np.abs(values).ravel() for values in maps])
    return float(np.quantile(strength, STRONG)) or float(strength.max()) or 1.0


def paint(values: NDArray[np.float32], limit: float, signed: bool, colormap: str | None = None) -> Image:
    """Return a map as a picture (H, W, 3).

    Args:
        values: (H, W), or (H, W, 3) with one map for each colour, shown around grey.
        limit: value, more than 0, that gets the end of the scale; what is beyond it, too.
        signed: whether the scale goes from −limit to limit rather than from 0.
        colormap: name of the colours; the usual ones if not given.
    """
    if values.ndim == 3:
        return np.asarray(np.clip(0.5 + values / (2 * limit), 0, 1), np.float32)
    table = _table(colormap or (SIGNED if signed else UNSIGNED))
    place = (values / limit + 1) / 2 if signed else values / limit
    return table[np.rint(np.clip(place, 0, 1) * (len(table) - 1)).astype(np.intp)]


def overlay(
    picture: Image,
    values: NDArray[np.float32],
    limit: float,
    signed: bool,
    alpha: float = 0.75,
    colormap: str | None = None,
) -> Image:
    """Return a picture (H, W, 3) with a map over it, that covers it the more the stronger it is.

    Where the map is 0 the picture is seen in grey tones, so that colour always means the map. A map with one value
    for each colour is added to the grey picture.

    Args:
        alpha: how much the strongest values cover the picture, in [0, 1]; at 0 it is seen as it is.
    """
    grey = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
    below = picture + np.float32(alpha) * (0.8 * grey - picture)
    if values.ndim == 3:
        return np.asarray(np.clip(below + alpha * values / limit, 0, 1), np.float32)
    cover = alpha * np.clip(np.abs(values) / (VEIL * limit), 0, 1)[..., None]
    return np.asarray(below + cover * (paint(values, limit, signed, colormap) - below), np.float32)


@cache
def _table(name: str) -> Image:
    """Return 256 colours (256, 3)."""
    try:
        return np.asarray(cmap.Colormap(name).lut(256)[:, :3], np.float32)
    except (ValueError, TypeError, KeyError) as why:
        known = sorted({each.rpartition(":")[2] for each in cmap.Colormap.catalog()})
        raise BadInput(f"There is no colour map {name!r}{did_you_mean(name, known)}; viridis is one.") from why
