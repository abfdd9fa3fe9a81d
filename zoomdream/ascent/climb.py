"""The climb: a few steps up an objective's gradient, at one size."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from zoomdream.ascent.objectives import Objective
from zoomdream.ascent.rules import Rule
from zoomdream.ascent.tiles import within_memory
from zoomdream.network.backend import Shape, compile_frozen, freeze, product, value_and_gradient
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image

Weights = Mapping[str, NDArray[np.float32]]
Gradient = Callable[[Image, Weights], tuple[Image, float]]
Shift = tuple[int, int]
Shifts = Callable[[int], Shift]
Step = Callable[[Any, Any, Shift, float, Weights], tuple[Any, Any, Any]]
"""(picture (1, H, W, 3), state of the rule, (down, right), effort, weights) → (picture, state, largest gradient)."""

PICTURE: Shape = (1, None, None, 3)


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
        image: Image,
        steps: int,
        shifts: Shifts,
        weights: Weights = {},  # noqa: B006
        effort: float = 1.0,
    ) -> Image:
        """Return the image (H, W, 3) after some steps.

        Args:
            shifts: step number → (down, right), by how many pixels the picture is rolled for that step.
            weights: arguments of the objective, by name.
            effort: factor on every step.

        Raises:
            FlatGradient: at the first step whose gradient is zero everywhere or not finite.
        """
        if not steps:
            return image
        picture, state = image[None], self.rule.init(image[None])
        for number in range(steps):
            picture, state, largest = (self.fused or self.step)(picture, state, shifts(number), effort, weights)
            if not 0 < float(largest) < np.inf:
                raise FlatGradient(finite=bool(np.isfinite(largest)))
        climbed: Image = np.asarray(picture)[0]
        return climbed

    def step(self, picture: Any, state: Any, shift: Shift, effort: float, weights: Weights) -> tuple[Any, Any, Any]:
        """Take one step, its parts one after the other."""
        image = np.asarray(picture)[0]
        gradient, _ = self.gradient(np.roll(image, shift, (0, 1)), weights)
        back = np.roll(gradient, (-shift[0], -shift[1]), (0, 1))[None]
        update, state = self.rule.update(ops.convert_to_tensor(back), state)
        return picture + np.float32(effort) * np.asarray(update), state, np.abs(back).max()


def compile_climb(
    network: Network,
    objective: Objective,
    rule: Rule,
    arguments: Mapping[str, Shape] = {},
    tile: int = 0,
    told: Callable[[int], None] = lambda tile: None,
) -> Climb:
    """Compile an objective's gradient, the rule and the rolls as one function, once for all sizes.

    Pictures that are too large for it go through the network in tiles, and their steps are taken part by part.

    Args:
        arguments: name → shape of what the objective reads besides activations, e.g. the weights of a score.
        tile: largest side, in pixels, that goes through the network at once; 0 for any size.
        told: of each smaller side that is taken because the memory was not enough.
    """
    whole = _compile_step(network, objective, rule, arguments)

    @cache
    def in_tiles() -> Climb:
        return Climb(compile_gradient(network, objective, arguments, tile, told), _compile_rule(rule))

    most = tile**2 if tile else inf

    def step(picture: Any, state: Any, shift: Shift, effort: float, weights: Weights) -> tuple[Any, Any, Any]:
        nonlocal most
        pixels = picture.shape[1] * picture.shape[2]
        if pixels <= most:
            try:
                return whole(picture, state, shift, effort, weights)
            except MemoryError:
                if not tile:
                    raise
                most = pixels - 1
        return in_tiles().step(picture, state, shift, effort, weights)

    return Climb(lambda image, weights: in_tiles().gradient(image, weights), rule, step)


def compile_gradient(
    network: Network,
    objective: Objective,
    arguments: Mapping[str, Shape] = {},
    tile: int = 0,
    told: Callable[[int], None] = lambda tile: None,
) -> Gradient:
    """Compile the objective's gradient to the picture, once for all sizes; arguments as for :func:`compile_climb`."""

    def step(image: Any, **given: Any) -> list[Any]:
        height, gradient = _rise(network, objective, image, given)
        return [gradient, height]

    run = compile_frozen(step, {"image": PICTURE, **arguments})

    def gradient(image: Image, weights: Weights) -> tuple[Image, float]:
        rise, height = run(image=image[None], **weights)
        return rise[0], float(height)

    return within_memory(gradient, tile, told) if tile else gradient


def _rise(network: Network, objective: Objective, picture: Any, given: Weights) -> tuple[Any, Any]:
    """Return the objective's value, and its gradient to a picture (1, H, W, 3)."""

    def value(seen: Any) -> Any:
        return objective.value({**network.activations(seen, objective.layers), **given})

    return value_and_gradient(value, picture)


def _compile_step(network: Network, objective: Objective, rule: Rule, arguments: Mapping[str, Shape]) -> Step:
    nest, remembered = _state_of(rule)

    def taken(picture: Any, shift: Any, effort: Any, **given: Any) -> list[Any]:
        state = keras.tree.pack_sequence_as(nest, [given.pop(name) for name in remembered])
        places = ops.cast(shift, "int32")
        _, gradient = _rise(network, objective, ops.roll(picture, places, (1, 2)), given)
        back = ops.roll(gradient, -places, (1, 2))
        update, state = rule.update(back, state)
        return [picture + product(update, effort), ops.max(ops.abs(back)), *keras.tree.flatten(state)]

    run = freeze(taken, {"picture": PICTURE, "shift": (2,), "effort": (), **remembered, **arguments})

    def step(picture: Any, state: Any, shift: Shift, effort: float, weights: Weights) -> tuple[Any, Any, Any]:
        leaves = dict(zip(remembered, keras.tree.flatten(state), strict=True))
        after, largest, *state = run(picture=picture, shift=shift, effort=effort, **leaves, **weights)
        return after, keras.tree.pack_sequence_as(nest, state), largest

    return step


def _compile_rule(rule: Rule) -> Rule:
    """Return the rule with its update compiled."""
    nest, remembered = _state_of(rule)

    def updated(gradient: Any, **leaves: Any) -> list[Any]:
        update, state = rule.update(gradient, keras.tree.pack_sequence_as(nest, list(leaves.values())))
        return [update, *keras.tree.flatten(state)]

    run = freeze(updated, {"gradient": PICTURE, **remembered})

    def update(gradient: Any, state: Any) -> tuple[Any, Any]:
        update, *state = run(gradient=gradient, **dict(zip(remembered, keras.tree.flatten(state), strict=True)))
        return update, keras.tree.pack_sequence_as(nest, state)

    return Rule(rule.init, update)


def _state_of(rule: Rule) -> tuple[Any, dict[str, Shape]]:
    """Return a rule's state for a picture of one pixel, and name → shape of each of its leaves for any picture."""
    nest = rule.init(np.zeros((1, 1, 1, 3), np.float32))
    leaves = keras.tree.flatten(nest)
    return nest, {f"state{i}": PICTURE if len(ops.shape(leaf)) else () for i, leaf in enumerate(leaves)}
