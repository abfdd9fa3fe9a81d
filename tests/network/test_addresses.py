"""Addresses are read, checked and refused with what would be right."""

import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoomdream.errors import BadInput
from zoomdream.network.addresses import Address, channel_index, channels_of, check_address, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("block10", Address("block10")),
        (" block10:4 ", Address("block10", "4")),
        ("block10:?", Address("block10", "?")),
        ("block10:4@7,9", Address("block10", "4", (7, 9))),
        ("block10@-1,0", Address("block10", None, (-1, 0))),
        ("class:Siamese cat, Siamese", Address("class", "Siamese cat, Siamese")),
        ("inner/act : 3", Address("inner/act", "3")),
    ],
)
def test_addresses_are_read(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize("text", ["", ":", "a:", "a@1", "a@1,b", "@1,2", "a:@1,2", "a@1,2:3", "a@" + "9" * 5000 + ",1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is not an address: write LAYER"):
        parse_address(text)


@given(st.text() | st.from_regex(r"\w*:?\w*@?-?\d*,?-?\d*", fullmatch=True))
def test_any_text_is_an_address_or_bad_input(text: str) -> None:
    try:
        address = parse_address(text)
    except BadInput:
        return
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text",
    ["a" + " " * 10**6 + "@", "a:b" + " " * 10**6 + "@", ":" * 10**6, "a@" * 10**6],
    ids=["layer", "channel", "colons", "places"],
)
def test_an_endless_address_is_refused_at_once_and_in_short(text: str) -> None:
    began = time.process_time()
    with pytest.raises(BadInput) as caught:
        parse_address(text)
    assert time.process_time() - began < 1
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "twwo:1",
            "The network tiny has no layer 'twwo' (did you mean 'two'?); 'zoomdream networks layers tiny' lists",
        ),
        ("two:12", "two:12: two of tiny has channels 0 to 11."),
        ("two:-1", "two:-1: two of tiny has channels 0 to 11."),
        ("two:" + "9" * 5000, "two of tiny has channels 0 to 11."),
        ("two:bee", "two:bee: two of tiny has channels 0 to 11."),
        ("class:5", "class:5: class of tiny has classes 0 to 4."),
        ("class:bea", "class:bea: tiny has no class of that name (did you mean 'bee'?)."),
        ("class:zebra", "class:zebra: tiny has no class of that name."),
        ("two:1@-1,0", "two:1@-1,0: a position counts rows and columns of a layer from 0."),
        ("class:1@0,0", "class:1@0,0: a position counts"),
        ("pool:1", "The layer 'pool' of tiny has no rows and columns: name one before it."),
    ],
)
def test_a_wrong_address_says_what_would_be_right(tiny: Any, text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_address(parse_address(text), tiny)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["two", "two:0", "two:11", "two:?", "one:3@0,5", "class:4", "class:BEE", "class"])
def test_right_addresses_pass(tiny: Any, text: str) -> None:
    check_address(parse_address(text), tiny)


def test_channels_and_classes_are_counted(tiny: Any) -> None:
    assert channels_of(tiny, "two") == 12
    assert channels_of(tiny, "class") == 5
    assert channel_index(parse_address("class:Dog"), tiny) == 3


def test_a_network_without_classes_says_so(small: Any, network: Any) -> None:
    from keras import layers

    which = network(small(layers.Conv2D(2, 3, name="conv"), name="blind"))
    with pytest.raises(BadInput, match="The network blind has no classes"):
        check_address(parse_address("class:3"), which)


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("zebra", 340),
        ("Siamese", 284),
        ("siamese_cat", 284),
        ("Siamese cat, Siamese", 284),
        ("tiger-cat", 282),
        ("Egyptian cat", 285),
        ("cardigan", 474),
        ("kite", 21),
        ("999", 999),
    ],
)
def test_imagenet_classes_answer_to_all_their_names(lite0: Any, name: str, index: int) -> None:
    assert channel_index(Address("class", name), lite0) == index


def test_a_name_of_several_classes_is_refused_with_all_of_them(lite0: Any) -> None:
    with pytest.raises(BadInput, match=r"names several classes .* write class:crane bird or class:construction crane"):
        channel_index(Address("class", "crane"), lite0)
    with pytest.raises(BadInput, match=r"\(did you mean 'Siamese cat'\?\)"):
        channel_index(Address("class", "siameze cat"), lite0)


def test_reading_addresses_needs_no_tensor_library() -> None:
    script = "import sys, zoomdream.network.addresses, zoomdream.network.families, zoomdream.network.inputs; "
    script += "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
