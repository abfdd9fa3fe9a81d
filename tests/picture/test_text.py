"""Words in pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoomdream.picture.text import canvas, finished, plain, shortened, width, write

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


@given(st.text(max_size=80), st.integers(8, 40), st.integers(45, 400))
def test_a_shortened_line_fits(words, size, room):
    assert width(shortened(words, size, room), size) <= room


def test_what_fits_is_left_alone_and_what_does_not_keeps_as_much_as_it_can():
    whole = "tabby, tabby cat"
    assert shortened(whole, 16, width(whole, 16)) == whole
    cut = shortened(whole, 16, width(whole, 16) - 1)
    assert cut == "tabby, tabby c…"
    assert shortened("tabby, tabby cat", 16, width("tabby, …", 16)) == "tabby…"


def test_the_longest_text_costs_nothing():
    assert width(shortened("x" * 3_000_000, 16, 100), 16) <= 100


@pytest.mark.parametrize(
    "words", ["中文 кошка", "a\nb\tc", "\udcff.jpg", "a\x00b", "🐱", "שלום", "", "\u0301", "x" * 1_100_000]
)
def test_any_text_can_be_written(words):
    drawn = canvas(40, 200, WHITE)
    write(drawn, (5, 25), words, 16, BLACK)
    assert finished(drawn).shape == (40, 200, 3)


@given(st.text(max_size=40))
def test_plain_text_is_one_printable_line(words):
    assert plain(words).isprintable() or "\ufffd" in plain(words)
    assert "\n" not in plain(words)


def test_words_leave_ink_where_they_are_put():
    drawn = canvas(40, 200, WHITE)
    write(drawn, (20, 30), "cat", 16, BLACK)
    rows, columns = np.nonzero(finished(drawn)[..., 0] < 0.5)
    assert 20 <= columns.min() < columns.max() <= 20 + width("cat", 16)
    assert 30 - 16 <= rows.min() < rows.max() <= 30
