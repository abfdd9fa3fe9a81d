"""Walk a Keras network layer by layer, nested models included, and keep the activations on the way."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

import keras

Visit = Callable[[Any, str, tuple[Any, ...], dict[str, Any]], Any]


class _Reached(Exception):
    """All wanted layers have been seen; what lies deeper need not run."""


def walk(model: keras.Model, image: Any, wanted: Collection[str], visit: Visit) -> dict[str, Any]:
    """Return layer name → activations (n, h, w, c) for the wanted layers, running nothing deeper than needed.

    Layers inside a nested model are named ``outer/inner``. ``visit(layer, name, args, kwargs)`` runs one layer.
    """
    missing, found = set(wanted), {}

    def note(name: str, output: Any) -> Any:
        if name in missing:
            found[name] = output
            missing.remove(name)
            if not missing:
                raise _Reached
        return output

    try:
        _run(model, image, "", visit, note)
    except _Reached:
        pass
    return found


def _run(model: Any, x: Any, prefix: str, visit: Visit, note: Callable[[str, Any], Any]) -> Any:
    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        name = prefix + layer.name
        if isinstance(layer, keras.Model):
            return note(name, _run(layer, args[0], f"{name}/", visit, note))
        return note(name, visit(layer, name, args, kwargs))

    if isinstance(model, keras.Sequential):
        for layer in model.layers:
            x = call(layer, x)
        return x
    # The very traversal behind `keras.models.clone_model(call_function=…)`, here on real tensors.
    outputs = model._run_through_graph(x, operation_fn=lambda layer: layer, call_fn=call)
    return outputs[0] if isinstance(outputs, list) and len(outputs) == 1 else outputs


def named_layers(model: keras.Model, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (name, layer) for every layer in order, those of nested models as ``outer/inner`` before their model."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from named_layers(layer, f"{prefix}{layer.name}/")
        yield prefix + layer.name, layer


def consumers(model: Any) -> Iterator[tuple[Any, list[Any]]]:
    """Yield (layer, the layers that read its output) within each functional or sequential model, nested ones too."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from consumers(layer)
    if isinstance(model, keras.Sequential):
        for layer, reader in zip(model.layers, model.layers[1:], strict=False):
            yield layer, [reader]
        return
    nodes = [node for depth in model._nodes_by_depth.values() for node in depth]
    for layer in model.layers:
        outputs = {id(t) for node in nodes if node.operation is layer for t in node.outputs}
        readers = [n.operation for n in nodes if any(id(t) in outputs for t in n.input_tensors)]
        is_output = any(id(t) in outputs for t in model.outputs)
        yield layer, readers + ([None] if is_output else [])
