"""Of a layer of which few channels sound, the others are not computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from zoomdream.ascent.objectives import Objective, numbers_key, weights_key
from zoomdream.network.backend import Shape, accelerators
from zoomdream.network.network import Network

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Few:
    """Says which channels of certain layers are heard.

    Attributes:
        layers: their names; the weights of each, (2, channels), are an argument of the objective.
    """

    layers: frozenset[str]

    def shapes(self, arguments: Mapping[str, Shape]) -> dict[str, Shape]:
        """Return name → shape of the objective's arguments where only channels that sound are told of."""
        weights = {weights_key(layer): (2, None) for layer in self.layers}
        return {**arguments, **weights, **{numbers_key(layer): (None,) for layer in self.layers}}

    def pick(self, weights: Weights) -> dict[str, NDArray[np.float32]]:
        """Return the weights of channels that sound, and their numbers, instead of the weights of all.

        The numbers are floats like all that a compiled function is given.
        """
        picked = dict(weights)
        for layer in self.layers:
            numbers = _sounding(weights[weights_key(layer)])
            picked[numbers_key(layer)] = numbers.astype(np.float32)
            picked[weights_key(layer)] = weights[weights_key(layer)][:, numbers]
        return picked

    def some(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return layer → numbers of its channels, as the network takes them."""
        return {layer: ops.cast(given[numbers_key(layer)], "int32") for layer in self.layers}


def few_of(network: Network, objective: Objective, arguments: Mapping[str, Shape]) -> Few:
    """Return the layers of which the network can spare itself the channels that the objective does not hear.

    On an accelerator there are none: its compiler would compile again for each number of channels.
    """
    heard = set() if accelerators() else network.narrow(objective.layers)
    readers = {layer: [term for term in objective.terms if layer in term.layers] for layer in heard}
    return Few(frozenset(layer for layer in heard if all(_spares(term, layer, arguments) for term in readers[layer])))


def _spares(term: Objective, layer: str, arguments: Mapping[str, Shape]) -> bool:
    return term.few and term.weights == weights_key(layer) in arguments


def _sounding(weights: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the numbers of channels that weigh something, at least one.

    >>> _sounding(np.array([[0, 2, 0, 1, 0, 3], [0, 0, 0, 0, 0, 1]], np.float32))
    array([1, 3, 5])
    >>> _sounding(np.zeros((2, 6), np.float32))
    array([0])
    """
    sounding = np.flatnonzero(weights.any(axis=0))
    return sounding if len(sounding) else np.zeros(1, np.int64)
