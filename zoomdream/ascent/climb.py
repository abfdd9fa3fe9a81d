"""The climb: a few steps up an objective's gradient, at one size."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from zoomdream.ascent.objectives import Objective
from zoomdream.ascent.rules import Rule
from zoomdream.ascent.tiles import within_memory
from zoomdream.network.backend import Shape, compile_frozen, value_and_gradient
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image

Weights = Mapping[str, NDArray[np.float32]]
Gradient = Callable[[Image, Weights], tuple[Image, float]]
Shifts = Callable[[int], tuple[int, int]]


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
    """

    gradient: Gradient
    rule: Rule

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
        state = self.rule.init(image[None])
        for step in range(steps):
            shift = shifts(step)
            gradient, _ = self.gradient(np.roll(image, shift, (0, 1)), weights)
            back = np.roll(gradient, (-shift[0], -shift[1]), (0, 1))
            spread = float(np.abs(back).max())
            if not 0 < spread < np.inf:
                raise FlatGradient(finite=bool(np.isfinite(spread)))
            update, state = self.rule.update(ops.convert_to_tensor(back[None]), state)
            image = image + np.float32(effort) * np.asarray(update)[0]
        return image


def compile_gradient(
    network: Network,
    objective: Objective,
    arguments: Mapping[str, Shape] = {},
    tile: int = 0,
    told: Callable[[int], None] = lambda tile: None,
) -> Gradient:
    """Compile the objective's gradient to the picture, once for all sizes.

    Args:
        arguments: name → shape of what the objective reads besides activations, e.g. the weights of a score.
        tile: largest side, in pixels, that goes through the network at once; 0 for any size.
        told: of each smaller side that is taken because the memory was not enough.
    """

    def step(image: Any, **given: Any) -> list[Any]:
        def value(picture: Any) -> Any:
            return objective.value({**network.activations(picture, objective.layers), **given})

        height, gradient = value_and_gradient(value, image)
        return [gradient, height]

    run = compile_frozen(step, {"image": (1, None, None, 3), **arguments})

    def gradient(image: Image, weights: Weights) -> tuple[Image, float]:
        rise, height = run(image=image[None], **weights)
        return rise[0], float(height)

    return within_memory(gradient, tile, told) if tile else gradient
