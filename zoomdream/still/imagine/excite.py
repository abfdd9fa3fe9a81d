"""What excites neurons: pictures that grow out of noise, several neurons of one layer at a time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from zoomdream.ascent.ascend import Ascent, Reached
from zoomdream.ascent.canvas import Canvas, fourier, pixels
from zoomdream.ascent.examples import sameness
from zoomdream.ascent.excitation import CHANNELS, PLACES, excitation, log_likelihood
from zoomdream.ascent.objectives import CLASS, Objective, total_variation
from zoomdream.ascent.rules import adam
from zoomdream.ascent.transforms import Transforms
from zoomdream.chance import generator
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.network.backend import Shape, let_through
from zoomdream.network.network import Network, Wrap
from zoomdream.picture.warp import Size, resize
from zoomdream.still.imagine.pace import Pace, unhurried
from zoomdream.still.passes import layer_size
from zoomdream.still.target import Target, weights

Array = NDArray[np.float32]

FIRST_SIDE = 256
"""Shorter side, in pixels, up to which a picture grows at its full size from the start."""
LATER = 0.25
"""Of the steps, how many go to each larger size after the first."""
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
    """

    rate: float = 0.08
    falloff: float = 1.25
    smoothness: float = 0.0
    moves: Transforms | None = field(default_factory=Transforms)

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


def excite(wanted: Wanted, steps: int, look: Look = NATURAL, pace: Pace = unhurried) -> Iterator[Reached]:
    """Take pictures from noise to what excites their neurons, and yield where they are after every step.

    A picture larger than 256 pixels grows at a smaller size first, so that its forms fill it. Where a neuron is silent
    everywhere, its gradient is let through the rectifiers; its slope is told as 0 until it is heard, and one whose
    slope is 0 in the end is dead.

    Args:
        steps: in all.

    Raises:
        BadInput: the layer cannot be reached with a picture of that size.
        ZoomdreamError: what the network computes is not finite.
    """
    stages = growing_sizes(wanted.size, steps)
    for stage, _ in stages:
        wanted.network.check_size(*stage, {wanted.layer})
    pictures: Array | None = None
    for number, (stage, count) in enumerate(stages):
        reached = None
        for reached in _grow(wanted, stage, pictures, look, iter(pace(count, 1 / (len(stages) - number))), number):
            yield reached
        pictures = reached.pictures if reached else pictures


def growing_sizes(size: Size, steps: int) -> list[tuple[Size, int]]:
    """Return (height, width) and steps of each stage, from coarse to fine.

    >>> growing_sizes((224, 224), 256), growing_sizes((512, 1024), 256)
    ([((224, 224), 256)], [((256, 512), 192), ((512, 1024), 64)])
    """
    later = max(1, round(LATER * steps))
    doublings = 0
    while min(size) / 2**doublings > FIRST_SIDE and (doublings + 1) * later < steps:
        doublings += 1
    sizes = [(round(size[0] / 2**k), round(size[1] / 2**k)) for k in reversed(range(doublings + 1))]
    return list(zip(sizes, [steps - doublings * later] + [later] * doublings, strict=True))


def _grow(
    wanted: Wanted, size: Size, pictures: Array | None, look: Look, numbers: Iterator[int], stage: int
) -> Iterator[Reached]:
    """Yield where the pictures are after each step at one size; they begin as noise if there are none yet."""
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

    begun = ascent.begin(_begun(ascent.canvas, wanted, pictures, size))
    last = next(climb(ascent, begun, islice(numbers, 1)), None)
    if last is None:
        return
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
    """Return the objective less a part of it for pictures that are alike, whatever its own scale."""
    alike = sameness(layer)
    return Objective(objective.layers | alike.layers, lambda a: objective.value(a) * (1 - variety * alike.value(a)))


@lru_cache(KEPT)
def _ascent(
    network: Network, layer: str, size: Size, look: Look, variety: float, likelihood: bool, relu: Wrap | None = None
) -> Ascent:
    objective = log_likelihood() if likelihood else excitation(layer)
    if variety:
        objective = _unlike(objective, layer, variety)
    if look.smoothness:
        objective = objective - look.smoothness * total_variation(1.0)
    border = "reflect" if look.moves else None
    return Ascent(network, objective, look.canvas(size), adam(look.rate), ARGUMENTS, border, relu)
