"""Whether a model can be dreamt with: one RGB picture in, rows and columns inside, and a graph to walk."""

from typing import Any

import keras

from zoomdream.errors import BadInput
from zoomdream.network.graph import graph_of, named_layers, output_shape
from zoomdream.network.head import Size

USUAL_SIZE = 224
LARGEST = 8192
"""Pixels that a side may have in a network that takes one size only."""
_PREPARING = (keras.layers.Rescaling, keras.layers.Normalization)
_PASSING = ("Random", "Resizing", "CenterCrop")


def check_model(model: keras.Model, name: str) -> None:
    """Refuse a model that no picture can climb in.

    Raises:
        BadInput: saying which of the conditions is not met.
    """
    graph = graph_of(model)
    if graph is None:
        raise BadInput(f"{name} has no functional graph to walk: save it as a functional model.")
    shapes = [tuple(tensor.shape) for tensor in graph.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4:
        raise BadInput(f"{name} takes inputs of shape {shapes}, not one picture (n, height, width, 3).")
    layers = [layer for _, layer in named_layers(model)]
    if any(getattr(layer, "data_format", None) == "channels_first" for layer in layers):
        raise BadInput(f"{name} keeps channels first; build it with data_format 'channels_last'.")
    if shapes[0][3] != 3:
        raise BadInput(f"{name} takes pictures of {shapes[0][3]} channels; they must be RGB, 3 channels.")
    if max(shapes[0][1] or 0, shapes[0][2] or 0) > LARGEST:
        raise BadInput(f"{name} takes pictures of {shapes[0][1]}x{shapes[0][2]}; at most {LARGEST} a side can be made.")
    if not any(len(output_shape(layer)) == 4 for layer in layers):
        raise BadInput(f"{name} has no layer with rows, columns and channels to dream with.")


def guess_range(model: Any) -> str:
    """Return the name of what a model of unknown making expects.

    That is 0..255 where the first thing done to the values of the picture, nested models included, is a
    rescaling or normalisation, and 0..1 elsewhere. Layers that augment or resize are passed over.
    """
    simple = (layer for _, layer in named_layers(model) if graph_of(layer) is None)
    first = next((layer for layer in simple if not type(layer).__name__.startswith(_PASSING)), None)
    return "0..255" if isinstance(first, _PREPARING) else "0..1"


def trained_size(model: Any) -> Size:
    """Return the (height, width) a model was built for, 224 × 224 where it takes any."""
    _, height, width, _ = graph_of(model).inputs[0].shape
    return (height, width) if height and width else (USUAL_SIZE, USUAL_SIZE)
