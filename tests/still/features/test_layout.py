"""Layouts: no two in one cell, and what is close stays close."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoomdream.still.features.layout import cloud, grid, grid_size

counts = st.integers(1, 60)
alike = st.booleans()


def points(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 2))


@given(counts, counts, alike)
def test_every_point_has_a_cell_of_its_own(count, seed, same):
    some = np.zeros((count, 2)) if same else points(count, seed)
    size = grid_size(count, 1.5)
    for cells in (grid(some, *size), cloud(some)):
        assert len({tuple(cell) for cell in cells.tolist()}) == count
        assert (cells >= 0).all()
    assert (grid(some, *size) < size).all()
    assert cloud(some).min(0).tolist() == [0, 0]


def test_points_of_a_grid_are_laid_out_as_they_are():
    wanted = np.asarray([(column, row) for column in range(6) for row in range(4)])
    some = wanted[np.random.default_rng(0).permutation(24)]
    assert grid(some * 0.37 - 5, 6, 4).tolist() == some.tolist()
    spread = cloud(some * 0.37 - 5)
    for axis in (0, 1):
        assert (np.diff(spread[np.argsort(some[:, axis], kind="stable"), axis]) >= 0).all()


def test_what_is_left_of_a_grid_is_its_end():
    cells = {tuple(cell) for cell in grid(points(10), 4, 3).tolist()}
    assert cells == {(column, row) for column in range(4) for row in range(3)} - {(2, 2), (3, 2)}


def test_what_is_close_stays_close():
    some = points(400, 3)
    for cells in (grid(some, *grid_size(400, 1)), cloud(some)):
        for axis in (0, 1):
            assert np.corrcoef(cells[:, axis], some[:, axis])[0, 1] > 0.85


def test_a_cloud_keeps_its_shape():
    """Two heaps stay two: columns between them are free."""
    heaps = np.concatenate([points(60) * 0.05 - (5, 0), points(60, 1) * 0.05 + (5, 0)])
    cells = cloud(heaps)
    assert cells[:60, 0].max() + 1 < cells[60:, 0].min()
    for heap in (cells[:60], cells[60:]):  # round, not cut off where the points' bounds are
        assert np.ptp(heap[:, 0]) == pytest.approx(np.ptp(heap[:, 1]), abs=3)


@pytest.mark.parametrize("count", [1, 2, 7, 300, 10_000])
def test_a_grid_has_no_more_rows_than_it_needs(count):
    columns, rows = grid_size(count, 1.5)
    assert columns * rows >= count > columns * (rows - 1)
