"""Where a few channels of a layer can be computed alone: what is not listened to need not be there."""

from collections.abc import Callable, Collection
from typing import Any

import keras
from keras import layers

from zoomdream.network.graph import calls, output_shape, readers, writers

_FUNCTIONS = ("linear", "relu", "relu6", "leaky_relu", "elu", "selu", "silu", "gelu", "sigmoid", "tanh", "softplus")
"""Activations that see each channel, indeed each number, alone."""


def narrowed(
    model: keras.Model, layer: Any, gives: Callable[[Any], bool], absorbed: Collection[int], wanted: Collection[int]
) -> set[int]:
    """Return ``id`` of the layers that need only some channels where only these are wanted of ``layer``.

    They are the layer itself, and going back from it sums and activations up to convolutions, whose further outputs
    then need not be computed. Nothing may read ``layer`` itself; it is empty where no convolution is spared anything.

    Args:
        gives: whether a layer is a convolution that can give some of its channels.
        absorbed: ``id`` of the norms that are part of such a convolution.
        wanted: ``id`` of all layers that are asked for; the others of them are left whole.
    """
    read_by, written_by, count = readers(model), writers(model), calls(model)

    def back(one: Any) -> set[int]:
        if count[id(one)] != 1:
            return set()
        if gives(one):
            return {id(one)}
        if id(one) not in absorbed and not _channel_by_channel(one):
            return set()
        alone = [other for other in written_by[id(one)] if len(read_by[id(other)]) == 1 and id(other) not in wanted]
        behind = set[int]().union(*map(back, alone))
        return behind | {id(one)} if behind else behind

    return back(layer)


def number_by_number(function: Any) -> bool:
    """Say whether an activation function sees each number alone, unlike a softmax."""
    return getattr(function, "__name__", "") in _FUNCTIONS and function.__module__.startswith("keras.")


def _channel_by_channel(layer: Any) -> bool:
    if type(layer) is layers.Activation:
        return number_by_number(layer.activation)
    if type(layer) is layers.Add:
        return len({tuple(tensor.shape)[-1:] for tensor in layer.input} | {output_shape(layer)[-1:]}) == 1
    return type(layer) in (layers.ReLU, layers.LeakyReLU, layers.Dropout)
