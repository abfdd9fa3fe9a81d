"""A layer that joins branches, heard branch by branch: those that are silent are not run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from zoomdream.ascent.objectives import Activations, Objective, weights_key
from zoomdream.network.backend import Shape
from zoomdream.network.narrowing import Branches


@dataclass(frozen=True)
class Joined:
    """A layer of which few channels sound, and the branches it joins."""

    layer: str
    branches: Branches

    def shapes(self, arguments: Mapping[str, Shape]) -> dict[str, Shape]:
        """Return name → shape of an objective's arguments where branches have the weights instead of the layer."""
        widths = {end: part.stop - part.start for end, part in self.branches.channels.items()}
        others = {key: shape for key, shape in arguments.items() if key != weights_key(self.layer)}
        return {**others, **{weights_key(end): (2, width) for end, width in widths.items()}}

    def weights(self, given: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return the arguments so: of the layer's weights (2, channels) each branch has its part of the channels."""
        weights = given[weights_key(self.layer)]
        others = {key: value for key, value in given.items() if key != weights_key(self.layer)}
        return {**others, **{weights_key(end): weights[:, part] for end, part in self.branches.channels.items()}}

    def terms(self, term: Objective) -> list[Objective]:
        """Return what an objective that reads the layer makes of each branch; their sum is what it makes of all."""

        def of(end: str) -> Objective:
            def value(a: Activations) -> Any:
                return term.value({**a, self.layer: a[end], weights_key(self.layer): a[weights_key(end)]})

            return replace(term, layers=frozenset({end}), value=value, weights=weights_key(end))

        return [of(end) for end in self.branches.channels]
