"""The rise of an objective: its value and its gradient to the picture. What is silent is not computed."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from keras import ops

from zoomdream.ascent.few import Few
from zoomdream.ascent.objectives import Objective
from zoomdream.network.backend import gated, value_and_gradient
from zoomdream.network.network import Network

Reach = Callable[..., dict[str, Any]]


class Stretch(NamedTuple):
    """Objectives that are computed together, and the layer through which the network goes on to the next, if any."""

    terms: Sequence[Objective]
    gate: str | None


def rise(network: Network, objective: Objective, few: Few, picture: Any, given: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the objective's value, and its gradient to a picture (1, H, W, 3).

    The network is left at the deepest layer that sounds just now, if all deeper ones are reached through it.

    Args:
        few: the layers of which only channels that sound are computed.
        given: what the objective reads besides activations, by name.
    """
    some = few.some(given)

    def value(reach: Reach, stretches: Sequence[Stretch]) -> Any:
        (terms, gate), *further = stretches
        layers = {layer for term in terms for layer in term.layers} | ({gate} if gate else set())
        found = reach(layers, some={layer: numbers for layer, numbers in some.items() if layer in layers})
        here = sum(term.value({**found, **given}) for term in terms)
        if not gate:
            return here
        return here + gated(
            _heard(further, given), lambda x: value(partial(network.onward, x, gate), further), found[gate]
        )

    stretches = _stretches(network, objective.terms, given)
    return value_and_gradient(lambda seen: value(partial(network.activations, seen), stretches), picture)


def _heard(stretches: Sequence[Stretch], given: Mapping[str, Any]) -> Any:
    """Say whether anything in these stretches sounds."""
    weights = [given[term.weights] for stretch in stretches for term in stretch.terms if term.weights]
    return ops.any(ops.stack([ops.any(each != 0) for each in weights]))


def _stretches(network: Network, terms: Sequence[Objective], given: Mapping[str, Any]) -> list[Stretch]:
    """Return the objectives from first to last in the network, parted where what follows may be silent as a whole."""

    def depth(term: Objective) -> int:
        return max(map(network.depth, term.layers), default=0)

    *before, last = sorted(terms, key=depth)
    stretches, together = [], []
    for number, term in enumerate(before, 1):
        together.append(term)
        further = [*before[number:], last]
        gate = max(term.layers, key=network.depth, default=None)
        beyond = {layer for other in further for layer in other.layers}
        if gate and all(other.weights in given for other in further) and network.is_gate(gate, beyond):
            stretches.append(Stretch(together, gate))
            together = []
    return [*stretches, Stretch([*together, last], None)]
