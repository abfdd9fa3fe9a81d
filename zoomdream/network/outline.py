"""What is in a network, layer by layer, and which of the layers are worth looking at."""

from typing import Any, NamedTuple

import keras

from zoomdream.network.graph import graph_of, named_layers, output_shape, readers, shapes

_LARGE = 1 << 14  # pixels; so large that borders cut off by `valid` convolutions do not matter
_PLUMBING = {"ZeroPadding2D", "Cropping2D", "Dropout", "SpatialDropout2D", "Rescaling", "Normalization", "Reshape"}
_PLUMBING |= {"HalvingPadding"}
_ENDING = {"Activation", "ReLU", "LeakyReLU", "PReLU", "ELU"}
_FINISHING = _ENDING | {"BatchNormalization", "LayerNormalization", "LayerScale", "Add", "Dropout"}


class LayerFacts(NamedTuple):
    """One layer with rows and columns.

    Attributes:
        name: as it is addressed.
        kind: its Keras type.
        channels: how many there are.
        stride: pixels of the picture from one position to the next, ``None`` where it depends on the size.
        main: whether a step ends here (a block, an activation) that no next layer merely finishes.
    """

    name: str
    kind: str
    channels: int
    stride: int | None
    main: bool


def outline(model: Any) -> list[LayerFacts]:
    """Return every layer with rows, columns and channels, first to last."""
    large, read_by = shapes(model, _LARGE, _LARGE), readers(model)
    found = []
    for name, layer in named_layers(model):
        shape = output_shape(layer)
        if len(shape) == 4 and shape[3]:
            stride = _stride(large.get(name, ()))
            main = stride is not None and not _is_minor(layer, read_by[id(layer)])
            found.append(LayerFacts(name, _kind(layer), shape[3], stride, main))
    return found


def _stride(shape: tuple[int, ...]) -> int | None:
    return round(_LARGE / shape[1]) if len(shape) == 4 and shape[1] > 1 else None


def _is_minor(layer: Any, read_by: list[Any]) -> bool:
    if type(layer).__name__ in _PLUMBING:
        return True
    finished = len(read_by) == 1 and type(read_by[0]).__name__ in _FINISHING
    linear = getattr(layer, "activation", None) in (None, keras.activations.linear)
    return finished and linear and type(layer).__name__ not in (*_ENDING, "Concatenate")


def _kind(layer: Any) -> str:
    return "model" if graph_of(layer) is not None else type(layer).__name__
