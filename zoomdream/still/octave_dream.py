"""The classic dream of a photograph: what a network believes to see in it, amplified at several sizes."""

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from keras import ops

from zoomdream.ascent.climb import FlatGradient, compile_climb
from zoomdream.ascent.memory import memory_for
from zoomdream.ascent.objectives import Objective, channel, class_logit, energy, guide
from zoomdream.ascent.octaves import over_octaves
from zoomdream.ascent.rules import chain, normalise_std, scale, smooth
from zoomdream.chance import generator
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.network.addresses import CLASS
from zoomdream.network.network import Network
from zoomdream.network.outline import outline
from zoomdream.picture.warp import Image, Size, resize
from zoomdream.still.target import Target, read_target

OCTAVES, RATIO, STEPS, STEP, LINES = 4, 1.4, 10, 2.0, 720
JITTER, TILE = 32, 1024
SMALLEST = 64
"""Height or width, in pixels, below which there is no octave."""


def dream(
    network: Network,
    image: Image,
    targets: Sequence[str] = (),
    *,
    example: Image | None = None,
    mask: Image | None = None,
    octaves: int = OCTAVES,
    ratio: float = RATIO,
    steps: int = STEPS,
    step: float = STEP,
    lines: int = LINES,
    seed: int = 0,
) -> Image:
    """Return a picture (H, W, 3), RGB in [0, 1], after a dream (Mordvintsev et al., 2015).

    Args:
        targets: addresses of layers or channels to amplify, together; one two thirds through the network if not given.
        example: a guide image (H', W', 3); what is amplified is then the likeness of the targets' layers to it.
        mask: (H, W) in [0, 1], how much of the dream each place gets; everywhere all of it if not given.
        octaves: sizes at which the network looks at the picture, from coarse to fine.
        ratio: from one size to the next.
        steps: gradient steps at each size.
        step: size of one step, in 1/255 of the range.
        lines: height of the finest size, at most the picture's own; what is dreamt is added to the picture in full.
        seed: decides the random shifts.

    Raises:
        BadInput: a target names no place in the network.
        ZoomdreamError: the targets cannot be excited: their gradient is zero.
    """
    _check(image, mask, octaves, steps)
    objective = amplifying(network, targets, example)
    size = image.shape[0], image.shape[1]
    sizes = octave_sizes(size, octaves, ratio, lines)
    for height, width in sizes:
        network.check_size(min(height, TILE), min(width, TILE), objective.layers)
    rule = chain(smooth(), normalise_std(), scale(step / 255))
    climb = compile_climb(network, objective, rule, tile=TILE)

    def at(start: Any, octave: int) -> Any:
        reach = JITTER if start.shape[0] * start.shape[1] <= TILE**2 else TILE // 2

        def shifts(number: int) -> tuple[int, int]:
            down, right = generator(seed, "jitter", octave, number).integers(-reach, reach + 1, 2)
            return int(down), int(right)

        return ops.clip(climb(start, steps, shifts), 0, 1)

    try:
        dreamt = np.clip(over_octaves(image, sizes, at, memory_for([size, *sizes], TILE)), 0, 1)
    except FlatGradient as why:
        raise ZoomdreamError(
            f"{' + '.join(targets) or default_target(network)} of {network.name} cannot be excited here: {why}."
        ) from why
    return dreamt if mask is None else image + mask[..., None] * (dreamt - image)


def amplifying(network: Network, targets: Sequence[str], example: Image | None = None) -> Objective:
    """Return the objective of a dream: the sum of its targets' energies, or their likeness to an example.

    Raises:
        BadInput: a target names no place in the network.
    """
    places = [read_target(text, network) for text in targets or [default_target(network)]]
    if example is None:
        return reduce(add, (_louder(place) for place in places))
    return reduce(add, (_alike(network, place, example) for place in places))


def octave_sizes(size: Size, octaves: int, ratio: float, lines: int) -> list[Size]:
    """Return (height, width) from coarse to fine, leaving out what is smaller than a network can look at.

    >>> octave_sizes((400, 800), 3, 2.0, 300)
    [(75, 150), (150, 300), (300, 600)]
    """
    height, width = size
    finest = min(1.0, lines / height)
    factors = [finest / ratio**k for k in reversed(range(octaves))]
    sizes = [(max(1, round(height * factor)), max(1, round(width * factor))) for factor in factors]
    return [each for each in sizes if min(each) >= SMALLEST] or sizes[-1:]


def _check(image: Image, mask: Image | None, octaves: int, steps: int) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype.kind != "f":
        raise BadInput(f"A picture is an array (H, W, 3) of floats in [0, 1], not {image.shape} of {image.dtype}.")
    if mask is not None and mask.shape != image.shape[:2]:
        raise BadInput(f"A mask has the picture's height and width, {image.shape[:2]}, not {mask.shape}.")
    if octaves < 1 or steps < 1:
        raise BadInput(f"A dream takes at least one octave and one step, not {octaves} and {steps}.")


def default_target(network: Network) -> str:
    """Return a layer that is good to dream of where none is named: two thirds of the way through the network."""
    names = [facts.name for facts in outline(network.model) if facts.main and "Pool" not in facts.kind]
    return names[2 * len(names) // 3]


def _louder(place: Target) -> Objective:
    if place.position is not None:
        raise BadInput(f"{place}: a dream amplifies layers and channels, not one place.")
    if place.channel is None:
        return energy(place.layer)
    return class_logit(place.channel) if place.layer == CLASS else channel(place.layer, place.channel)


def _alike(network: Network, place: Target, example: Image) -> Objective:
    if place.layer == CLASS or place.channel is not None:
        raise BadInput(f"{place}: with a guide image, name whole layers.")
    height, width = network.size
    factor = max(1.0, height / min(example.shape[:2]))
    seen = resize(example, (round(example.shape[0] * factor), round(example.shape[1] * factor)))
    most = max(seen.shape[:2])
    if most > 2 * width:
        seen = resize(seen, tuple(max(32, round(side * 2 * width / most)) for side in seen.shape[:2]))
    return guide(place.layer, np.asarray(network.activations(seen[None], {place.layer})[place.layer]))
