"""Steps up an objective's gradient as compiled functions, once for all sizes of pictures (1, H, W, 3)."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from zoomdream.ascent.few import Weights, few_of
from zoomdream.ascent.objectives import Objective
from zoomdream.ascent.rise import rise
from zoomdream.ascent.rules import Rule
from zoomdream.ascent.tiles import RolledGradient, Shift, within_memory
from zoomdream.network.backend import Shape, compile_frozen, freeze, product
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image

Step = Callable[[Any, Any, Shift, float, Weights], tuple[Any, Any, Any]]
"""(picture (1, H, W, 3), state of the rule, (down, right), effort, weights) → (picture, state, largest gradient)."""

PICTURE: Shape = (1, None, None, 3)


def compile_gradient(
    network: Network,
    objective: Objective,
    arguments: Mapping[str, Shape] = {},
    tile: int = 0,
    told: Callable[[int], None] = lambda tile: None,
) -> RolledGradient:
    """Compile the objective's gradient to the picture (H, W, 3): (image, weights) → (gradient, value).

    That of a picture in tiles may also be told (down, right) by how much to roll it.

    Args:
        arguments: name → shape of what the objective reads besides activations, e.g. the weights of a score.
        tile: largest side, in pixels, that goes through the network at once; 0 for any size.
        told: of each smaller side that is taken because the memory was not enough.
    """

    few = few_of(network, objective, arguments)

    def step(image: Any, **given: Any) -> list[Any]:
        height, gradient = rise(network, few, image, given)
        return [gradient, height]

    run = compile_frozen(step, {"image": PICTURE, **few.shapes(arguments)})

    def gradient(image: Image, weights: Weights) -> tuple[Image, float]:
        slope, height = run(image=image[None], **few.pick(weights))
        return slope[0], float(height)

    return within_memory(gradient, tile, told) if tile else gradient


def compile_step(network: Network, objective: Objective, rule: Rule, arguments: Mapping[str, Shape]) -> Step:
    """Compile a whole step: the roll, the gradient, the roll back, the rule, the sum."""
    nest, remembered = _state_of(rule)
    few = few_of(network, objective, arguments)

    def taken(picture: Any, shift: Any, effort: Any, **given: Any) -> list[Any]:
        state = keras.tree.pack_sequence_as(nest, [given.pop(name) for name in remembered])
        places = ops.cast(shift, "int32")
        _, gradient = rise(network, few, ops.roll(picture, places, (1, 2)), given)
        back = ops.roll(gradient, -places, (1, 2))
        update, state = rule.update(back, state)
        return [picture + product(update, effort), ops.max(ops.abs(back)), *keras.tree.flatten(state)]

    shapes = {"picture": PICTURE, "shift": (2,), "effort": (), **remembered, **few.shapes(arguments)}
    run = freeze(taken, shapes, often=True)

    def step(picture: Any, state: Any, shift: Shift, effort: float, weights: Weights) -> tuple[Any, Any, Any]:
        leaves = dict(zip(remembered, keras.tree.flatten(state), strict=True))
        after, largest, *state = run(picture=picture, shift=shift, effort=effort, **leaves, **few.pick(weights))
        return after, keras.tree.pack_sequence_as(nest, state), largest

    return step


def _state_of(rule: Rule) -> tuple[Any, dict[str, Shape]]:
    """Return a rule's state for a picture of one pixel, and name → shape of each of its leaves for any picture."""
    nest = rule.init(np.zeros((1, 1, 1, 3), np.float32))
    leaves = keras.tree.flatten(nest)
    ranks = [len(ops.shape(leaf)) for leaf in leaves]
    return nest, {f"state{i}": PICTURE if rank == 4 else (None,) * rank for i, rank in enumerate(ranks)}
