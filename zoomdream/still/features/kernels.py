"""Filters: the kernels that a network has learnt."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from zoomdream.errors import BadInput
from zoomdream.network.graph import Around, before, full_name, graph_of, named_layers, writer
from zoomdream.network.network import Network

_KINDS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D, layers.Conv2DTranspose)
_ASIDE = (
    layers.BatchNormalization, layers.Activation, layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU,
    layers.Dropout, layers.SpatialDropout2D,
)  # fmt: skip
"""What may stand between a convolution and the name that it goes by."""


@dataclass(frozen=True)
class Filters:
    """The kernels of a layer.

    Attributes:
        layer: full name of the convolution.
        kernels: (filters, h, w, inputs): a filter for each channel that the layer puts out, and in it a kernel for
            each channel that it reads; one kernel for each filter where channels are read one by one.
        colours: whether what it reads is the picture, so that its inputs are red, green and blue.
    """

    layer: str
    kernels: NDArray[np.float32]
    colours: bool


def filters(network: Network, layer: str | None = None) -> Filters:
    """Return the filters of a layer, as they are in the network; those of the picture's colours in the order RGB.

    Args:
        layer: a convolution, or the norm or activation behind one; the first convolution if not given.

    Raises:
        BadInput: there is no such layer, or it has no kernels.
    """
    found, around = _convolution(network, layer) if layer else _first(network)
    kernels = _kernels(found)
    colours = _reads_picture(found, around) and kernels.shape[3] == 3
    if colours:
        kernels = _as_rgb(kernels, network)
    return Filters(full_name(found, around), np.ascontiguousarray(kernels, np.float32), colours)


def strength(kernels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the length of each filter (filters, h, w, inputs) as one vector: (filters,)."""
    return np.asarray(np.linalg.norm(kernels.reshape(len(kernels), -1), axis=1), np.float32)


def _first(network: Network) -> tuple[Any, Around]:
    for name, layer in named_layers(network.model):
        if isinstance(layer, _KINDS):
            return _find(network.model, name)
    raise BadInput(f"The network {network.name} has no convolution, and so no kernels to show.")


def _convolution(network: Network, layer: str) -> tuple[Any, Around]:
    """Return the convolution that a layer is or ends, and the models around it."""
    place = network.place(layer)
    found, around = _find(network.model, place)
    while isinstance(found, _ASIDE):
        found, _, around = before(found, 0, around)
    if not isinstance(found, _KINDS):
        raise BadInput(
            f"The layer {layer!r} of {network.name} has no kernels of its own: name a convolution, such as "
            f"{full_name(*_first(network))!r}; 'zoomdream networks layers {network.name} --all' lists them."
        )
    return found, around


def _find(model: Any, place: str) -> tuple[Any, Around]:
    """Return the layer of a full name, and the models around it."""
    around: Around = ()
    *outer, last = _path(model, place)
    for inner in outer:
        model, around = inner, (*around, (inner, 0))
    return last, around


def _path(model: Any, place: str) -> list[Any]:
    """Return the nested models that a full name leads through, and the layer."""
    for layer in graph_of(model).operations:
        if layer.name == place and not isinstance(layer, layers.InputLayer):
            return [layer]
        if graph_of(layer) is not None and place.startswith(f"{layer.name}/"):
            return [layer, *_path(layer, place.removeprefix(f"{layer.name}/"))]
    raise AssertionError(place)


def _kernels(layer: Any) -> NDArray[Any]:
    """Return (filters, h, w, inputs)."""
    if isinstance(layer, layers.DepthwiseConv2D | layers.SeparableConv2D):
        kernel = np.asarray(layer.depthwise_kernel if hasattr(layer, "depthwise_kernel") else layer.kernel)
        return kernel.reshape(*kernel.shape[:2], 1, -1).transpose(3, 0, 1, 2)
    kernel = np.asarray(layer.kernel)
    if isinstance(layer, layers.Conv2DTranspose):
        return kernel.transpose(2, 0, 1, 3)
    return kernel.transpose(3, 0, 1, 2)


def _reads_picture(layer: Any, around: Around) -> bool:
    """Say whether nothing but a change of units stands between the picture and a layer."""
    node = 0
    while True:
        tensor = layer._inbound_nodes[node].input_tensors[0]
        layer, node, around = writer(tensor, around)
        if isinstance(layer, keras.layers.InputLayer):
            return True
        if not isinstance(layer, layers.Rescaling | layers.Normalization | layers.ZeroPadding2D):
            return False


def _as_rgb(kernels: NDArray[Any], network: Network) -> NDArray[Any]:
    """Return the kernels as they weigh red, green and blue in [0, 1]."""
    scale = np.asarray(network.input_range.scale, np.float32)
    return kernels[..., ::-1] * scale[::-1] if network.input_range.bgr else kernels * scale
