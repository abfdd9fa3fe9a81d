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
from zoomdream.ascent.transforms import moved
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
        state: parameters and what the rule remembers.
    """

    step: int
    heights: Array
    slopes: Array
    state: Sequence[Any]
    _decode: Callable[[Sequence[Any]], Array]

    @property
    def pictures(self) -> Array:
        """(n, H, W, 3), RGB in [0, 1], after the step."""
        return self._decode(self.state)


class Ascent:
    """An objective, a canvas and a rule, compiled into one step.

    Args:
        objective: its value may be a scalar or one for each picture (n,).
        rule: turns the parameters' gradient into an update.
        arguments: name → shape of what the objective reads besides activations.
        border: what is seen beyond the picture's edges, ``reflect`` or ``wrap``; ``None``: it is never moved.
        relu: put around every ReLU of the network, see :meth:`Network.activations`.
    """

    def __init__(
        self,
        network: Network,
        objective: Objective,
        canvas: Canvas,
        rule: Rule,
        arguments: Mapping[str, Shape] = {},
        border: str | None = "reflect",
        relu: Wrap | None = None,
    ) -> None:
        compiled = freeze if network.small else trace
        self.canvas, self._rule = canvas, rule
        self._nest = rule.init(np.zeros((1, *(side or 1 for side in canvas.shape)), np.float32))
        parameters = {"parameters": (None, *canvas.shape)}
        remembered = {
            f"state{i}": (None, *canvas.shape) if len(leaf.shape) else ()
            for i, leaf in enumerate(keras.tree.flatten(self._nest))
        }
        moves = {"moves": (None, 8)} if border else {}

        def step(parameters: Any, moves: Any = None, **given: Any) -> list[Any]:
            leaves = [given.pop(name) for name in remembered]
            state = keras.tree.pack_sequence_as(self._nest, leaves)

            def height(point: Any) -> Any:
                pictures = canvas.decode(point)
                seen = pictures if moves is None else moved(pictures, moves, border or "")
                found = {**network.activations(seen, objective.layers, relu), **given}
                return ops.broadcast_to(objective.value(found), ops.shape(parameters)[:1])

            heights, gradient = value_and_gradient(height, parameters)
            update, state = rule.update(gradient, state)
            slopes = ops.max(ops.abs(gradient), axis=tuple(range(1, len(gradient.shape))))
            return [heights, slopes, parameters + update, *keras.tree.flatten(state)]

        self._names = [*parameters, *remembered]
        self._step = compiled(step, {**parameters, **remembered, **moves, **arguments})
        self._decode = compiled(lambda parameters: [canvas.decode(parameters)], parameters)

    def begin(self, parameters: Array) -> Sequence[Any]:
        """Return the state of an ascent that begins with these parameters (n, …)."""
        state = keras.tree.flatten(self._rule.init(np.asarray(parameters)))
        return [parameters, *state]

    def pictures(self, state: Sequence[Any]) -> Array:
        """Return the pictures (n, H, W, 3) of a state."""
        return np.asarray(np.clip(self._decode(parameters=state[0])[0].numpy(), 0, 1))

    def __call__(
        self,
        state: Sequence[Any],
        numbers: Iterable[int],
        moves: Moves | None = None,
        given: Given = {},  # noqa: B006
    ) -> Iterator[Reached]:
        """Take steps, one for each number, and yield where each led.

        Args:
            moves: step number → (n, 8), how each picture is moved for it, see :mod:`zoomdream.ascent.transforms`.
            given: arguments of the objective, by name.
        """
        for number in numbers:
            more = {} if moves is None else {"moves": moves(number)}
            heights, slopes, *state = self._step(**dict(zip(self._names, state, strict=True)), **more, **given)
            yield Reached(number, heights.numpy(), slopes.numpy(), state, self.pictures)
