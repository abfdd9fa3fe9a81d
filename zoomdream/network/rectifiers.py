"""Rectifiers: where a network has ReLUs, and how to run it with something else around each of them."""

import re
from collections.abc import Callable
from typing import Any

import keras

from zoomdream.errors import BadInput

Run = Callable[[Any], Any]

_FUNCTIONS = ("relu", "relu6")
_OPERATIONS = ("ReLU", "Relu", "Relu6")
_ALIKE = re.compile("elu|silu|swish|mish|softplus|squareplus|sparseplus|threshold|logsigmoid|^maximum$|^lambda$")
"""In the names of nonlinearities that do a ReLU's work and are none, or may: ``PReLU``, ``QuickGELU``, ``Lambda``."""
_GATES = re.compile("sigmoid|tanh|erf|relu")
"""In the names of functions g that make x·g(x) do a ReLU's work: a swish or a GELU that is written out."""


def around(layer: Any, name: str, wrap: Callable[[Run], Run]) -> Any:
    """Return what runs instead of a layer so that its ReLU, if it has one, is wrapped; the layer itself if it has none.

    The layer stays as it is; its twin shares its weights.

    Args:
        name: of the layer, for the message.

    Raises:
        BadInput: its nonlinearity does a ReLU's work but is another one, such as a swish, or is out of reach inside it.
    """
    if is_relu(layer):
        return lambda x, **_: wrap(layer)(x)
    function = getattr(layer, "activation", None)
    wrapped = around_function(function, name, wrap)
    if wrapped is not function:
        # Not copy.copy: Keras would write the layer to a file and read it again.
        twin = object.__new__(type(layer))
        vars(twin).update(vars(layer), activation=wrapped)
        return twin
    _refuse("leaky ReLU" if isinstance(layer, keras.layers.ReLU) else type(layer).__name__, name)
    if gate := _own_gate(layer):
        raise _refusal(f"x·{gate}(x)", name)
    for part in layer._flatten_layers(include_self=False) if isinstance(layer, keras.Layer) else ():
        if around(part, f"{part.name} of {name}", wrap) is not part:
            raise BadInput(f"Guided backprop does not reach the ReLU inside {name}: saliency and gradcam work here.")
    return layer


def around_function(function: Any, name: str, wrap: Callable[[Run], Run]) -> Any:
    """Return an activation function wrapped if it is a ReLU, and as it is if it is no rectifier at all.

    Raises:
        BadInput: as for :func:`around`.
    """
    if isinstance(function, keras.Layer):
        return around(function, name, wrap)
    if is_relu(function):
        return wrap(function)
    _refuse(getattr(function, "__name__", ""), name)
    return function


def is_relu(run: Any) -> bool:
    """Say whether it is a ReLU: a layer, the bare operation or a function, one without a slope below 0."""
    if getattr(run, "__name__", "") in _FUNCTIONS:
        return True
    kind = type(run)
    named = kind.__name__ in _OPERATIONS and kind.__module__.startswith("keras.")
    return (named or isinstance(run, keras.layers.ReLU)) and not getattr(run, "negative_slope", 0)


def _own_gate(layer: Any) -> str:
    """Return which function of itself a product multiplies something with, empty where it is no such product."""
    if type(layer).__name__ != "Multiply":
        return ""
    ways = [[_gates(tensor) for tensor in node.input_tensors] for node in layer._inbound_nodes]
    found = (
        one[tensor] or other[tensor]
        for one, other in (way for way in ways if len(way) == 2)
        for tensor in one.keys() & other.keys()
        if one[tensor] != other[tensor]
    )
    return next(found, "")


def _gates(tensor: Any) -> dict[int, str]:
    """Return what a tensor is made of value by value, and of nothing else: ``id`` → the gate on the way, or none."""
    found, gate = {id(tensor): ""}, ""
    while True:
        layer, node, _ = tensor._keras_history
        given = layer._inbound_nodes[node].input_tensors
        if len(given) != 1 or getattr(layer, "weights", None) or given[0].shape != tensor.shape:
            return found
        function = getattr(layer, "activation", None)
        kind = getattr(function, "__name__", type(layer).__name__).lower()
        gate, tensor = kind if _GATES.search(kind) else gate, given[0]
        found[id(tensor)] = gate


def _refuse(kind: str, name: str) -> None:
    if _ALIKE.search(kind.lower().replace("_", "")):
        raise _refusal(kind, name)


def _refusal(kind: str, name: str) -> BadInput:
    return BadInput(
        f"Guided backprop is defined for plain ReLUs, not for the {kind} of {name}: saliency and gradcam work here."
    )
