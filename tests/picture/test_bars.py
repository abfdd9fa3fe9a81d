"""Bars beside a picture."""

import numpy as np
import pytest

from zoomdream.picture.bars import COLOUR, WIDTH, bars, with_bars

BLUE = np.array(COLOUR, np.float32) / 255


def blue_lengths(chart):
    """Return how many pixels of each bar are blue, from top to bottom."""
    lengths = (np.abs(chart - BLUE) < 0.02).all(-1).sum(1)
    inside = lengths > 0
    starts = np.flatnonzero(np.diff(np.concatenate([[0], inside])) == 1)
    ends = np.flatnonzero(np.diff(np.concatenate([inside, [0]])) == -1) + 1
    return [int(lengths[start:end].max()) for start, end in zip(starts, ends, strict=True)]


def test_a_bar_is_as_long_as_its_probability():
    chart = bars(["cat", "dog", "elk"], [0.5, 0.25, 1.0], height=200)
    assert chart.shape == (200, WIDTH, 3)
    assert blue_lengths(chart) == pytest.approx([0.5 * WIDTH, 0.25 * WIDTH, WIDTH], abs=1)


def test_nothing_is_no_bar():
    assert blue_lengths(bars(["cat", "dog"], [0.0, 1.0], height=120)) == [WIDTH]


def test_a_long_label_ends_before_the_percentage():
    short, long = (bars([label], [0.4], height=60) for label in ("", "tabby cat, " * 40))
    columns = np.flatnonzero((short != long).any((0, 2)))
    percentage = np.flatnonzero((short[:30] < 0.9).any((0, 2)))
    assert columns.max() < percentage.min()


def test_as_many_labels_as_asked_for_stand_below_each_other():
    picture = np.zeros((50, 400, 3), np.float32)
    chart = with_bars(picture, [f"class {number}" for number in range(20)], [0.5] * 20)
    assert len(blue_lengths(chart)) == 20


def test_the_picture_stands_left_of_its_bars():
    picture = np.random.default_rng(0).random((300, 400, 3), np.float32)
    whole = with_bars(picture, ["cat"], [1.0])
    assert whole.shape[1] > 400 + WIDTH
    assert whole[28:328, 28:428] == pytest.approx(picture, abs=1 / 255)
    assert blue_lengths(whole[:, 428:]) == [WIDTH]
