"""Targets: what they mean, and which are refused."""

from typing import Any

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.network.addresses import Address
from zoomdream.still import passes, sensitivity
from zoomdream.still.class_maps import gradcam
from zoomdream.still.target import Target, read_target, weights


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class:cat", Target("class", 2)),
        ("class:2", Target("class", 2)),
        (2, Target("class", 2)),
        (np.int64(2), Target("class", 2)),
        (Address("class", "dog"), Target("class", 3)),
        ("two", Target("two")),
        ("two:7", Target("two", 7)),
        ("two:7@1,3", Target("two", 7, (1, 3))),
        ("two@1,3", Target("two", None, (1, 3))),
    ],
)
def test_a_target_is_read(text: Any, expected: Target, tiny: Any) -> None:
    assert read_target(text, tiny) == expected
    assert read_target(str(expected), tiny) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("class:cow", "cow"),
        ("class:5", "classes 0 to 4"),
        (5, "classes 0 to 4"),
        (-1, "classes 0 to 4"),
        ("class", "'class' alone names no class"),
        ("two:?", r"a still has no '\?'"),
        ("two:12", "channels 0 to 11"),
        ("two:7@-1,3", "from 0"),
        ("class:cat@1,3", "from 0"),
        ("three:1", "no layer 'three'"),
        ("pool:1", "no rows and columns"),
        ("", "is not an address"),
    ],
)
def test_what_is_no_place_is_refused(text: Any, message: str, tiny: Any) -> None:
    with pytest.raises(BadInput, match=message):
        read_target(text, tiny)


def test_a_target_is_called_by_its_label(tiny: Any, twins: Any) -> None:
    assert read_target(2, tiny).title(tiny) == "cat"
    assert read_target(0, tiny).title(tiny) == "ant"
    assert read_target("two:2", tiny).title(tiny) == "two:2"
    assert read_target(2, twins[0]).title(twins[0]) == "class:2"


def test_a_layer_inside_a_nested_model_has_one_name(twins: Any) -> None:
    assert read_target("act:1", twins[0]) == read_target("base/act:1", twins[0]) == Target("base/act", 1)


def test_weights_pick_a_channel_or_the_mean_of_all(tiny: Any) -> None:
    rows = weights([Target("two", 3), Target("two"), Target("two", 0)], tiny)
    assert np.array_equal(rows[0], np.eye(12)[3])
    assert np.allclose(rows[1], 1 / 12)
    assert np.array_equal(rows[2], np.eye(12)[0])


def test_the_score_of_a_neuron(tiny: Any, ask: Any, pictures: Any) -> None:
    """A value at a place, the mean over places, the mean over channels."""
    seen = np.asarray(tiny.activations(pictures, {"two"})["two"])
    for target, expected in (
        ("two:7@5,1", seen[:, 5, 1, 7]),
        ("two:7", seen[..., 7].mean((1, 2))),
        ("two@5,1", seen[:, 5, 1].mean(-1)),
        ("two", seen.mean((1, 2, 3))),
    ):
        assert np.allclose(ask(tiny, pictures, target).scores(), expected, rtol=1e-5, atol=1e-7)


def test_a_neuron_at_a_place_sees_its_own_surroundings_only(tiny: Any, ask: Any, pictures: Any) -> None:
    """Two 3×3 convolutions, the first with stride 2: at most 7×7 pixels around (2·y, 2·x)."""
    down = sensitivity.saliency(ask(tiny, pictures, "two_conv:7@2,1")).values
    assert down[:, 2:9, 0:7].any((1, 2)).all()
    down[:, 2:9, 0:7] = 0
    assert not down.any()


@pytest.mark.parametrize("place", ["6,0", "0,5", "99,99"])
def test_a_position_outside_is_refused_with_what_there_is(place: str, tiny: Any, ask: Any, pictures: Any) -> None:
    """The layer has 6×5 places for a picture of 12×10 pixels."""
    with pytest.raises(
        BadInput, match=f"^two:7@{place} is outside: for a picture of 10×12 pixels .* rows 0 to 5 and columns 0 to 4"
    ):
        sensitivity.saliency(ask(tiny, pictures, f"two:7@{place}"))
    assert ask(tiny, pictures, "two:7@5,4").scores().shape == (5,)


def test_several_positions_are_compiled_once(tiny: Any, ask: Any, pictures: Any) -> None:
    ways = (passes._forward, passes._to_picture, passes._to_layer)
    for way in ways:
        way.cache_clear()
    for place in ("two:7", "two:7@0,0", "two:7@5,4", "two@2,3"):
        question = ask(tiny, pictures, place)
        question.scores(), sensitivity.saliency(question), gradcam(question, layer="one")
    assert [way.cache_info().misses for way in ways] == [1, 1, 1]
