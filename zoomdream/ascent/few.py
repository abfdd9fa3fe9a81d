"""Of a layer of which few channels sound, the others are not computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from zoomdream.ascent.joined import Joined
from zoomdream.ascent.objectives import IMAGE, Objective, numbers_key, weights_key
from zoomdream.network.backend import Shape, accelerators
from zoomdream.network.network import Network

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Few:
    """Says what of an objective is heard.

    Attributes:
        terms: the objectives that it is the sum of.
        layers: those of which only few channels are; the weights of each, (2, channels), are an argument.
        joined: a layer that is heard by its branches instead, if any; layers name these.
        apart: what the objectives that read it make of each branch; they are not among the terms.
    """

    terms: Sequence[Objective]
    layers: frozenset[str] = frozenset()
    joined: Joined | None = None
    apart: Sequence[Objective] = ()

    def shapes(self, arguments: Mapping[str, Shape]) -> dict[str, Shape]:
        """Return name → shape of the objective's arguments where only channels that sound are told of."""
        known = self.joined.shapes(arguments) if self.joined else arguments
        weights = {weights_key(layer): (2, None) for layer in self.layers}
        return {**known, **weights, **{numbers_key(layer): (None,) for layer in self.layers}}

    def pick(self, weights: Weights) -> dict[str, NDArray[np.float32]]:
        """Return the weights of channels that sound, and their numbers, instead of the weights of all.

        The numbers are floats like all that a compiled function is given.
        """
        picked = self.joined.weights(weights) if self.joined else dict(weights)
        for layer in self.layers:
            numbers = _sounding(picked[weights_key(layer)])
            picked[numbers_key(layer)] = numbers.astype(np.float32)
            picked[weights_key(layer)] = picked[weights_key(layer)][:, numbers]
        return picked

    def some(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return layer → numbers of its channels, as the network takes them."""
        return {layer: ops.cast(given[numbers_key(layer)], "int32") for layer in self.layers}


def few_of(network: Network, objective: Objective, arguments: Mapping[str, Shape]) -> Few:
    """Return what of an objective is heard: channels and branches that are not can be spared.

    On an accelerator all is: its compiler would compile again for each number of channels.
    """
    terms = objective.terms
    if accelerators():
        return Few(terms)
    last = max(objective.layers, key=network.depth, default=IMAGE)
    if _sparing(terms, last, arguments) and (branches := network.branches(last)):
        others = [term for term in terms if last not in term.layers]
        read = {layer for term in others for layer in term.layers}
        if all(network.depth(layer) <= network.depth(branches.fork) for layer in read):
            joined = Joined(last, branches)
            apart = [part for term in terms if last in term.layers for part in joined.terms(term)]
            few = {end for end in branches.channels if end in network.narrow({*read, end})}
            return Few(others, frozenset(few), joined, apart)
    heard = network.narrow(objective.layers)
    return Few(terms, frozenset(layer for layer in heard if _sparing(terms, layer, arguments)))


def _sparing(terms: Sequence[Objective], layer: str, arguments: Mapping[str, Shape]) -> bool:
    """Say whether all that reads a layer may be given the channels with a weight alone."""
    readers = [term for term in terms if layer in term.layers]
    key = weights_key(layer)
    return all(term.few and term.layers == {layer} and term.weights == key in arguments for term in readers)


def _sounding(weights: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the numbers of channels that weigh something, at least one.

    >>> _sounding(np.array([[0, 2, 0, 1, 0, 3], [0, 0, 0, 0, 0, 1]], np.float32))
    array([1, 3, 5])
    >>> _sounding(np.zeros((2, 6), np.float32))
    array([0])
    """
    sounding = np.flatnonzero(weights.any(axis=0))
    return sounding if len(sounding) else np.zeros(1, np.int64)
