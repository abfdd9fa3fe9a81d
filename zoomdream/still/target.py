"""Targets: what in the network a still asks about, one for each picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput
from zoomdream.network.addresses import CLASS, Address, channel_index, channels_of, check_address, parse_address
from zoomdream.network.head import Size
from zoomdream.network.network import Network
from zoomdream.still.passes import layer_size


@dataclass(frozen=True)
class Target:
    """One number that the network computes, whose reasons are sought.

    Attributes:
        layer: name of a layer, or ``class`` for the logits.
        channel: which channel or class; ``None`` for the mean over all channels.
        position: (row, column) in the layer; ``None`` for the mean over all places.
    """

    layer: str
    channel: int | None = None
    position: tuple[int, int] | None = None

    def __str__(self) -> str:
        channel = f":{self.channel}" if self.channel is not None else ""
        return self.layer + channel + ("@{},{}".format(*self.position) if self.position else "")

    def title(self, network: Network) -> str:
        """Return what to call it in a picture: the class's label where there is one."""
        named = self.layer == CLASS and network.labels and self.channel is not None
        return network.labels[self.channel or 0] if named else str(self)


def read_target(text: str | int | Address, network: Network) -> Target:
    """Return the target that an address means; a number alone is a class.

    Raises:
        BadInput: it is no address, or names no place in this network.
    """
    address = Address(CLASS, str(text)) if isinstance(text, int | np.integer) else text
    address = parse_address(address) if isinstance(address, str) else address
    check_address(address, network)
    if address.channel == "?":
        raise BadInput(f"{address}: a still has no '?'; name a channel.")
    if address.layer == CLASS and address.channel is None:
        raise BadInput("'class' alone names no class: write class:LABEL or class:INDEX.")
    channel = None if address.channel is None else channel_index(address, network)
    return Target(network.place(address.layer) if address.layer != CLASS else CLASS, channel, address.position)


def weights(targets: Sequence[Target], network: Network) -> NDArray[np.float32]:
    """Return (n, channels): by how much each channel of the layer counts for each picture's target."""
    width = channels_of(network, targets[0].layer)
    rows = np.zeros((len(targets), width), np.float32)
    for row, target in zip(rows, targets, strict=True):
        row[slice(None) if target.channel is None else target.channel] = 1 if target.channel is not None else 1 / width
    return rows


def places(target: Target, network: Network, size: Size) -> NDArray[np.float32] | None:
    """Return (a, b): 1 at the target's position in its layer and 0 elsewhere; ``None`` where it has none.

    Args:
        size: (height, width) of the pictures.

    Raises:
        BadInput: the position is outside the layer.
    """
    if target.position is None:
        return None
    found = np.zeros(layer_size(network, target.layer, size), np.float32)
    if any(place >= side for place, side in zip(target.position, found.shape, strict=True)):
        rows, columns = (side - 1 for side in found.shape)
        raise BadInput(
            f"{target} is outside: for a picture of {size[1]}×{size[0]} pixels the layer has rows 0 to {rows} and "
            f"columns 0 to {columns}."
        )
    found[target.position] = 1
    return found
