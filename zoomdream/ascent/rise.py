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
    """A stretch of the way through a network.

    Attributes:
        terms: objectives that are computed together.
        gate: the layer through which all that follows is reached, empty where nothing follows.
        behind: what follows; each is run only while something in it sounds.
    """

    terms: Sequence[Objective]
    gate: str = ""
    behind: Sequence["Stretch"] = ()


def rise(network: Network, few: Few, picture: Any, given: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return an objective's value, and its gradient to a picture (1, H, W, 3).

    The network is left at the deepest layer that sounds just now, if all deeper ones are reached through it.

    Args:
        few: what of the objective is heard.
        given: what it reads besides activations, by name.
    """
    some = few.some(given)

    def value(reach: Reach, stretch: Stretch) -> Any:
        gates = {stretch.gate} if stretch.gate else set[str]()
        layers = {layer for term in stretch.terms for layer in term.layers} | gates
        found = reach(layers, some={layer: numbers for layer, numbers in some.items() if layer in layers})
        here = sum(term.value({**found, **given}) for term in stretch.terms)
        if not stretch.behind:
            return here
        behind = [(_heard(part, given), partial(onward, stretch.gate, part)) for part in stretch.behind]
        return here + gated(behind, found[stretch.gate])

    def onward(gate: str, part: Stretch, x: Any) -> Any:
        return value(partial(network.onward, x, gate), part)

    stretch = _stretches(network, few, given)
    return value_and_gradient(lambda seen: value(partial(network.activations, seen), stretch), picture)


def _heard(stretch: Stretch, given: Mapping[str, Any]) -> Any:
    """Say whether anything in a stretch sounds, or behind it."""
    weights = [given[weights] for weights in _weights(stretch)]
    return ops.any(ops.stack([ops.any(each != 0) for each in weights]))


def _weights(stretch: Stretch) -> list[str]:
    own = [term.weights for term in stretch.terms if term.weights]
    return [*own, *(weights for part in stretch.behind for weights in _weights(part))]


def _stretches(network: Network, few: Few, given: Mapping[str, Any]) -> Stretch:
    """Return the objectives from first to last in the network, parted where what follows may be silent as a whole."""

    def depth(term: Objective) -> int:
        return max(map(network.depth, term.layers), default=0)

    def parted(terms: Sequence[Objective]) -> Stretch:
        for number, term in enumerate(terms, 1):
            further = [*terms[number:], *few.apart]
            gate = max(term.layers, key=network.depth, default=None)
            beyond = {layer for other in further for layer in other.layers}
            told = further and all(other.weights in given for other in further)
            if gate and told and network.is_gate(gate, beyond):
                return Stretch(terms[:number], gate, [parted(terms[number:])])
        if few.joined:
            return Stretch(terms, few.joined.branches.fork, [Stretch([term]) for term in few.apart])
        return Stretch(terms)

    return parted(sorted(few.terms, key=depth))
