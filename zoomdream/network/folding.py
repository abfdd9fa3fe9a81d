"""Convolutions for ascent: weights constant, and the batch norm that directly follows folded into them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol, runtime_checkable

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from zoomdream.network.backend import Convolution
from zoomdream.network.graph import calls, named_layers, readers, writers
from zoomdream.network.rectifiers import is_relu

Array = NDArray[Any]
Run = Callable[[Any], Any]
KINDS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)


@runtime_checkable
class GivesSome(Protocol):
    """What can give some of its channels, as :meth:`Convolution.some` does."""

    gives_some: bool

    def __call__(self, x: Any) -> Any:
        """Return all of them."""

    def some(self, x: Any, numbers: Any) -> Any:
        """Return those with these numbers, (k,) whole ones."""


class Late(NamedTuple):
    """ReLUs that are taken later than they stand, by ``id(layer)``.

    Attributes:
        behind: maximum pool → the ReLU that is taken behind it.
        bare: the layers that are run without theirs.
    """

    behind: dict[int, Run]
    bare: set[int]


class StandIns(NamedTuple):
    """What runs instead of layers, by ``id(layer)``; the layers themselves stay as they are.

    Attributes:
        replaced: convolution → what runs instead, up to its own activation, if it has one.
        absorbed: batch norm → the convolution it went into.
        postponed: average pool → the convolution behind it, which now pools what it puts out.
        rectified: maximum pool → (the layer before it, that layer's ReLU, which may as well be taken behind the pool).
    """

    replaced: dict[int, Run]
    absorbed: dict[int, Any]
    postponed: dict[int, Any]
    rectified: dict[int, tuple[Any, Run]]

    def apart(self, wanted: Collection[int]) -> set[int]:
        """Return ``id`` of the convolutions to be run as they are, and so is what is about them.

        They are asked for themselves, or the pool before them is.
        """
        asked = {id(convolution) for convolution in self.absorbed.values()} & set(wanted)
        return asked | {id(convolution) for pool, convolution in self.postponed.items() if pool in wanted}

    def late(self, wanted: Collection[int]) -> Late:
        """Return which ReLUs are taken late: not of layers that are asked for themselves, or run as they are."""
        kept = {*wanted, *self.apart(wanted)}
        moved = {pool: pair for pool, pair in self.rectified.items() if id(pair[0]) not in kept}
        return Late({pool: relu for pool, (_, relu) in moved.items()}, {id(layer) for layer, _ in moved.values()})


def stand_ins(model: keras.Model) -> StandIns:
    """Return what runs instead of a model's layers.

    A norm is folded where it is the only reader of a convolution without activation, each called once. A pool and a
    convolution of single pixels can be taken in either order, and so are in that which pools fewer channels. So can a
    ReLU and a maximum, which are taken in that which rectifies fewer numbers.
    """
    found = StandIns({}, {}, {}, {})
    read_by, written_by, count = readers(model), writers(model), calls(model)
    for layer in {id(layer): layer for _, layer in named_layers(model) if _is_convolution(layer)}.values():
        norm = read_by[id(layer)][0] if len(read_by[id(layer)]) == 1 else None
        folds = _foldable(layer, norm) and count[id(layer)] == count[id(norm)] == 1
        pool = written_by[id(layer)][0]
        pools = _postponable(pool, layer) and count[id(layer)] == count[id(pool)] == len(read_by[id(pool)]) == 1
        found.replaced[id(layer)] = _frozen(layer, norm if folds else None, pool if pools else None)
        if folds:
            found.absorbed[id(norm)] = layer
        if pools:
            found.postponed[id(pool)] = layer
    for pool in [layer for _, layer in named_layers(model) if _is_maximum(layer)]:
        before = written_by[id(pool)][0]
        relu = _own_relu(before, id(before) in found.replaced)
        if relu is not None and count[id(before)] == count[id(pool)] == len(read_by[id(before)]) == 1:
            found.rectified[id(pool)] = before, relu
    return found


def _is_maximum(layer: Any) -> bool:
    """Say whether a layer is a maximum of numbers that leaves fewer of them."""
    plain = type(layer) is layers.MaxPooling2D and layer.dtype_policy.name == "float32"
    return plain and max(layer.strides) > 1


def _own_relu(layer: Any, replaced: bool) -> Run | None:
    """Return the ReLU that a layer is, or that it ends in if it is a convolution that is ``replaced``."""
    if not (replaced or type(layer) in (layers.Activation, layers.ReLU)) or layer.dtype_policy.name != "float32":
        return None
    function = layer if type(layer) is layers.ReLU else layer.activation
    known = is_relu(function) and (function is layer or function.__module__.startswith("keras."))
    return function if known else None


def _postponable(pool: Any, layer: Any) -> bool:
    return (
        type(pool) is layers.AveragePooling2D
        and type(layer) is layers.Conv2D
        and (*pool.strides, *layer.strides, *layer.kernel_size, layer.groups) == (1,) * 7
        and pool.data_format == "channels_last"
        and pool.dtype_policy.name == "float32"
        and layer.filters < layer.kernel.shape[2]
    )


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


def _frozen(layer: Any, norm: Any, pool: Any) -> Run:
    """Return what runs instead of a convolution, but for its activation, and, if given, the norm and pool about it."""
    if pool is not None:
        return _pooled(layer, norm, pool)
    return _separable(layer, norm) if type(layer) is layers.SeparableConv2D else _single(layer, norm)


def _pooled(layer: Any, norm: Any, pool: Any) -> Run:
    kernel, bias = _fold(np.asarray(layer.kernel), layer, norm)
    return _Pooled(_like(layer)(kernel, None, depthwise=False), pool, bias)


@dataclass(frozen=True, eq=False)
class _Pooled:
    """A convolution without bias, what pools its output, and the bias behind that."""

    convolution: Convolution
    pool: Run
    bias: Array

    gives_some = True

    def __call__(self, x: Any) -> Any:
        return self.pool(self.convolution(x)) + self.bias

    def some(self, x: Any, numbers: Any) -> Any:
        return self.pool(self.convolution.some(x, numbers)) + ops.take(self.bias, numbers)


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


def _like(layer: Any) -> Callable[..., Convolution]:
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
