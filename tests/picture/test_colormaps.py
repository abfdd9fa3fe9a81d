"""Colours for maps, alone and over a photograph."""

import subprocess
import sys

import cmap
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoomdream.errors import BadInput
from zoomdream.picture.colormaps import SIGNED, UNSIGNED, check_colormap, common_limit, overlay, paint

PHOTO = np.random.default_rng(0).random((40, 60, 3), np.float32)


def row(*values):
    return np.array([values], np.float32)


def test_the_ends_of_a_scale_are_the_ends_of_the_colours():
    colours = cmap.Colormap("viridis")
    painted = paint(row(-1, 0, 3, 7), limit=3, signed=False, colormap="viridis")[0]
    first, last = np.array(colours(0.0).rgba[:3]), np.array(colours(1.0).rgba[:3])
    assert painted == pytest.approx(np.array([first, first, last, last]), abs=1e-6)
    turned = paint(row(0, 3), limit=3, signed=False, colormap="viridis_r")[0]
    assert turned == pytest.approx(np.array([last, first]), abs=1e-6)


def test_a_signed_map_is_neutral_at_zero_blue_below_and_red_above():
    below, zero, above = paint(row(-2, 0, 2), limit=2, signed=True)[0]
    assert zero[0] == zero[1] == zero[2] > 0.9
    assert below[2] > 2 * below[0]
    assert above[0] > 2 * above[2]


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_is_brighter(one, other):
    """So that a map can be read in print without colour; within half a step of the scale."""
    less, more = sorted([one, other])
    dark, bright = paint(row(less, more), limit=1, signed=False)[0] @ np.array([0.2126, 0.7152, 0.0722])
    assert bright >= dark - 2e-3


def test_three_maps_are_shown_around_grey():
    values = np.array([[[0, 2, -2], [1, -1, 9]]], np.float32)
    expected = np.array([[[0.5, 1, 0], [0.75, 0.25, 1]]], np.float32)
    assert paint(values, limit=2, signed=True) == pytest.approx(expected)


def test_every_scale_of_the_catalogue_can_be_used_by_any_case_and_full_name():
    check_colormap("VIRIDIS")
    check_colormap("crameri:batlow_r")
    assert paint(row(0, 1), 1, False, "RdBu") == pytest.approx(paint(row(0, 1), 1, False, "colorbrewer:rdbu"))


@pytest.mark.parametrize(("name", "near"), [("virdis", "'viridis'"), ("infernoo_r", "'inferno_r'")])
def test_an_unknown_name_is_refused_with_the_nearest(name, near):
    with pytest.raises(BadInput, match=f"'{name}'.*did you mean {near}"):
        check_colormap(name)


@pytest.mark.parametrize("name", ["black->white", "", "_r", "#fff"])
def test_what_is_no_name_is_no_scale(name):
    with pytest.raises(BadInput, match="no colour map"):
        check_colormap(name)


def test_the_usual_scales_say_nothing(caplog):
    for name in (UNSIGNED, SIGNED, "RdBu", "coolwarm"):
        check_colormap(name)
    assert not caplog.records


def test_a_common_limit_is_the_strength_that_one_in_two_hundred_exceeds():
    values = np.arange(1001, dtype=np.float32).reshape(7, 143)
    assert common_limit([values]) == pytest.approx(995)
    assert common_limit([values[:3], -values[3:]]) == pytest.approx(995)


def test_a_limit_is_never_zero():
    nothing = np.zeros((30, 30), np.float32)
    assert common_limit([nothing]) == 1
    nothing[3, 4] = -5
    assert common_limit([nothing]) == 5


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("shape", [(40, 60), (40, 60, 3)])
def test_without_alpha_the_photo_is_itself(signed, shape):
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    assert overlay(PHOTO, values, 1.0, signed, alpha=0) == pytest.approx(PHOTO, abs=1e-6)


@pytest.mark.parametrize("signed", [False, True])
def test_where_a_map_is_zero_the_photo_is_grey_and_keeps_its_contrast(signed):
    shown = overlay(PHOTO, np.zeros((40, 60), np.float32), 1.0, signed)
    assert np.ptp(shown, axis=2).max() < 1e-6
    grey = PHOTO @ np.array([0.299, 0.587, 0.114])
    assert shown[..., 0] == pytest.approx(0.85 * grey, abs=1e-6)


def test_over_a_plain_photo_a_full_map_has_its_own_colours():
    plain = np.full((40, 60, 3), 0.5, np.float32)
    values = np.full((40, 60), 0.7, np.float32)
    assert overlay(plain, values, 1.0, False, alpha=1) == pytest.approx(paint(values, 1.0, False), abs=1e-5)


def test_the_photo_s_detail_is_seen_through_the_strongest_colours():
    stripes = np.zeros((40, 60, 3), np.float32)
    stripes[:, ::2] = 1
    shown = overlay(stripes, np.full((40, 60), 0.8, np.float32), 1.0, False)
    assert (shown[:, 2::2].sum(-1) - shown[:, 1:-2:2].sum(-1)).min() > 0.5


def test_an_overlay_is_a_picture():
    values = np.random.default_rng(1).normal(size=(40, 60)).astype(np.float32) * 10
    shown = overlay(PHOTO, values, 1.0, True)
    assert shown.dtype == np.float32
    assert 0 <= shown.min() <= shown.max() <= 1


def test_colours_load_no_plotting_library():
    code = "import sys, zoomdream.picture.panel; sys.exit(any(n in sys.modules for n in ('matplotlib', 'keras')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
