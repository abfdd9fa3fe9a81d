"""The ascent of pictures on a canvas: one compiled step, taken again and again, for several pictures at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from zoomdream.ascent.canvas import Canvas
from zoomdream.ascent.objectives import Objective
from zoomdream.ascent.rules import Rule
from zoomdream.ascent.transforms import moved, moved_back
from zoomdream.network.backend import Shape, freeze, trace, value_and_gradient
from zoomdream.network.network import Network, Wrap

Array = NDArray[np.float32]
Given = Mapping[str, Any]
Moves = Callable[[int], Array]


@dataclass(frozen=True)
class Reached:
    """Where an ascent is after a step.

    Attributes:
        step: its number, from 0.
        heights: (n,), value of the objective for each picture, before the step.
        slopes: (n,), the largest gradient of each picture's parameters; 0: there was no way up.
        decoded: (n, H, W, 3), what the parameters show after the step.
        state: those parameters, and what the rule remembers.
    """

    step: int
    heights: Array
    slopes: Array
    decoded: Array
    state: Sequence[Any]

    @property
    def pictures(self) -> Array:
        """(n, H, W, 3), RGB in [0, 1], after the step."""
        return np.asarray(np.clip(self.decoded, 0, 1))


class Ascent:
    """An objective, a canvas and a rule, compiled once for pictures of any number.

    Args:
        objective: its value may be a scalar or one for each picture (n,).
        rule: turns the parameters' gradient into an update.
        arguments: name → shape of what the objective reads besides activations.
        border: what is seen beyond a moved picture's edges, see :func:`zoomdream.ascent.transforms.moved`.
        relu: put around every ReLU of the network, see :meth:`Network.activations`.
    """

    def __init__(
        self,
        network: Network,
        objective: Objective,
        canvas: Canvas,
        rule: Rule,
        arguments: Mapping[str, Shape] = {},
        border: str = "reflect",
        relu: Wrap | None = None,
    ) -> None:
        compiled = freeze if network.small else trace
        self.canvas, self._rule, self._border = canvas, rule, border
        nest = rule.init(np.zeros((1, *(side or 1 for side in canvas.shape)), np.float32))
        parameters, pictures = (None, *canvas.shape), (None, None, None, 3)
        remembered = {
            f"state{i}": (None, *canvas.shape) if len(leaf.shape) else ()
            for i, leaf in enumerate(keras.tree.flatten(nest))
        }

        def climb(pictures: Any, **given: Any) -> list[Any]:
            def height(seen: Any) -> Any:
                found = {**network.activations(seen, objective.layers, relu), **given}
                return ops.broadcast_to(objective.value(found), ops.shape(seen)[:1])

            return list(value_and_gradient(height, pictures))

        def step(parameters: Any, pictures: Any, rise: Any, **leaves: Any) -> list[Any]:
            gradient = canvas.gradient(parameters, pictures, rise)
            update, state = rule.update(gradient, keras.tree.pack_sequence_as(nest, list(leaves.values())))
            slopes = ops.max(ops.abs(gradient), axis=tuple(range(1, len(gradient.shape))))
            following = parameters + update
            return [slopes, canvas.decode(following), following, *keras.tree.flatten(state)]

        self._names = ["parameters", *remembered]
        self._decode = compiled(lambda parameters: [canvas.decode(parameters)], {"parameters": parameters})
        self._climb = compiled(climb, {"pictures": pictures, **arguments})
        self._step = compiled(step, {"parameters": parameters, "pictures": pictures, "rise": pictures, **remembered})

    def begin(self, parameters: Array) -> Sequence[Any]:
        """Return the state of an ascent that begins with these parameters (n, …)."""
        state = keras.tree.flatten(self._rule.init(np.asarray(parameters)))
        return [parameters, *state]

    def __call__(
        self,
        state: Sequence[Any],
        numbers: Iterable[int],
        moves: Moves | None = None,
        given: Given | Callable[[int], Given] = {},  # noqa: B006
    ) -> Iterator[Reached]:
        """Take steps, one for each number, and yield where each led.

        Args:
            moves: step number → (n, 2, 3), how each picture is moved for it, see :mod:`zoomdream.ascent.transforms`.
            given: arguments of the objective, by name; or step number → these.
        """
        pictures = self._decode(parameters=state[0])[0]
        for number in numbers:
            now = given(number) if callable(given) else given
            heights, rise = self._rise(pictures, None if moves is None else moves(number), now)
            known = dict(zip(self._names, state, strict=True))
            slopes, pictures, *state = self._step(pictures=pictures, rise=rise, **known)
            yield Reached(number, heights.numpy(), slopes.numpy(), pictures.numpy(), state)

    def _rise(self, pictures: Any, moves: Array | None, given: Given) -> tuple[Any, Any]:
        """Return the heights of pictures and the gradients to them."""
        if moves is None:
            heights, rise = self._climb(pictures=pictures, **given)
            return heights, rise
        heights, rise = self._climb(pictures=moved(pictures.numpy(), moves, self._border), **given)
        return heights, moved_back(rise.numpy(), moves, self._border)
