"""Colours for maps: numbers (H, W) as pictures, alone or over a photograph."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import cmap
import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput, did_you_mean
from zoomdream.picture.warp import Image, resize, soften

UNSIGNED, SIGNED = "bids:inferno", "colorbrewer:RdBu_r"
"""The first is perceptually uniform; the second one blue below zero, red above, and a pure light grey at zero."""
STRONG = 0.995
"""Quantile of |values| that gets the full colour; a few pixels beyond it would leave the others dark."""
MOST = 1_000_000
"""Values of a map that are looked at to find that quantile."""
COLOURS = 1025
"""Steps of a scale; odd, so that one of them is its middle."""

VEIL = 0.5
"""Share of the limit at which a map covers a picture as much as it may."""
DIM = 0.85
"""Brightness of the grey picture under a map."""
DETAIL, SURROUNDINGS = 0.8, 1 / 30
"""How much of a picture's detail stays visible over a map's colours, and its coarsest, in parts of the height."""
SMALL = 480
"""Height in pixels at which a picture's surroundings are found."""
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def check_colormap(name: str) -> None:
    """Refuse a colour map that does not exist.

    Raises:
        BadInput: naming the nearest.
    """
    _table(name)


def common_limit(maps: Sequence[NDArray[np.float32]]) -> float:
    """Return the value that gets the full colour for several maps under one scale; more than 0."""
    strength = np.concatenate([np.abs(values.ravel()[:: values.size // MOST + 1]) for values in maps])
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

    Where the map is 0 the picture is seen in grey tones, so that colour always means the map. Where it is strong, the
    colour is the scale's on average, and the picture's detail is seen as lighter and darker places in it. A map with
    one value for each colour is added to the grey picture.

    Args:
        alpha: how much the strongest values cover the picture, in [0, 1]; at 0 it is seen as it is.
    """
    grey = (picture @ LUMA)[..., None]
    below = picture + np.float32(min(1.0, 1.5 * alpha)) * (DIM * grey - picture)
    if values.ndim == 3:
        return np.asarray(np.clip(below + alpha * values / limit, 0, 1), np.float32)
    detail = grey - _surroundings(grey)
    colours = paint(values, limit, signed, colormap) + DETAIL * detail
    cover = alpha * _smoothstep(np.abs(values) / (VEIL * limit))[..., None]
    return np.asarray(np.clip(below + cover * (colours - below), 0, 1), np.float32)


def _surroundings(grey: Image) -> Image:
    """Return a picture (H, W, 1) without its detail; so soft that a small one, grown again, is as good."""
    height, width = grey.shape[:2]
    factor = min(1.0, SMALL / height)
    small = resize(grey, (max(1, round(height * factor)), max(1, round(width * factor))))
    soft = soften(small, max(1.0, SURROUNDINGS * height * factor))
    return resize(soft, (height, width)).reshape(grey.shape)


def _smoothstep(values: NDArray[Any]) -> NDArray[np.float32]:
    held = np.clip(values, 0, 1)
    return np.asarray(held * held * (3 - 2 * held), np.float32)


@cache
def _table(name: str) -> Image:
    """Return the colours of a scale (:data:`COLOURS`, 3)."""
    catalogue = cmap.Colormap.catalog()
    forward, turned = (name[:-2], "_r") if name.lower().endswith("_r") else (name, "")
    try:
        whole = catalogue.resolve(forward)
    except KeyError as why:
        known = sorted({each.rpartition(":")[2] for each in catalogue})
        near = did_you_mean(name, [*known, *(f"{each}_r" for each in known if turned)])
        raise BadInput(f"There is no colour map {name!r}{near}; viridis is one.") from why
    return np.asarray(cmap.Colormap(whole + turned).lut(COLOURS)[:, :3], np.float32)
