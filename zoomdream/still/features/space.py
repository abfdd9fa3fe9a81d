"""Feature space: what a network makes of whole pictures, one point for each."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from zoomdream.network.addresses import CLASS
from zoomdream.network.network import Network
from zoomdream.network.outline import outline
from zoomdream.still.class_maps import default_layer


def compared_layer(network: Network, layer: str | None) -> str:
    """Return the full name of the layer whose features are compared; the last one before the head if none is named.

    Raises:
        BadInput: there is no such layer, or it has no rows and columns.
    """
    if layer is None:
        return default_layer(network, CLASS) if network.classes else _last(network)
    return network.spatial_layer(layer)


def _last(network: Network) -> str:
    main = [facts.name for facts in outline(network.model) if facts.main and "Pool" not in facts.kind]
    return main[-1] if main else [*network.channels][-1]


def directions(points: Iterable[NDArray[np.float32]]) -> Iterable[NDArray[np.float32]]:
    """Yield points (m, c) at length 1, so that only what a picture shows counts and not how much of it; 0 stays 0."""
    for some in points:
        length = np.linalg.norm(some, axis=1, keepdims=True)
        yield np.divide(some, length, out=np.zeros_like(some), where=length > 0)
