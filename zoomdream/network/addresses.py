"""Addresses: places in a network, as text. ``block10``, ``block10:4``, ``block10:4@7,9``, ``class:zebra``."""

import re
from dataclasses import dataclass

from zoomdream.errors import BadInput, did_you_mean
from zoomdream.network.network import CLASS, Network

ANY = "?"
_PATTERN = re.compile(r"(?P<layer>[^:@\s][^:@]*?)(:(?P<channel>[^@]+?))?(@(?P<y>-?\d+),(?P<x>-?\d+))?")


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
            f"{text!r} is not an address: write LAYER, LAYER:CHANNEL, LAYER:CHANNEL@Y,X or class:LABEL "
            "(for example block10:4)."
        )
    position = (int(match["y"]), int(match["x"])) if match["y"] else None
    return Address(match["layer"].strip(), match["channel"], position)


def check_address(address: Address, network: Network) -> None:
    """Refuse an address that names no place in this network.

    Raises:
        BadInput: naming the nearest layer, the range of channels or the nearest class label.
    """
    width = channels_of(network, address.layer)
    if address.channel not in (None, ANY):
        channel_index(address, network)
    if address.position and (address.layer == CLASS or min(address.position) < 0):
        raise BadInput(f"{address}: a position counts rows and columns of a layer from 0.")
    if width == 0:
        raise BadInput(f"{address}: the network {network.name} has no classes to address.")


def channels_of(network: Network, layer: str) -> int:
    """Return how many channels (or classes) the layer has; ``BadInput`` names the nearest layer if unknown."""
    if layer == CLASS:
        return network.classes
    if layer not in network.channels:
        near = did_you_mean(layer, [*network.channels, CLASS])
        raise BadInput(
            f"The network {network.name} has no layer {layer!r}{near}; "
            f"'zoomdream networks layers {network.name}' lists them."
        )
    return network.channels[layer]


def channel_index(address: Address, network: Network) -> int:
    """Return the channel of an address as a number, looking class labels up.

    Raises:
        BadInput: the channel is out of range, or no class has that label.
    """
    width, text = channels_of(network, address.layer), address.channel or ""
    if text.isdecimal() and int(text) < width:
        return int(text)
    if address.layer == CLASS and not text.lstrip("-").isdecimal():
        return _class_index(text, network)
    raise BadInput(f"{address}: {address.layer} of {network.name} has channels 0 to {width - 1}.")


def _class_index(label: str, network: Network) -> int:
    def plain(text: str) -> str:
        return text.lower().replace("_", " ").replace("-", " ").strip()

    known = [plain(name) for name in network.labels]
    if plain(label) in known:
        return known.index(plain(label))
    near = did_you_mean(plain(label), known)
    raise BadInput(f"class:{label}: {network.name} has no class of that label{near}.")
