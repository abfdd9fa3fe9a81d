"""Many neurons at once: drawn from the layers of a network, grown some at a time."""

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import NamedTuple

import numpy as np

from zoomdream.chance import generator
from zoomdream.errors import BadInput
from zoomdream.network.addresses import CLASS, channels_of
from zoomdream.network.network import Network
from zoomdream.network.outline import outline
from zoomdream.picture.sheet import sheet as lay_out
from zoomdream.picture.warp import Image, Size
from zoomdream.still.imagine.excite import Wanted, excite
from zoomdream.still.imagine.neuron import last
from zoomdream.still.imagine.pace import Pace, share_of, unhurried
from zoomdream.still.passes import batches, layer_size
from zoomdream.still.target import Target

SIZE, STEPS = (160, 160), 128
LAYERS, NEURONS = 6, 8
"""How many layers a sheet shows, and how many neurons of each."""
TOGETHER = 8
"""Pictures that grow at once."""
LEAST_PLACES = 3
"""Rows and columns of a layer below which a picture of it shows little more than one thing."""
DEAD = 0.16
"""Grey value of the tile of a neuron that nothing moves."""


class Grown(NamedTuple):
    """A neuron and its picture (H, W, 3), ``None`` if it is dead; and the size (H, W) that was asked for."""

    target: Target
    picture: Image | None
    size: Size


def sheet(
    network: Network,
    layers: Sequence[str] = (),
    neurons: int = NEURONS,
    *,
    size: Size = SIZE,
    steps: int = STEPS,
    seed: int = 0,
) -> Image:
    """Return a labelled sheet (H, W, 3) of what excites neurons of several layers, one column for each.

    Args:
        layers: some from the first to the last one if not given.
        neurons: how many of each layer, drawn by the seed.
        size: (height, width) of each picture, in pixels.
        seed: decides every random draw.

    Raises:
        BadInput: there is no such layer.
    """
    targets = draw(network, layers or spread(network, size), neurons, seed)
    return arrange([each for some in grow(network, targets, size=size, steps=steps, seed=seed) for each in some])


def spread(network: Network, size: Size, count: int = LAYERS) -> list[str]:
    """Return layers from the first to the last that is worth looking at with pictures of that size, evenly spread."""
    main = [facts.name for facts in outline(network.model) if facts.main and "Pool" not in facts.kind]
    # A layer that is called after another one, ``block3_expand``, is on the way to it.
    names = [name for name in main if not any(name.startswith(f"{other}_") for other in main)]
    seen = [name for name in names if min(layer_size(network, name, size)) >= LEAST_PLACES]
    if not seen:
        raise BadInput(f"{network.name} has no layer with rows and columns for pictures of {size[1]}×{size[0]} pixels.")
    return [seen[number] for number in np.unique(np.linspace(0, len(seen) - 1, count).round().astype(int))]


def draw(network: Network, layers: Sequence[str], neurons: int, seed: int) -> list[Target]:
    """Return neurons of the layers, drawn by the seed and put in order; all of a layer that has no more.

    Raises:
        BadInput: there is no such layer, or no neuron is asked for.
    """
    if neurons < 1:
        raise BadInput(f"A sheet shows at least one neuron of each layer, not {neurons}.")
    targets = []
    for layer in dict.fromkeys(CLASS if name == CLASS else network.place(name) for name in layers):
        order = generator(seed, "sheet", layer).permutation(channels_of(network, layer))
        targets += [Target(layer, int(channel)) for channel in sorted(order[:neurons])]
    return targets


def grow(
    network: Network,
    targets: Sequence[Target],
    *,
    size: Size = SIZE,
    steps: int = STEPS,
    seed: int = 0,
    pace: Pace = unhurried,
) -> Iterator[list[Grown]]:
    """Yield the pictures of neurons in their order, some of one layer at a time, which grow together.

    A picture does not depend on which others grow with it.
    """
    together = list(_together(targets))
    for number, some in enumerate(together):
        wanted = Wanted(network, some, [seed] * len(some), size)
        growth = excite(wanted, steps, pace=share_of(pace, 1 / (len(together) - number)))
        reached = last(growth)
        found = zip(some, reached.pictures, reached.heard, strict=True)
        yield [Grown(target, picture if heard else None, size) for target, picture, heard in found]


def _together(targets: Sequence[Target]) -> Iterator[list[Target]]:
    """Yield the targets in their order, some of one layer at a time."""
    for _, some in groupby(targets, lambda target: target.layer):
        yield from (list(each) for each in batches(list(some), TOGETHER))


def arrange(grown: Sequence[Grown]) -> Image:
    """Return the sheet: a column for each layer where there are several, rows and columns of neurons where not."""
    columns = [list(some) for _, some in groupby(grown, lambda each: each.target.layer)]
    if len(columns) == 1:
        return lay_out([tile(each) for each in grown], [_caption(each) for each in grown])
    rows = [each for row in zip_longest(*columns) for each in row]
    blank = np.ones((1, 1, 3), np.float32)
    tiles = [tile(each) if each else blank for each in rows]
    return lay_out(tiles, [_caption(each) if each else "" for each in rows], len(columns))


def tile(grown: Grown) -> Image:
    """Return a neuron's picture, a plain dark one if it is dead."""
    return np.full((*grown.size, 3), DEAD, np.float32) if grown.picture is None else grown.picture


def _caption(one: Grown) -> str:
    return f"{one.target}\n{'dead' if one.picture is None else ''}".strip()
