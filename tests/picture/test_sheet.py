"""Sheets: every tile is there as it is, in reading order, and what is said stands beneath it."""

import numpy as np
import pytest

from zoomdream.picture.panel import MARGIN
from zoomdream.picture.sheet import DARK, LIGHT, sheet


def tiles(count, height=40, width=40):
    """Return plain tiles, the first one darkest: each has a grey of its own."""
    return [np.full((height, width, 3), number / 255, np.float32) for number in range(1, count + 1)]


def places(drawn, count):
    """Return (top, left, height, width) of each of those tiles."""
    levels = np.rint(drawn[..., 0] * 255) * (np.ptp(drawn, axis=2) == 0)
    found = [np.argwhere(levels == number) for number in range(1, count + 1)]
    return [(*map(int, one.min(0)), *map(int, np.ptp(one, axis=0) + 1)) for one in found]


def test_tiles_stand_in_reading_order_as_large_as_they_are():
    found = places(sheet(tiles(7), columns=3), 7)
    assert {place[2:] for place in found} == {(40, 40)}
    assert found == sorted(found)
    assert [found[i][0] == found[i + 1][0] for i in range(6)] == [True, True, False, True, True, False]
    assert found[0][:2] == (MARGIN, MARGIN)


def test_a_smaller_tile_stands_on_its_caption():
    some = [*tiles(1, 60, 40), np.full((20, 30, 3), 2 / 255, np.float32)]
    first, second = places(sheet(some, columns=2), 2)
    assert first[0] + first[2] == second[0] + second[2]
    assert second[2:] == (20, 30)


def test_captions_titles_and_labels_take_room_and_change_no_tile():
    plain = sheet(tiles(4), columns=2)
    said = sheet(tiles(4), ["a", "b\nc", "d", "e"], 2, rows=["one", "two"], title="Tiles")
    assert said.shape[0] > plain.shape[0]
    assert said.shape[1] > plain.shape[1]
    assert {place[2:] for place in places(said, 4)} == {(40, 40)}
    bare = sheet(tiles(4), ["", "", "", ""], 2)
    assert bare.shape == plain.shape


def test_a_long_caption_stays_within_its_tile():
    long = sheet(tiles(1, 40, 60), ["w" * 100])
    assert long.shape[1] == 60 + 2 * MARGIN
    ink = np.abs(long - 1).max(2) > 0.1
    assert ink.any(0).nonzero()[0][-1] < MARGIN + 60 + 1


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_the_ground_is_that_of_the_look(look):
    assert np.rint(sheet(tiles(2), look=look)[0, 0] * 255).tolist() == list(look.ground)


def test_many_tiles_make_a_sheet_of_good_proportion():
    height, width = sheet(tiles(100)).shape[:2]
    assert 1.2 < width / height < 2
