"""Where a few channels of a layer can be computed alone: what is not listened to need not be there."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import keras
from keras import layers

from zoomdream.network.graph import calls, output_shape, readers, writers

_FUNCTIONS = ("linear", "relu", "relu6", "leaky_relu", "elu", "selu", "silu", "gelu", "sigmoid", "tanh", "softplus")
"""Activations that see each channel, indeed each number, alone."""


class Branches(NamedTuple):
    """Ways through a network whose channels a layer joins, as those of an Inception.

    Attributes:
        fork: the layer from which they come; behind it they have nothing in common.
        channels: the last layer of each → what part of the joined layer's channels it has.
    """

    fork: str
    channels: Mapping[str, slice]


def joined_by(model: keras.Model, layer: Any) -> list[Any]:
    """Return the layer at which branches part, and the last of each, whose channels a layer joins.

    There are none where it joins nothing, or where two of them have something in common behind that layer.
    """
    written_by, read_by, count = writers(model), readers(model), calls(model)
    if type(layer) is not layers.Concatenate or layer.axis not in (-1, 3) or count[id(layer)] != 1:
        return []
    ends = written_by[id(layer)]
    if any(count[id(end)] != 1 or len(read_by[id(end)]) != 1 or len(output_shape(end)) != 4 for end in ends):
        return []
    ways = [_before(written_by, end) for end in ends]
    shared = [one.keys() & other.keys() for number, one in enumerate(ways) for other in ways[:number]]
    if not shared or any(ids != shared[0] for ids in shared):
        return []
    return next(([one, *ends] for one in ways[0].values() if _before(written_by, one).keys() == shared[0]), [])


def _before(written_by: Mapping[int, Sequence[Any]], layer: Any) -> dict[int, Any]:
    """Return ``id`` → layer of a layer and of all that it comes from."""
    found, open_ends = dict[int, Any](), [layer]
    while open_ends:
        one = open_ends.pop()
        if id(one) not in found:
            found[id(one)] = one
            open_ends += written_by[id(one)]
    return found


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
