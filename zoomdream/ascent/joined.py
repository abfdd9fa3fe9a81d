"""A layer that joins branches, heard branch by branch: those that are silent are not run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from numpy.typing import NDArray

from zoomdream.ascent.objectives import Activations, Objective, weights_key
from zoomdream.network.backend import Shape
from zoomdream.network.narrowing import Branches

T = TypeVar("T")


@dataclass(frozen=True)
class Joined:
    """A layer of which few channels sound, and the branches it joins."""

    layer: str
    branches: Branches

    def shapes(self, arguments: Mapping[str, Shape]) -> dict[str, Shape]:
        """Return name → shape of an objective's arguments where branches have the weights instead of the layer."""
        return self._parted(arguments, lambda shape, part: (2, part.stop - part.start))

    def weights(self, given: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return the arguments so: of the layer's weights (2, channels) each branch has its part of the channels."""
        return self._parted(given, lambda weights, part: weights[:, part])

    def _parted(self, given: Mapping[str, T], cut: Callable[[T, slice], T]) -> dict[str, T]:
        whole = weights_key(self.layer)
        parts = {weights_key(end): cut(given[whole], part) for end, part in self.branches.channels.items()}
        return {**{name: value for name, value in given.items() if name != whole}, **parts}

    def terms(self, term: Objective) -> list[Objective]:
        """Return what an objective that reads the layer makes of each branch; their sum is what it makes of all."""

        def of(end: str) -> Objective:
            def value(a: Activations) -> Any:
                return term.value({**a, self.layer: a[end], weights_key(self.layer): a[weights_key(end)]})

            return replace(term, layers=frozenset({end}), value=value, weights=weights_key(end))

        return [of(end) for end in self.branches.channels]
