"""Addresses: places in a network, as text. ``block10``, ``block10:4``, ``block10:4@7,9``, ``class:zebra``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoomdream.errors import BadInput, shown
from zoomdream.network.labels import find_class

if TYPE_CHECKING:  # an address is read without the tensor library
    from zoomdream.network.network import Network

CLASS = "class"
IMAGE = "image"
ANY = "?"
_PATTERN = re.compile(r"(?P<layer>[^:@]+)(:(?=\s*[^@\s])(?P<channel>[^@]+))?(@(?P<y>-?\d{1,9}),(?P<x>-?\d{1,9}))?")


@dataclass(frozen=True)
class Address:
    """A layer, a channel in it (``None``: all, ``?``: to be drawn, or a class label), a position in it."""

    layer: str
    channel: str | None = None
    position: tuple[int, int] | None = None

    def __str__(self) -> str:
        channel = f":{self.channel}" if self.channel is not None else ""
        return self.layer + channel + ("@{},{}".format(*self.position) if self.position else "")


def parse_address(text: str) -> Address:
    """Read an address.

    >>> parse_address("block10:4@7,9")
    Address(layer='block10', channel='4', position=(7, 9))

    Raises:
        BadInput: the text is not an address.
    """
    match = _PATTERN.fullmatch(text.strip())
    if not match:
        raise BadInput(
            f"{shown(text)} is not an address: write LAYER, LAYER:CHANNEL, LAYER:CHANNEL@Y,X or class:LABEL "
            "(for example block10:4)."
        )
    position = (int(match["y"]), int(match["x"])) if match["y"] else None
    return Address(match["layer"].strip(), match["channel"] and match["channel"].strip(), position)


def check_address(address: Address, network: Network) -> None:
    """Refuse an address that names no place in this network.

    Raises:
        BadInput: naming the nearest layer, the range of channels or the nearest class label.
    """
    channels_of(network, address.layer)
    if address.channel not in (None, ANY):
        channel_index(address, network)
    if address.position and (address.layer == CLASS or min(address.position) < 0):
        raise BadInput(f"{address}: a position counts rows and columns of a layer from 0.")


def channels_of(network: Network, layer: str) -> int:
    """Return how many channels the layer has, or how many classes ``class`` has.

    Raises:
        BadInput: there is no such layer (the nearest is named), it has no rows and columns, or there are no classes.
    """
    if layer == CLASS:
        network.check_classes()
        return network.classes
    return network.channels[network.spatial_layer(layer)]


def channel_index(address: Address, network: Network) -> int:
    """Return the channel of an address as a number, looking class labels up.

    Raises:
        BadInput: the channel is out of range, or no class has that label.
    """
    width, text = channels_of(network, address.layer), address.channel or ""
    number = re.fullmatch(r"-?\d+", text)
    if address.layer == CLASS and not number:
        return find_class(text, network.labels, network.synonyms, network.name)
    if number and len(text) < 10 and 0 <= int(text) < width:
        return int(text)
    kind = "classes" if address.layer == CLASS else "channels"
    raise BadInput(f"{address}: {address.layer} of {network.name} has {kind} 0 to {width - 1}.")
