"""The climb: a few steps up an objective's gradient, at one size."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops

from zoomdream.ascent.compiling import Step, compile_gradient, compile_step
from zoomdream.ascent.few import Weights
from zoomdream.ascent.objectives import Objective
from zoomdream.ascent.rules import Rule
from zoomdream.ascent.tiles import Gradient, RolledGradient, Shift, rolled
from zoomdream.network.backend import Shape, lent
from zoomdream.network.network import Network

__all__ = ["Climb", "FlatGradient", "Shifts", "Weights", "compile_climb", "compile_gradient"]

Shifts = Callable[[int], Shift]


class FlatGradient(Exception):
    """The gradient is zero everywhere or not finite: there is no way up from here."""

    def __init__(self, finite: bool) -> None:
        super().__init__("the gradient is zero everywhere" if finite else "the gradient is not finite")
        self.finite = finite


@dataclass(frozen=True)
class Climb:
    """What stays the same over a film: where up is, and how a gradient becomes a step.

    Attributes:
        gradient: (image (H, W, 3), weights) → (gradient of that shape, value of the objective).
        rule: turns a gradient into an update in units of the image.
        fused: both of them and the rolls, compiled as one function, which is faster; made by :func:`compile_climb`.
    """

    gradient: Gradient
    rule: Rule
    fused: Step | None = None

    def __call__(
        self,
        image: Any,
        steps: int,
        shifts: Shifts,
        weights: Weights = {},  # noqa: B006
        effort: float = 1.0,
    ) -> Any:
        """Return the image (H, W, 3) after some steps: of an array an array, of a tensor one on the same device.

        Args:
            shifts: step number → (down, right), by how many pixels the picture is rolled for that step.
            weights: arguments of the objective, by name.
            effort: factor on every step.

        Raises:
            FlatGradient: at the first step whose gradient is zero everywhere or not finite.
        """
        if not steps:
            return image
        step = self.fused or one_by_one(rolled(self.gradient), self.rule)
        picture, state = image[None], self.rule.init(image[None])
        for number in range(steps):
            picture, state, largest = step(picture, state, shifts(number), effort, weights)
            if not 0 < float(largest) < np.inf:
                raise FlatGradient(finite=bool(np.isfinite(largest)))
        return np.asarray(picture)[0] if isinstance(image, np.ndarray) else ops.convert_to_tensor(picture)[0]


def one_by_one(gradient: RolledGradient, rule: Rule) -> Step:
    """Return the step whose parts are taken one after the other.

    Where the rule has no state, the gradient's own array becomes the next picture.
    """

    def step(picture: Any, state: Any, shift: Shift, effort: float, weights: Weights) -> tuple[Any, Any, Any]:
        slope, _ = gradient(np.asarray(picture)[0], weights, shift)
        largest = max(slope.max(), -slope.min())
        update, state = rule.update(lent(slope[None]), state)
        free = None if keras.tree.flatten(state) else slope[None]  # a state may have kept the gradient
        after = np.multiply(np.float32(effort), np.asarray(update), out=free)
        return np.add(picture, after, out=after), state, largest

    return step


def compile_climb(
    network: Network,
    objective: Objective,
    rule: Rule,
    arguments: Mapping[str, Shape] = {},
    tile: int = 0,
    told: Callable[[int], None] = lambda tile: None,
) -> Climb:
    """Compile an objective's gradient, the rule and the rolls as one function, once for all sizes.

    Pictures that are larger than a tile, or than the memory admits, go through the network in tiles, and their steps
    are taken part by part.

    Args:
        rule: written in ``keras.ops``, with no branch of Python on what is in a tensor.
        arguments: name → shape of what the objective reads besides activations, e.g. the weights of a score.
        tile: largest side, in pixels, that goes through the network at once; 0 for any size.
        told: of each smaller side that is taken because the memory was not enough.
    """
    whole: Step | None = compile_step(network, objective, rule, arguments)

    @cache
    def in_tiles() -> RolledGradient:
        return compile_gradient(network, objective, arguments, tile, told)

    def step(picture: Any, state: Any, shift: Shift, effort: float, weights: Weights) -> tuple[Any, Any, Any]:
        nonlocal whole
        if whole and (not tile or picture.shape[1] * picture.shape[2] <= tile**2):
            try:
                return whole(picture, state, shift, effort, weights)
            except MemoryError:
                if not tile:
                    raise
                whole = None  # and its memory is free
        return one_by_one(in_tiles(), rule)(picture, state, shift, effort, weights)

    return Climb(lambda image, weights: in_tiles()(image, weights), rule, step)
