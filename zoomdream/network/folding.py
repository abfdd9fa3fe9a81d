"""Convolutions for ascent: weights constant, and the batch norm that directly follows folded into them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from zoomdream.network.backend import Convolution
from zoomdream.network.graph import calls, named_layers, readers

Array = NDArray[Any]
Run = Callable[[Any], Any]
KINDS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)


def stand_ins(model: keras.Model) -> tuple[dict[int, Run], dict[int, Any]]:
    """Return two maps by ``id(layer)``: convolution → what runs instead, and batch norm → convolution it went into.

    What runs instead ends before the convolution's own activation, if it has one.

    A norm is folded where it is the only reader of a convolution without activation, each called once. The
    layers themselves stay as they are.
    """
    replaced: dict[int, Run] = {}
    absorbed: dict[int, Any] = {}
    read_by, count = readers(model), calls(model)
    for layer in {id(layer): layer for _, layer in named_layers(model) if _is_convolution(layer)}.values():
        norm = read_by[id(layer)][0] if len(read_by[id(layer)]) == 1 else None
        folds = _foldable(layer, norm) and count[id(layer)] == count[id(norm)] == 1
        replaced[id(layer)] = _frozen(layer, norm if folds else None)
        if folds:
            absorbed[id(norm)] = layer
    return replaced, absorbed


def _is_convolution(layer: Any) -> bool:
    return (
        type(layer) in KINDS
        and layer.built
        and layer.data_format == "channels_last"
        and layer.dtype_policy.name == "float32"
        and not getattr(layer, "lora_enabled", False)
    )


def _foldable(layer: Any, norm: Any) -> bool:
    return (
        type(norm) is layers.BatchNormalization
        and norm.axis in (-1, 3)
        and norm.dtype_policy.name == "float32"
        and layer.activation is keras.activations.linear
    )


def _frozen(layer: Any, norm: Any) -> Run:
    """Return what runs instead of a convolution, but for its activation, and, if given, the norm behind it."""
    return _separable(layer, norm) if type(layer) is layers.SeparableConv2D else _single(layer, norm)


def _single(layer: Any, norm: Any) -> Run:
    depthwise = type(layer) is layers.DepthwiseConv2D
    kernel, bias = _fold(np.asarray(layer.kernel), layer, norm, depthwise)
    make = _like(layer)
    groups = 1 if depthwise else layer.groups
    if groups == 1:
        return make(kernel, bias, depthwise=depthwise)
    if kernel.shape[2] == 1:  # each channel seen alone, as in ConvNeXt
        return make(kernel.reshape(*kernel.shape[:2], groups, -1), bias, depthwise=True)
    parts = zip(np.split(kernel, groups, axis=3), np.split(bias, groups), strict=True)
    runs = [make(*part, depthwise=False) for part in parts]
    return lambda x: ops.concatenate([run(y) for run, y in zip(runs, ops.split(x, groups, -1), strict=True)], -1)


def _separable(layer: Any, norm: Any) -> Run:
    spread = _like(layer)(np.asarray(layer.depthwise_kernel), None, depthwise=True)
    kernel, bias = _fold(np.asarray(layer.pointwise_kernel), layer, norm)
    mix = Convolution(kernel, bias, (1, 1), "valid", (1, 1), depthwise=False)
    return lambda x: mix(spread(x))


def _like(layer: Any) -> Callable[..., Run]:
    """Return `Convolution` with a layer's own strides, padding and dilation."""
    strides, dilation = tuple(layer.strides), tuple(layer.dilation_rate)
    return partial(Convolution, strides=strides, padding=layer.padding, dilation=dilation)


def _fold(kernel: Array, layer: Any, norm: Any, depthwise: bool = False) -> tuple[Array, Array]:
    """Return (kernel, bias), float32, of a convolution with the norm behind it folded in."""
    outputs = kernel.shape[2:] if depthwise else kernel.shape[3:]
    bias = np.asarray(layer.bias) if layer.use_bias else np.zeros(int(np.prod(outputs)), np.float32)
    if norm is not None:
        factor, shift = _affine(norm)
        kernel, bias = kernel * factor.reshape(outputs), bias * factor + shift
    return kernel.astype(np.float32), bias.astype(np.float32)


def _affine(norm: Any) -> tuple[Array, Array]:
    """Return (factor, shift) per channel with norm(x) = factor·x + shift, computed in float64."""
    variance = np.asarray(norm.moving_variance, np.float64)
    mean = np.asarray(norm.moving_mean, np.float64)
    gamma = np.asarray(norm.gamma, np.float64) if norm.scale else np.ones_like(mean)
    beta = np.asarray(norm.beta, np.float64) if norm.center else np.zeros_like(mean)
    factor = gamma / np.sqrt(variance + norm.epsilon)
    return factor, beta - mean * factor
