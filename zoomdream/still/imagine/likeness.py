"""Likeness: pictures that grow until a network sees in them what it saw in examples.

What a network sees depends on where things lie to the pixel, as its strides skip every other one. A picture that always
lies the same way takes on their grid, so picture and example are moved before each step, by the same parts of pixels.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.ascent.ascend import Ascent, Reached
from zoomdream.ascent.canvas import Canvas, fourier, pixels
from zoomdream.ascent.examples import (
    colour_distance,
    colour_key,
    colour_spread,
    example_key,
    feature_distance,
    gram,
    gram_distance,
)
from zoomdream.ascent.objectives import Objective, norm, total_variation
from zoomdream.ascent.rules import adam
from zoomdream.ascent.transforms import moved
from zoomdream.chance import generator
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.network.backend import Shape, compile_frozen, compile_lightly
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image, Size, resize
from zoomdream.still.passes import layer_size

Array = NDArray[np.float32]
Given = Mapping[str, Array]

JITTER = 2.0
"""Pixels, either way, by which a picture and its example are moved."""
MOVES = 32
"""Different moves, a multiple of 4; what the network sees in an example is worked out once for each."""
SQUARES = (1, 4, 16)
"""Sides of the squares that colours are averaged over, in pixels."""
LEAST_SHARE = 1e-6
"""How much a place under a mask counts at least, so that something does."""
KEPT = 8
"""Compiled passes that are kept."""


@dataclass(frozen=True)
class Likeness:
    """What a picture is to have in common with examples, and what keeps it natural; numbers are weights of costs.

    Attributes:
        features: layers whose activations are compared: the mean of their distances.
        grams: layers whose Gram matrices are compared: the mean of their distances.
        strength: weight of the distance of Gram matrices.
        variation: weight of the mean |difference| of neighbouring pixels (total variation with β = 1).
        excess: weight of the mean |x − ½|⁶, which keeps plain pixels within their range.
        colours: weight of the distance of colours, pixel by pixel and averaged over squares of 4 and 16.
        masked: whether Gram matrices are those of some places, see :func:`places`.
    """

    features: tuple[str, ...] = ()
    grams: tuple[str, ...] = ()
    strength: float = 1.0
    variation: float = 0.0
    excess: float = 0.0
    colours: float = 0.0
    masked: bool = False

    def cost(self) -> Objective:
        """Return the weighted sum of the costs, ≥ 0, to be lowered."""
        terms = [1 / len(self.features) * feature_distance(layer) for layer in self.features]
        terms += [self.strength / len(self.grams) * gram_distance(layer, self.masked) for layer in self.grams]
        terms += [self.variation * total_variation(1.0)] if self.variation else []
        terms += [self.excess * norm(6.0)] if self.excess else []
        terms += [self.colours / len(SQUARES) * colour_distance(scale) for scale in SQUARES if self.colours]
        return sum(terms[1:], terms[0])

    def ascent(self, network: Network, canvas: Canvas, rate: float, border: str = "reflect") -> Ascent:
        """Return the compiled ascent that lowers the cost."""
        channels = network.channels
        arguments: dict[str, Shape] = {
            example_key(layer, "features"): (None, None, None, channels[layer]) for layer in self.features
        }
        for layer in self.grams:
            arguments[example_key(layer, "gram")] = (None, channels[layer], channels[layer])
            if self.masked:
                arguments[example_key(layer, "places")] = (None, None, None)
        if self.colours:
            for scale in SQUARES:
                arguments |= {colour_key(scale, "mean"): (None, 3), colour_key(scale, "spread"): (None, 3, 3)}
        return Ascent(network, -self.cost(), canvas, adam(rate), arguments, border)


@lru_cache(KEPT)
def kept_ascent(
    network: Network, aim: Likeness, size: Size, falloff: float, rate: float, border: str = "reflect"
) -> Ascent:
    """Return a compiled ascent on a Fourier canvas, or with a falloff of 0 on pixels; it is kept for the next time."""
    return aim.ascent(network, fourier(size, falloff) if falloff else pixels(size), rate, border)


def approach(
    ascent: Ascent,
    start: Array,
    numbers: Iterable[int],
    moves: Sequence[Array],
    given: Sequence[Given],
    seed: int,
    stage: int = 0,
) -> Iterator[Reached]:
    """Take steps from parameters (1, …), each with one of some moves, and yield where each led.

    Args:
        moves: (2, 3) each, see :mod:`zoomdream.ascent.transforms`.
        given: for each move what the objective reads of the examples.
        seed: decides, with the number of the stage, which move is drawn.

    Raises:
        ZoomdreamError: what the network computes is not finite.
    """

    def drawn(step: int) -> int:
        return int(generator(seed, "move", stage, step).integers(len(moves)))

    state = ascent.begin(start)
    for reached in ascent(state, numbers, lambda step: moves[drawn(step)][None], lambda step: given[drawn(step)]):
        if not np.isfinite(reached.slopes).all():
            raise ZoomdreamError(
                "What the network computes is not finite here: its weights or input range may be wrong."
            )
        yield reached


def small_moves(seed: int) -> list[Array]:
    """Return moves (2, 3) by parts of pixels, as far one way as the other, so that every edge is seen as often."""
    shifts = generator(seed, "moves").uniform(0, JITTER, (MOVES // 4, 2))
    every = [(x * down, y * right) for down, right in shifts for x in (1, -1) for y in (1, -1)]
    return [np.array([[1, 0, right], [0, 1, down]], np.float32) for down, right in every]


def features(network: Network, picture: Image, layers: Collection[str], moves: Sequence[Array]) -> list[Given]:
    """Return for each move what the network sees in a picture (H, W, 3) moved so, by :func:`example_key`."""
    seen = (activations(network, moved(picture[None], move[None]), layers) for move in moves)
    return [{example_key(layer, "features"): found for layer, found in each.items()} for each in seen]


def grams(network: Network, picture: Image, layers: Collection[str], mask: Image | None = None) -> dict[str, Array]:
    """Return layer → Gram matrix (1, c, c) of a picture (H, W, 3), or of where a mask (H, W) lets it count."""
    shares = {} if mask is None else places(network, mask, layers)
    found = activations(network, picture[None], layers)
    return {layer: np.asarray(gram(each, shares.get(example_key(layer, "places")))) for layer, each in found.items()}


def colours(picture: Image) -> dict[str, Array]:
    """Return what the distance of colours reads of a picture (H, W, 3)."""
    mean = picture.mean((0, 1), dtype=np.float64).astype(np.float32)[None]
    found = {colour_key(scale, "spread"): np.asarray(colour_spread(picture[None], mean, scale)) for scale in SQUARES}
    return {**found, **{colour_key(scale, "mean"): mean for scale in SQUARES}}


def places(network: Network, mask: Image, layers: Collection[str]) -> dict[str, Array]:
    """Return by :func:`example_key` how much each place (1, h, w) of layers counts under a mask (H, W)."""
    found = {}
    for layer in layers:
        there = resize(mask, layer_size(network, layer, (mask.shape[0], mask.shape[1])))
        there = np.maximum(there, LEAST_SHARE)
        found[example_key(layer, "places")] = (there / there.sum())[None]
    return found


def activations(network: Network, pictures: Array, layers: Collection[str]) -> dict[str, Array]:
    """Return layer → activations (n, h, w, c) of pictures (n, H, W, 3) of any size."""
    names = tuple(sorted(layers))
    return dict(zip(names, _looking(network, names)(pictures=pictures), strict=True)) if names else {}


@lru_cache(KEPT)
def _looking(network: Network, layers: tuple[str, ...]) -> Any:
    def run(pictures: Any) -> list[Any]:
        found = network.activations(pictures, set(layers))
        return [found[layer] for layer in layers]

    compiled = compile_frozen if network.small else compile_lightly
    return compiled(run, {"pictures": (None, None, None, 3)})


def check_example_size(network: Network, example: Image, layers: Collection[str], name: str) -> None:
    """Refuse an example (H, W, 3) that is seen too small for one of the layers.

    Raises:
        BadInput: so it is; the message calls it by its name.
    """
    try:
        network.check_size(example.shape[0], example.shape[1], set(layers))
    except BadInput as why:
        raise BadInput(f"The {name} is seen too small: {why}") from why


def mean_of(image: Image) -> Image:
    """Return the picture that is the image's mean colour everywhere."""
    return np.broadcast_to(image.mean((0, 1), keepdims=True), image.shape).astype(np.float32)


def relative(found: Array, example: Array) -> float:
    """Return ‖Φ − Φ₀‖² / ‖Φ₀‖²."""
    return float(
        np.square(found - example, dtype=np.float64).sum() / max(np.square(example, dtype=np.float64).sum(), 1e-12)
    )
