"""Pooled heads: heads that average a layer over all places and are linear from there on."""

from contextlib import suppress
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from zoomdream.errors import BadInput
from zoomdream.network.graph import Around, before, full_name
from zoomdream.network.head import logits_place
from zoomdream.network.network import Network

_SHAPING = (layers.Dropout, layers.Flatten, layers.Reshape)


class PooledHead(NamedTuple):
    """A head whose logits are ``mean over places of A @ kernel``, and a bias.

    Attributes:
        layer: full name of the layer A that is pooled.
        kernel: (channels of A, classes).
    """

    layer: str
    kernel: NDArray[np.float32]


def pooled_head(network: Network) -> PooledHead:
    """Return the head of a network that averages over places and is linear from there on.

    Raises:
        BadInput: the network has no classes, or its head is of another kind; the message says where.
    """
    network.check_classes()
    layer, node, around = _skip_shaping(*logits_place(network.model))
    kernel = np.eye(network.classes, dtype=np.float32)
    if not isinstance(layer, layers.GlobalAveragePooling2D):
        kernel = _kernel(network, layer)
        layer, node, around = _skip_shaping(*before(layer, node, around))
    if not isinstance(layer, layers.GlobalAveragePooling2D):
        raise _refusal(network, f"{layer.name} ({type(layer).__name__}) comes before its classes")
    layer, node, around = before(layer, node, around)
    return PooledHead(full_name(layer, around), kernel)


def find_pooled_head(network: Network) -> PooledHead | None:
    """Return the head as :func:`pooled_head` does, ``None`` where it is of another kind."""
    with suppress(BadInput):
        return pooled_head(network)
    return None


def _kernel(network: Network, layer: Any) -> NDArray[np.float32]:
    """Return (channels, classes) of a dense layer, or of a convolution that is one."""
    function = getattr(layer, "activation", keras.activations.linear)
    before_softmax = layer is logits_place(network.model)[0] and function is keras.activations.softmax
    if function is not keras.activations.linear and not before_softmax:
        raise _refusal(network, f"its classes come out of {layer.name} by {_name(function)}")
    if isinstance(layer, layers.Dense):
        return np.asarray(layer.kernel, np.float32)
    if type(layer) is layers.Conv2D and layer.kernel_size == (1, 1) and layer.groups == 1:
        return np.asarray(layer.kernel[0, 0], np.float32)
    raise _refusal(network, f"its classes come out of {layer.name} ({type(layer).__name__})")


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _refusal(network: Network, reason: str) -> BadInput:
    return BadInput(
        f"A class activation map needs a head that pools a layer and is linear from there on; in {network.name} "
        f"{reason}. gradcam works with every head."
    )


def _skip_shaping(layer: Any, node: int, around: Around) -> tuple[Any, int, Around]:
    while isinstance(layer, _SHAPING):
        layer, node, around = before(layer, node, around)
    return layer, node, around
