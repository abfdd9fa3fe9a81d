"""Rectifiers: where a network has ReLUs, and how to run it with something else around each of them."""

import copy
from collections.abc import Callable
from typing import Any

from keras import activations, layers

from zoomdream.errors import BadInput

Run = Callable[[Any], Any]

_RELUS = (activations.relu, activations.relu6)
_OPERATIONS = ("Relu", "Relu6")
_ALIKE = {
    *("celu", "elu", "gelu", "hard_silu", "hard_swish", "leaky_relu", "mish", "selu", "silu", "softplus"),
    *("squareplus", "swish", "threshold", "prelu", "crelu"),
}
"""Nonlinearities that do a ReLU's work and are none."""


def around(layer: Any, name: str, wrap: Callable[[Run], Run]) -> Any:
    """Return what runs instead of a layer so that its ReLU, if it has one, is wrapped; the layer itself if it has none.

    The layer stays as it is; its twin shares its weights.

    Args:
        name: of the layer, for the message.

    Raises:
        BadInput: its nonlinearity does a ReLU's work but is another one, such as a swish.
    """
    if _is_relu(layer):
        return lambda x, **_: wrap(layer)(x)
    function = getattr(layer, "activation", None)
    wrapped = around_function(function, name, wrap)
    if wrapped is not function:
        twin = copy.copy(layer)
        twin.activation = wrapped
        return twin
    _refuse(type(layer).__name__, name)
    return layer


def around_function(function: Any, name: str, wrap: Callable[[Run], Run]) -> Any:
    """Return an activation function wrapped if it is a ReLU, and as it is if it is no rectifier at all.

    Raises:
        BadInput: as for :func:`around`.
    """
    if function in _RELUS:
        return wrap(function)
    _refuse(getattr(function, "__name__", ""), name)
    return function


def _is_relu(layer: Any) -> bool:
    if isinstance(layer, layers.ReLU):
        return not layer.negative_slope
    return type(layer).__name__ in _OPERATIONS and type(layer).__module__.startswith("keras.")


def _refuse(kind: str, name: str) -> None:
    plain = kind.lower()
    if plain in _ALIKE | {text.replace("_", "") for text in _ALIKE} or plain == "relu":
        raise BadInput(
            f"Guided backprop is defined for ReLUs only, and {name} is a {kind}: saliency and gradcam work here."
        )
