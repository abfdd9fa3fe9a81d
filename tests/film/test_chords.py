"""Chords as text."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zoomdream.errors import BadInput
from zoomdream.film.chords import parse_chord


@pytest.mark.parametrize(
    ("text", "voices"),
    [
        ("block10:4", [(1, "block10:4")]),
        ("block10", [(1, "block10")]),
        ("block10:?", [(1, "block10:?")]),
        ("class:zebra", [(1, "class:zebra")]),
        ("class:tabby cat", [(1, "class:tabby cat")]),
        ("class:jack-o'-lantern", [(1, "class:jack-o'-lantern")]),
        ("0.5 block8:7", [(0.5, "block8:7")]),
        ("0.5*block8:7", [(0.5, "block8:7")]),
        ("2 * block8:7", [(2, "block8:7")]),
        (".25 block8:7", [(0.25, "block8:7")]),
        ("- block5:1", [(-1, "block5:1")]),
        ("-0.2 block5:1", [(-0.2, "block5:1")]),
        ("  block10:4  ", [(1, "block10:4")]),
        (
            "block10:4 + 0.5 block8:7 - 0.2 block5:1",
            [(1, "block10:4"), (0.5, "block8:7"), (-0.2, "block5:1")],
        ),
        ("2 class:3 - class:4", [(2, "class:3"), (-1, "class:4")]),
        ("-a:1 - 2 b:2 + c", [(-1, "a:1"), (-2, "b:2"), (1, "c")]),
        ("a:1 - 2 b:2- + c:?+", [(1, "a:1"), (-2, "b:2"), (1, "c:?")]),
    ],
)
def test_a_chord_is_its_voices(text, voices):
    assert [(voice.weight, str(voice.address)) for voice in parse_chord(text)] == voices


@pytest.mark.parametrize(
    ("text", "sides"), [("a:1", [""]), ("a:1+", ["+"]), ("a:1- - b+ + c", ["-", "+", ""]), ("2 a:?-", ["-"])]
)
def test_a_voice_may_have_a_side(text, sides):
    assert [voice.side for voice in parse_chord(text)] == sides


@pytest.mark.parametrize("text", ["a:1", "0.5 a:1", "-2 b:?", "a:1+", "0.25 a-"])
def test_a_voice_reads_as_it_was_written(text):
    assert str(parse_chord(text)[0]) == text


@pytest.mark.parametrize(
    "text", ["", " ", "block10:", ":4", "block10:4 + ", " + block10:4", "a:1 + :2", "@1,2", "a:1@2"]
)
def test_what_is_no_chord_is_refused(text):
    with pytest.raises(BadInput):
        parse_chord(text)


def test_a_neuron_at_one_place_is_for_stills():
    with pytest.raises(BadInput, match=r"block10:4@7,9.*stills"):
        parse_chord("block8 + block10:4@7,9")


@given(text=st.text(alphabet="ab:1 +-*.?@,0class\t", max_size=40) | st.text(max_size=40))
@example("a + ")
@example(" - a")
@example("9" * 400 + " block10:4")
def test_any_text_is_a_chord_or_refused(text):
    try:
        chord = parse_chord(text)
    except BadInput:
        return
    assert chord
    assert all(math.isfinite(voice.weight) for voice in chord)
