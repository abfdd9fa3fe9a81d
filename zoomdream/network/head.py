"""The head: where in a network the logits are, and what size of picture they need."""

from typing import Any

import keras
from keras import layers

from zoomdream.network.graph import Around, before, full_name, graph_of, shapes, writer

Size = tuple[int, int]

_AFTER = (layers.Dropout, layers.Flatten, layers.Reshape, layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D)
"""Layers behind which probabilities are still probabilities."""


def count_classes(model: keras.Model) -> int:
    """Return the number of classes of the head, 0 where the model does not end in one row of numbers."""
    outputs = graph_of(model).outputs
    shape = tuple(outputs[0].shape) if len(outputs) == 1 else ()
    return int(shape[1]) if len(shape) == 2 and shape[1] else 0


def logits_layer(model: keras.Model) -> tuple[str, Any]:
    """Return (name, layer) that puts out the logits: the last one, or the one before a softmax on its own."""
    layer, _, around = logits_place(model)
    return full_name(layer, around), layer


def logits_place(model: keras.Model) -> tuple[Any, int, Around]:
    """Return (layer, number of its call, models around it) that puts out the logits."""
    place = writer(graph_of(model).outputs[0])
    while _only_softmax(place[0]):
        place = before(*place)
    return place


def early_softmax(model: keras.Model) -> str:
    """Return the name of a softmax whose probabilities are pooled or reshaped behind it, empty where there is none.

    What such a model puts out are no logits, and there are none.
    """
    place = logits_place(model)
    while isinstance(place[0], _AFTER):
        place = before(*place)
        if getattr(place[0], "activation", None) is keras.activations.softmax or _only_softmax(place[0]):
            return full_name(place[0], place[2])
    return ""


def _only_softmax(layer: Any) -> bool:
    """Say whether it is a softmax on its own: a layer, an activation layer, or the bare operation."""
    return type(layer).__name__ == "Softmax" or (
        isinstance(layer, keras.layers.Activation) and layer.activation is keras.activations.softmax
    )


def without_softmax(layer: Any) -> Any:
    """Return a twin of the layer, weights and all, that leaves its softmax out; ``None`` if it has none."""
    if getattr(layer, "activation", None) is not keras.activations.softmax or _only_softmax(layer):
        return None
    twin = type(layer).from_config({**layer.get_config(), "activation": None})
    twin.build(layer.input.shape)
    twin.set_weights(layer.get_weights())
    return twin


def fixed_size(model: keras.Model) -> Size | None:
    """Return the only size (height, width) a head works at, ``None`` where it takes any.

    A head is bound to a size where positions are flattened: what has no rows and columns any more must come out
    the same at twice the size.
    """
    _, height, width, _ = graph_of(model).inputs[0].shape
    if not (height and width):
        return None
    usual, double = shapes(model, height, width), shapes(model, 2 * height, 2 * width)
    same = all(len(shape) == 4 or double.get(name) == shape for name, shape in usual.items())
    return None if same else (height, width)
