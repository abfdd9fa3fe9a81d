"""Errors are one sentence on one line, whatever the names in them."""

import pytest

from zoomdream.errors import BadInput, shown


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("a\nb.png is no picture.", "a\\nb.png is no picture."),
        ("\x1b[31mred\x1b[0m.png", "\\x1b[31mred\\x1b[0m.png"),
        ("caf\udce9.png", "caf\\udce9.png"),
        ("é ± 中 – block10 → 'x'", "é ± 中 – block10 → 'x'"),
    ],
)
def test_what_cannot_be_printed_is_escaped(said: str, printed: str) -> None:
    assert str(BadInput(said)) == printed


@pytest.mark.parametrize(
    "value",
    ["a" * 10**6, [list("abc")] * 10**5, {str(n): n for n in range(10**5)}, 10**5000],
    ids=["text", "list", "table", "number"],
)
def test_a_huge_value_is_shown_in_a_few_words(value: object) -> None:
    assert len(shown(value)) < 200
