"""Feature maps: what every channel of a layer puts out at every place, for one picture."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zoomdream.network.network import Network
from zoomdream.picture.fit import Fit, Mode
from zoomdream.picture.warp import Image
from zoomdream.still.passes import channels

Order = Literal["strength", "index"]
ORDERS: tuple[Order, ...] = ("strength", "index")


def activations(network: Network, image: Image, layer: str, *, fit: Mode = "crop") -> NDArray[np.float32]:
    """Return (h, w, channels): the activations of a layer for a picture (H, W, 3), RGB in [0, 1].

    Args:
        fit: how the picture comes to the network's size: ``crop``, ``pad`` or ``stretch``.

    Raises:
        BadInput: there is no such layer, or it has no rows and columns.
    """
    place = network.spatial_layer(layer)
    seen = Fit((image.shape[0], image.shape[1]), network.size, fit).to(image)
    every = np.eye(network.channels[place], dtype=np.float32)
    return np.asarray(channels(network, seen[None], place, every)[0])


def chosen(strengths: NDArray[np.float32], most: int, order: Order) -> list[int]:
    """Return the numbers of the channels to show: the strongest first, or the first ones as they are numbered.

    >>> chosen(np.asarray([1.0, 3.0, 2.0], np.float32), 2, "strength")
    [1, 2]
    >>> chosen(np.asarray([1.0, 3.0, 2.0], np.float32), 2, "index")
    [0, 1]
    """
    found = np.argsort(-strengths, kind="stable") if order == "strength" else np.arange(len(strengths))
    return [int(number) for number in found[:most]]
