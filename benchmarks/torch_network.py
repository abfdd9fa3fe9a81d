"""A Keras network as a torch module: the same layers, weights and padding, with channels first.

It serves networks of convolutions, batch norms, ReLUs, pools, sums, concatenations and dense layers without softmax;
others are refused.
"""

from collections.abc import Iterator
from copy import deepcopy
from itertools import chain
from typing import Any

import keras
import numpy as np
import torch
from keras import layers
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from zoomdream.network.graph import walk


class Same(nn.Module):
    """TensorFlow's padding of a convolution with strides: what is left over goes right and down."""

    def __init__(self, kernel: tuple[int, int], strides: tuple[int, int]) -> None:
        super().__init__()
        self.kernel, self.strides = kernel, strides

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x (n, c, h, w) with zeros around."""
        sizes = zip(x.shape[2:], self.kernel, self.strides, strict=True)
        missing = [max((-(-size // stride) - 1) * stride + kernel - size, 0) for size, kernel, stride in sizes]
        down, right = missing
        return nn.functional.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))


class Sum(nn.Module):
    """A residual connection."""

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the sum."""
        return x + y


class Concatenation(nn.Module):
    """Branches side by side."""

    def forward(self, *branches: torch.Tensor) -> torch.Tensor:
        """Return (n, all channels, h, w)."""
        return torch.cat(branches, 1)


def to_torch(model: keras.Model, layer: str) -> fx.GraphModule:
    """Return the network up to a layer as a torch module, ready for use: (n, 3, H, W) → (n, c, h, w), or (n, c).

    Raises:
        NotImplementedError: there is a layer that it knows nothing of.
    """
    graph, modules = fx.Graph(), nn.ModuleDict()

    def visit(which: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> fx.Node:
        nodes = tuple(chain.from_iterable(node if isinstance(node, list) else [node] for node in args))
        for number, module in enumerate(_modules(which)):
            modules[f"{name}-{number}"] = module
            nodes = (graph.call_module(f"{name}-{number}", nodes),)
        return nodes[0]

    graph.output(walk(model, graph.placeholder("image"), {layer}, visit)[layer])
    return fx.GraphModule(modules, graph).eval().requires_grad_(False)


def folded(module: fx.GraphModule) -> fx.GraphModule:
    """Return the same network with each batch norm folded into the convolution that it alone reads."""
    module = deepcopy(module)
    for node in list(module.graph.nodes):
        read = node.args[0] if node.op == "call_module" else None
        norm, convolution = _called(module, node), _called(module, read)
        if isinstance(norm, nn.BatchNorm2d) and isinstance(convolution, nn.Conv2d) and len(read.users) == 1:
            module.set_submodule(read.target, fuse_conv_bn_eval(convolution, norm))
            node.replace_all_uses_with(read)
            module.graph.erase_node(node)
    module.delete_all_unused_submodules()
    module.recompile()
    return module


def _called(module: fx.GraphModule, node: Any) -> nn.Module | None:
    calls = isinstance(node, fx.Node) and node.op == "call_module"
    return module.get_submodule(node.target) if calls else None


def _modules(layer: Any) -> Iterator[nn.Module]:
    """Yield what runs one after the other instead of a layer."""
    match layer:
        case layers.Conv2D() | layers.DepthwiseConv2D():
            yield from _convolution(layer)
        case layers.BatchNormalization():
            yield _norm(layer)
        case layers.ReLU() if layer.max_value in (None, 6) and not layer.negative_slope and not layer.threshold:
            yield nn.ReLU6(inplace=True) if layer.max_value else nn.ReLU(inplace=True)
        case layers.Activation():
            yield from _activation(layer)
        case layers.Add():
            yield Sum()
        case layers.Concatenate(axis=-1 | 3):
            yield Concatenation()
        case layers.ZeroPadding2D():
            (top, bottom), (left, right) = layer.padding
            yield nn.ZeroPad2d((left, right, top, bottom))
        case layers.MaxPooling2D(padding="valid"):
            yield nn.MaxPool2d(layer.pool_size, layer.strides)
        case layers.GlobalAveragePooling2D(keepdims=False):
            yield from (nn.AdaptiveAvgPool2d(1), nn.Flatten())
        case layers.Dense():
            yield from _dense(layer)
        case layers.AveragePooling2D(padding="same", strides=(1, 1)):
            around = [size // 2 for size in layer.pool_size]
            yield nn.AvgPool2d(layer.pool_size, layer.strides, around, count_include_pad=False)
        case _:
            raise NotImplementedError(f"There is nothing in torch for {layer.name}, a {type(layer).__name__}.")


def _activation(layer: Any) -> Iterator[nn.Module]:
    if layer.activation is keras.activations.relu:
        yield nn.ReLU(inplace=True)
    elif layer.activation is not keras.activations.linear:
        raise NotImplementedError(f"There is nothing in torch for the activation of {layer.name}.")


def _convolution(layer: Any) -> Iterator[nn.Module]:
    kernel = np.asarray(layer.kernel)
    if isinstance(layer, layers.DepthwiseConv2D):
        kernel, groups = kernel.reshape(*kernel.shape[:2], 1, -1), kernel.shape[2]
    else:
        groups = layer.groups
    size, strides = kernel.shape[:2], tuple(layer.strides)
    padding: Any = 0
    if layer.padding == "same":
        centred = strides == (1, 1) and all(side % 2 for side in size)
        padding = tuple(side // 2 for side in size) if centred else 0
        if not centred:
            yield Same(size, strides)
    inputs, outputs = kernel.shape[2] * groups, kernel.shape[3]
    dilation = tuple(layer.dilation_rate)
    module = nn.Conv2d(inputs, outputs, size, strides, padding, dilation, groups, layer.use_bias)
    _fill(module, weight=kernel.transpose(3, 2, 0, 1), **({"bias": layer.bias} if layer.use_bias else {}))
    yield module
    yield from _activation(layer)


def _dense(layer: Any) -> Iterator[nn.Module]:
    kernel = np.asarray(layer.kernel)
    module = nn.Linear(*kernel.shape, bias=layer.use_bias)
    _fill(module, weight=kernel.T, **({"bias": layer.bias} if layer.use_bias else {}))
    yield module
    yield from _activation(layer)


def _norm(layer: Any) -> nn.Module:
    module = nn.BatchNorm2d(layer.moving_mean.shape[0], layer.epsilon)
    _fill(module, running_mean=layer.moving_mean, running_var=layer.moving_variance)
    _fill(module, **({"weight": layer.gamma} if layer.scale else {}))
    _fill(module, **({"bias": layer.beta} if layer.center else {}))
    return module


def _fill(module: nn.Module, **values: Any) -> None:
    with torch.no_grad():
        for name, value in values.items():
            getattr(module, name).copy_(torch.from_numpy(np.asarray(value).copy()))
