"""Layouts: points of the plane as cells of a grid, no two in one, neighbours beside each other."""

from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Cells = NDArray[np.int64]

FREE = 0.5
"""Share of the cells of a cloud that stay free, so that its shape is seen."""
LONGEST = 2.0
"""Most that a cloud is longer than wide, or wider than long."""


def grid(points: Points, columns: int, rows: int) -> Cells:
    """Return (n, 2), the column and row of each point (n, 2) in a grid that has a cell for all of them.

    The points are halved along x, each half along y and so on, each side getting as many points as it has cells: what
    is left stays left, and what is close stays close. Cells that are too many are the last ones.
    """
    cells = np.zeros((len(points), 2), np.int64)
    wanted = (np.arange(columns * rows) < len(points)).reshape(rows, columns).T
    _halve(points, np.arange(len(points)), (0, 0), wanted, cells)
    return cells


def _halve(points: Points, some: Any, corner: tuple[int, int], wanted: NDArray[np.bool_], cells: Cells) -> None:
    """Give some of the points the wanted ones of the cells (columns, rows) behind a corner."""
    if len(some) == 0:
        return
    if wanted.size == 1:
        cells[some[0]] = corner
        return
    axis = 0 if wanted.shape[0] >= wanted.shape[1] else 1
    half = wanted.shape[axis] // 2
    near, far = np.split(wanted, [half], axis)
    order = some[np.argsort(points[some, axis], kind="stable")]
    count = int(near.sum())
    _halve(points, order[:count], corner, near, cells)
    _halve(points, order[count:], (corner[0] + half * (axis == 0), corner[1] + half * (axis == 1)), far, cells)


def grid_size(count: int, proportion: float) -> tuple[int, int]:
    """Return (columns, rows) of the smallest grid for so many cells of which ``proportion`` is width over height."""
    columns = max(1, round(sqrt(count * proportion)))
    return columns, ceil(count / columns)


def cloud(points: Points) -> Cells:
    """Return (n, 2), the column and row of each point (n, 2) in a grid: the free cell nearest to its own place.

    x and y have one scale, at which about :data:`FREE` of the cells within the points' bounds stay free. Those in the
    middle choose first, so that it is the outer ones that make way, beyond these bounds too.
    """
    low, high = points.min(0), points.max(0)
    columns, rows = _cloud_size(len(points), high - low)
    scales = [(cells - 1) / span for cells, span in zip((columns, rows), high - low, strict=True) if span > 0]
    beyond = max(columns, rows)
    places = beyond + (points - low) * min(scales, default=0.0)
    cells = _settled(places, np.ones((columns + 2 * beyond, rows + 2 * beyond), bool))
    return np.asarray(cells - cells.min(0))


def _settled(places: Points, free: NDArray[np.bool_]) -> Cells:
    cells = np.zeros((len(places), 2), np.int64)
    distance = np.hypot(*(places - np.median(places, axis=0)).T)
    for number in np.argsort(distance, kind="stable"):
        cells[number] = _nearest_free(places[number], free)
        free[tuple(cells[number])] = False
    return cells


def _nearest_free(place: Any, free: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the free cell nearest to a place, looking at larger and larger squares around it."""
    column, row = (int(each) for each in np.rint(place))
    reach = 1
    while True:
        left, top = max(0, column - reach), max(0, row - reach)
        there = np.argwhere(free[left : column + reach + 1, top : row + reach + 1]) + np.asarray([left, top])
        distance = np.hypot(*(there - place).T)
        if distance.min(initial=np.inf) <= reach:  # what lies outside the square is farther
            found = there[distance.argmin()]
            return int(found[0]), int(found[1])
        reach *= 2


def _cloud_size(count: int, span: Any) -> tuple[int, int]:
    """Return (columns, rows) with room for all points and what stays free, in their proportion."""
    proportion = float(np.clip(span[0] / span[1], 1 / LONGEST, LONGEST)) if span.min() > 0 else 1.0
    return grid_size(ceil(count / (1 - FREE)), proportion)
