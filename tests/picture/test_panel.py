"""Panels of pictures with captions and a scale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoomdream.picture.colormaps import paint
from zoomdream.picture.panel import LONGEST, MARGIN, SHORTEST, ColourScale, Tile, _ticks, panel, tile_size


def noise(seed, height=200, width=330):
    return (np.random.default_rng(seed).integers(0, 256, (height, width, 3)) / 255).astype(np.float32)


def found(picture, whole):
    """Return (top, left) of a picture inside another, where its pixels are the very same."""
    height, width = picture.shape[:2]
    same = (np.abs(whole - picture[0, 0]) < 1e-3).all(-1)
    for top, left in np.argwhere(same[: whole.shape[0] - height + 1, : whole.shape[1] - width + 1]):
        if np.allclose(whole[top : top + height, left : left + width], picture, atol=1e-3):
            return int(top), int(left)
    raise AssertionError("The picture is not there.")


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10])
@pytest.mark.parametrize("scale", [None, ColourScale(0.35, False), ColourScale(12, True)])
def test_every_picture_is_there_pixel_for_pixel_in_reading_order(count, scale):
    pictures = [noise(number) for number in range(count)]
    whole = panel([Tile(picture, f"number {number}") for number, picture in enumerate(pictures)], scale, "A title")
    places = [found(picture, whole) for picture in pictures]
    assert places == sorted(set(places))


def test_two_wide_pictures_stand_below_each_other_and_two_tall_ones_side_by_side():
    wide = panel([Tile(noise(number, 100, 500), "") for number in range(2)])
    assert found(noise(0, 100, 500), wide)[1] == found(noise(1, 100, 500), wide)[1]
    tall = panel([Tile(noise(number, 500, 250), "") for number in range(2)])
    assert found(noise(0, 500, 250), tall)[0] == found(noise(1, 500, 250), tall)[0]


@given(st.integers(1, 10), st.integers(1, 400), st.integers(1, 400))
def test_a_panel_is_never_a_ribbon(count, height, width):
    """With a picture of usual proportions it is neither much wider nor much higher than a page."""
    height, width = 100 + height, 100 + width
    if 0.5 < width / height < 2:
        whole = panel([Tile(np.zeros((height, width, 3), np.float32), "")] * count, ColourScale(1, False))
        assert 0.45 < whole.shape[1] / whole.shape[0] < 5


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 10))
def test_pictures_are_shown_neither_tiny_nor_huge(height, width, columns):
    shown = tile_size(height, width, columns)
    assert SHORTEST <= max(shown) <= LONGEST
    if min(shown) > 20:
        assert shown[1] / shown[0] == pytest.approx(width / height, rel=0.05)


def test_captions_stay_below_their_own_picture():
    pictures = [np.zeros((300, 300, 3), np.float32)] * 2
    whole = panel([Tile(pictures[0], "W" * 200), Tile(pictures[1], "")])
    empty = panel([Tile(pictures[0], ""), Tile(pictures[1], "")])
    assert whole.shape == empty.shape
    rows, columns = np.nonzero((whole != empty).any(-1))
    height, width = tile_size(300, 300, 2)
    assert columns.min() >= MARGIN
    assert columns.max() < MARGIN + width
    assert rows.min() > MARGIN + height
    assert rows.max() < whole.shape[0] - MARGIN // 2


def test_a_narrow_picture_leaves_room_for_its_caption():
    whole = panel([Tile(np.zeros((600, 20, 3), np.float32), "Egyptian cat")] * 3)
    assert whole.shape[1] > 3 * 100


def test_nothing_is_cut_off_at_the_edges():
    tiles = [Tile(noise(number), "some caption, gy") for number in range(3)]
    for scale in (ColourScale(1234567.0, True), ColourScale(3.2e-9, True), ColourScale(0.7, False)):
        whole = panel(tiles, scale, "A title that is very long indeed, " * 9)
        edges = [whole[:12], whole[-12:], whole[:, :12], whole[:, -12:]]
        assert min(edge.min() for edge in edges) == 1


@pytest.mark.parametrize("signed", [False, True])
def test_the_scale_shows_the_colours_of_the_map_the_most_on_top(signed):
    tile = Tile(np.ones((320, 320, 3), np.float32), "")
    whole = panel([tile], ColourScale(2.0, signed))
    beside = whole[MARGIN : MARGIN + 320, MARGIN + 320 :]
    coloured = np.flatnonzero((beside < 1).any(-1).all(0))
    column = coloured[len(coloured) // 2]
    values = np.linspace(2.0, -2.0 if signed else 0.0, 320, dtype=np.float32)[:, None]
    assert beside[:, column] == pytest.approx(paint(values, 2.0, signed)[:, 0], abs=1 / 255)


def test_numbers_beside_the_scale_are_round_and_at_their_place():
    unsigned = _ticks(ColourScale(0.35, False), 5)
    assert [text for _, text in unsigned] == ["0", "0.1", "0.2", "0.3"]
    assert [place for place, _ in unsigned] == pytest.approx([0, 2 / 7, 4 / 7, 6 / 7])
    assert _ticks(ColourScale(10, True), 5) == [(0.0, "-10"), (0.25, "-5"), (0.5, "0"), (0.75, "+5"), (1.0, "+10")]


@given(st.floats(1e-30, 1e30), st.booleans(), st.integers(1, 9))
def test_numbers_beside_any_scale(limit, signed, most):
    ticks = _ticks(ColourScale(limit, signed), most)
    assert 2 <= len(ticks) <= 6
    assert "0" in [text for _, text in ticks]
    for place, text in ticks:
        assert -1e-5 <= place <= 1 + 1e-5
        least = -limit if signed else 0.0
        assert float(text) == pytest.approx(least + place * (limit - least), rel=1e-3, abs=limit * 1e-3)
