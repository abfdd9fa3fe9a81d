"""What excites neurons: pictures that grow out of noise, several neurons of one layer at a time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from zoomdream.ascent.ascend import Ascent, Reached
from zoomdream.ascent.canvas import Canvas, fourier, pixels
from zoomdream.ascent.examples import sameness
from zoomdream.ascent.excitation import CHANNELS, PLACES, excitation, log_likelihood
from zoomdream.ascent.objectives import CLASS, Activations, Objective, total_variation
from zoomdream.ascent.rules import adam
from zoomdream.ascent.transforms import Transforms
from zoomdream.chance import generator
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.network.backend import Shape, let_through
from zoomdream.network.network import Network, Wrap
from zoomdream.picture.warp import Size, resize
from zoomdream.still.class_maps import default_layer
from zoomdream.still.imagine.pace import Pace, unhurried
from zoomdream.still.imagine.stages import COARSEST, Stage, coarse_to_fine
from zoomdream.still.passes import layer_size
from zoomdream.still.target import Target, weights

Array = NDArray[np.float32]

LIKELIHOOD = 10.0
"""How much a log probability counts beside the total variation, which suits logits."""
ARGUMENTS: dict[str, Shape] = {CHANNELS: (None, None), PLACES: (None, None, None)}
"""What an excitation reads besides activations."""
STILL = Transforms(0, 1, 0)
KEPT = 8
"""Compiled ascents that are kept."""


@dataclass(frozen=True)
class Look:
    """What keeps a picture natural while it grows.

    Attributes:
        rate: step size of Adam, in the canvas's parameters.
        falloff: exponent of the Fourier canvas's 1/f; more is softer. 0: plain pixels instead.
        smoothness: weight of the total variation, a cost.
        moves: how the picture is moved at random; ``None``: never.
        border: what is seen beyond its edges meanwhile, see :func:`zoomdream.ascent.transforms.moved`.
    """

    rate: float = 0.08
    falloff: float = 1.25
    smoothness: float = 0.0
    moves: Transforms | None = field(default_factory=Transforms)
    border: str = "reflect"

    def canvas(self, size: Size) -> Canvas:
        """Return the canvas of pictures of that size (height, width)."""
        return fourier(size, self.falloff) if self.falloff else pixels(size)


NATURAL = Look()
RAW = Look(rate=0.01, falloff=0, moves=None)
"""Nothing keeps it natural: the noise that excites a neuron all the same."""


@dataclass(frozen=True)
class Wanted:
    """What is to be excited, one neuron for each picture.

    Attributes:
        targets: of one layer.
        seeds: decide each picture's noise and how it is moved.
        size: (height, width) of the pictures, in pixels; targets' places are meant at this size.
        variety: weight by which the pictures are kept unlike one another.
        likelihood: of classes, the log probability rather than the logit.
    """

    network: Network
    targets: Sequence[Target]
    seeds: Sequence[int]
    size: Size
    variety: float = 0.0
    likelihood: bool = False

    @property
    def layer(self) -> str:
        """The layer of all targets."""
        return self.targets[0].layer


@dataclass(frozen=True)
class Excited(Reached):
    """Where pictures are after a step.

    Attributes:
        heard: (n,), whether anything has moved each neuron so far: where nothing ever does, it is dead.
        size: (height, width) that was asked for; while they are smaller, pictures are enlarged to it.
    """

    heard: NDArray[np.bool_]
    size: Size

    @property
    def pictures(self) -> Array:
        """(n, H, W, 3), RGB in [0, 1], after the step."""
        return np.stack([resize(picture, self.size) for picture in super().pictures])


def excite(wanted: Wanted, steps: int, look: Look = NATURAL, pace: Pace = unhurried) -> Iterator[Excited]:
    """Take pictures from noise to what excites their neurons, and yield where they are after every step.

    A picture larger than 256 pixels grows at a smaller size first, so that its forms fill it. Where a neuron is silent
    everywhere, its gradient is let through the rectifiers until it is heard. For one place of a layer the picture is
    never moved, so that the place stays where it is.

    Args:
        steps: in all.

    Raises:
        BadInput: the layer cannot be reached with a picture of that size.
        ZoomdreamError: what the network computes is not finite.
    """
    if any(target.position for target in wanted.targets):
        look = replace(look, moves=None)
    return numbered(_in_stages(wanted, steps, look, pace), wanted)


def numbered(growth: Iterator[Reached], wanted: Wanted) -> Iterator[Excited]:
    """Yield where a growth is, its steps numbered through all sizes, with what has been heard so far."""
    heard = np.zeros(len(wanted.targets), bool)
    for number, reached in enumerate(growth):
        heard = heard | (reached.slopes > 0) | (reached.heights > 0)
        yield Excited(number, reached.heights, reached.slopes, reached.decoded, reached.state, heard, wanted.size)


def _in_stages(wanted: Wanted, steps: int, look: Look, pace: Pace) -> Iterator[Reached]:
    pictures: Array | None = None
    for number, stage in enumerate(stages_of(wanted, steps)):
        reached = None
        for reached in _grow(wanted, stage.size, pictures, look, iter(pace(stage.steps, stage.share)), number):
            yield reached
        pictures = reached.pictures if reached else pictures


def stages_of(wanted: Wanted, steps: int) -> list[Stage]:
    """Return the sizes that pictures go through, the first one large enough for the layer to be reached.

    Raises:
        BadInput: the layer cannot be reached at full size, or there is nothing to do.
    """
    if steps < 1 or min(wanted.size) < 1 or not wanted.targets:
        raise BadInput("A picture grows in at least one step, and has at least one pixel.")
    wanted.network.check_size(*wanted.size, {wanted.layer})
    coarsest = COARSEST
    while True:
        stages = coarse_to_fine(wanted.size, steps, coarsest)
        if len(stages) == 1 or _reaches(wanted, stages[0].size):
            return stages
        coarsest *= 2


def _reaches(wanted: Wanted, size: Size) -> bool:
    try:
        wanted.network.check_size(*size, {wanted.layer})
    except BadInput:
        return False
    return True


def _grow(
    wanted: Wanted, size: Size, pictures: Array | None, look: Look, numbers: Iterator[int], stage: int
) -> Iterator[Reached]:
    """Yield where the pictures are after each step at one size; they begin as noise if there are none yet."""
    first = list(islice(numbers, 1))
    if not first:  # stopped before anything is compiled
        return
    given = given_by(wanted, size)
    ascent = _ascent(wanted.network, wanted.layer, size, look, wanted.variety, wanted.likelihood)

    def moves(step: int) -> Array:
        draws = [generator(seed, "move", stage, step) for seed in wanted.seeds]
        return np.stack([(look.moves or STILL).draw(draw, size) for draw in draws])

    def climb(ascent: Ascent, state: Sequence[object], numbers: Iterable[int]) -> Iterator[Reached]:
        for reached in ascent(state, numbers, moves if look.moves else None, given):
            if not np.isfinite(reached.slopes).all():
                raise ZoomdreamError(f"What {wanted.network.name} computes at {wanted.layer} is not finite.")
            yield reached

    [last] = climb(ascent, ascent.begin(_begun(ascent.canvas, wanted, pictures, size)), first)
    yield last
    silent, rest = last.slopes == 0, last.heights
    if silent.any():
        with suppress(BadInput):  # where what does a ReLU's work is none, a gradient is never zero
            ascent = _ascent(wanted.network, wanted.layer, size, look, wanted.variety, wanted.likelihood, let_through)
    for reached in climb(ascent, last.state, numbers):
        silent &= reached.heights <= rest
        yield replace(reached, slopes=np.where(silent, 0, reached.slopes)) if silent.any() else reached


def _begun(canvas: Canvas, wanted: Wanted, pictures: Array | None, size: Size) -> Array:
    """Return the parameters to begin with."""
    if pictures is None:
        return np.stack([canvas.start(generator(seed, "canvas")) for seed in wanted.seeds])
    return canvas.encode(np.stack([resize(picture, size) for picture in pictures]))


def given_by(wanted: Wanted, size: Size) -> dict[str, Array]:
    """Return which channels and which places of the layer count, for each picture at one size.

    Raises:
        BadInput: a target's place is outside the layer.
    """
    channels = weights(wanted.targets, wanted.network)
    if wanted.layer == CLASS:
        return {CHANNELS: channels, PLACES: np.ones((len(channels), 1, 1), np.float32)}
    rows, columns = layer_size(wanted.network, wanted.layer, size)
    most = layer_size(wanted.network, wanted.layer, wanted.size)
    places = np.full((len(channels), rows, columns), 1 / (rows * columns), np.float32)
    for each, target in zip(places, wanted.targets, strict=True):
        if target.position:
            y, x = target.position
            if y >= most[0] or x >= most[1]:
                at = f"for a picture of {wanted.size[1]}×{wanted.size[0]} pixels"
                raise BadInput(f"{target} is outside: {at} {wanted.layer} has {most[0]} rows and {most[1]} columns.")
            each[:] = 0
            each[y * rows // most[0], x * columns // most[1]] = 1
    return {CHANNELS: channels, PLACES: places}


def _unlike(objective: Objective, layer: str, variety: float) -> Objective:
    """Return the objective less a part of its size for pictures that are alike at a layer."""
    alike = sameness(layer)

    def value(a: Activations) -> Any:
        height = objective.value(a)
        return height - variety * ops.abs(height) * alike.value(a)

    return Objective(objective.layers | alike.layers, value)


@lru_cache(KEPT)
def _ascent(
    network: Network, layer: str, size: Size, look: Look, variety: float, likelihood: bool, relu: Wrap | None = None
) -> Ascent:
    objective = LIKELIHOOD * log_likelihood() if likelihood else excitation(layer)
    if variety:
        objective = _unlike(objective, default_layer(network, CLASS) if layer == CLASS else layer, variety)
    if look.smoothness:
        objective = objective - look.smoothness * total_variation(1.0)
    return Ascent(network, objective, look.canvas(size), adam(look.rate), ARGUMENTS, look.border, relu)
