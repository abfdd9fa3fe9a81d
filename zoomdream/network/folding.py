"""Convolutions for ascent: weights constant, and the batch norm that directly follows folded into them."""

from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from zoomdream.network.backend import convolution
from zoomdream.network.graph import consumers

Array = NDArray[Any]
StandIns = dict[int, Any]


def stand_ins(model: keras.Model) -> tuple[StandIns, StandIns]:
    """Return two maps by ``id(layer)``: convolution → what runs instead, and batch norm → convolution it went into.

    A norm is folded where it is the only reader of a convolution without activation, each called once. The
    layers themselves stay as they are.
    """
    replaced: StandIns = {}
    absorbed: StandIns = {}
    for layer, readers in consumers(model):
        if not _is_convolution(layer):
            continue
        norm = readers[0] if len(readers) == 1 and _foldable(layer, readers[0]) else None
        replaced[id(layer)] = _frozen(layer, norm)
        if norm is not None:
            absorbed[id(norm)] = layer
    return replaced, absorbed


def _is_convolution(layer: Any) -> bool:
    return (
        type(layer) in (layers.Conv2D, layers.DepthwiseConv2D)
        and layer.data_format == "channels_last"
        and layer.padding in ("same", "valid")
        and tuple(layer.dilation_rate) == (1, 1)
        and getattr(layer, "groups", 1) == 1
        and layer.built
    )


def _foldable(layer: Any, norm: Any) -> bool:
    return (
        type(norm) is layers.BatchNormalization
        and norm.axis in (-1, 3)
        and layer.activation is keras.activations.linear
        and len(layer._inbound_nodes) == len(norm._inbound_nodes) == 1
    )


def _frozen(layer: Any, norm: Any) -> Any:
    kernel = np.asarray(layer.kernel)
    depthwise = isinstance(layer, layers.DepthwiseConv2D)
    outputs = kernel.shape[2] * kernel.shape[3] if depthwise else kernel.shape[3]
    bias = np.asarray(layer.bias) if layer.use_bias else np.zeros(outputs, np.float32)
    if norm is not None:
        factor, shift = _affine(norm)
        kernel = kernel * (factor.reshape(kernel.shape[2:]) if depthwise else factor)
        bias = bias * factor + shift
    weights = kernel.astype(np.float32), bias.astype(np.float32)
    run = convolution(*weights, tuple(layer.strides), layer.padding, depthwise)
    return run if layer.activation is keras.activations.linear else lambda x: layer.activation(run(x))


def _affine(norm: Any) -> tuple[Array, Array]:
    """Return (factor, shift) per channel with norm(x) = factor·x + shift, computed in float64."""
    variance = np.asarray(norm.moving_variance, np.float64)
    mean = np.asarray(norm.moving_mean, np.float64)
    gamma = np.asarray(norm.gamma, np.float64) if norm.scale else np.ones_like(mean)
    beta = np.asarray(norm.beta, np.float64) if norm.center else np.zeros_like(mean)
    factor = gamma / np.sqrt(variance + norm.epsilon)
    return factor, beta - mean * factor
