"""Sheets: which neurons are drawn, and that each is grown as by itself."""

from typing import Any

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.still.imagine import many
from zoomdream.still.imagine.excite import Wanted, excite
from zoomdream.still.target import Target

SMALL = (24, 24)


def test_layers_are_spread_from_the_first_to_the_last(lite0: Any) -> None:
    names = many.spread(lite0, (160, 160))
    assert len(names) == many.LAYERS and names[0] == "stem" and names[-1] == "head"
    order = list(lite0.channels)
    assert names == sorted(names, key=order.index)
    assert not any("_" in name for name in names)


def test_small_pictures_leave_out_layers_that_shrink_to_nothing(lite0: Any) -> None:
    assert many.spread(lite0, (64, 64))[-1] == "block10"


def test_neurons_are_drawn_by_the_seed_and_in_order(tiny: Any) -> None:
    drawn = many.draw(tiny, ["one", "two"], 4, seed=1)
    assert [target.layer for target in drawn] == ["one"] * 4 + ["two"] * 4
    channels = [target.channel for target in drawn]
    assert channels[:4] == sorted(set(channels[:4])) and channels[4:] == sorted(set(channels[4:]))
    assert drawn == many.draw(tiny, ["one", "two"], 4, seed=1) != many.draw(tiny, ["one", "two"], 4, seed=2)
    assert len(many.draw(tiny, ["one", "two", "one"], 99, seed=1)) == 8 + 12
    assert [str(target) for target in many.draw(tiny, ["class"], 9, seed=1)] == [f"class:{i}" for i in range(5)]
    with pytest.raises(BadInput, match="did you mean"):
        many.draw(tiny, ["tow"], 1, seed=0)


def test_a_tile_is_what_its_neuron_gives_by_itself(tiny: Any) -> None:
    targets = many.draw(tiny, ["one", "two"], 8, seed=0)
    grown = [each for some in many.grow(tiny, targets, size=SMALL, steps=5, seed=3) for each in some]
    assert [each.target for each in grown] == targets
    living = [each for each in grown if each.picture is not None]
    assert len(living) > len(grown) / 2
    for each in (living[1], living[-2]):
        *_, alone = excite(Wanted(tiny, [each.target], [3], SMALL), 5)
        assert np.abs(alone.pictures[0] - each.picture).max() < 1e-3


def test_a_sheet_has_a_column_for_each_layer(tiny: Any) -> None:
    colours = [np.full((20, 30, 3), shade, np.float32) for shade in (0.1, 0.2, 0.3, 0.4)]
    targets = [Target("one", 0), Target("one", 1), Target("two", 0), Target("two", 1)]
    picture = many.arrange([many.Grown(t, c, (20, 30)) for t, c in zip(targets, colours, strict=True)])

    def column(shade: float) -> float:
        return float(np.argwhere(np.abs(picture - shade).max(2) < 0.003)[:, 1].mean())

    assert column(0.1) == column(0.2) < column(0.3) == column(0.4)
    uneven = [many.Grown(t, c, (20, 30)) for t, c in zip(targets[:3], colours, strict=False)]
    assert many.arrange(uneven).shape == picture.shape
    assert many.sheet(tiny, ["two"], 3, size=SMALL, steps=2).ndim == 3


def test_a_dead_neuron_has_a_plain_tile_that_is_not_grey() -> None:
    tile = many.tile(many.Grown(Target("one", 0), None, (20, 30)))
    assert tile.shape == (20, 30, 3) and tile.max() < 0.3 and tile.std() < 1e-6
