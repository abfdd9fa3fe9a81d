"""Walk a Keras network layer by layer, nested models included, and keep the activations on the way."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import Any

import keras

Visit = Callable[[Any, str, tuple[Any, ...], dict[str, Any]], Any]
Note = Callable[[str, Any], Any]
Around = tuple[tuple[Any, int], ...]
"""The nested models a layer is in, outermost first, each with the number of its call."""


class _Reached(Exception):
    """All wanted layers have been seen; what lies deeper need not run."""


class _Aside(Exception):
    """A layer reads something from before a certain one without going through it."""


def graph_of(model: Any) -> Any:
    """Return the functional graph of a model (a sequential one keeps it inside), ``None`` where there is none."""
    graph = getattr(model, "_functional", None) if isinstance(model, keras.Sequential) else model
    return graph if isinstance(graph, keras.Model) and hasattr(graph, "_run_through_graph") else None


def walk(model: keras.Model, image: Any, wanted: Collection[str], visit: Visit) -> dict[str, Any]:
    """Return layer name → activations (n, h, w, c) for the wanted layers, running nothing deeper than needed.

    Layers inside a nested model are named ``outer/inner``. ``visit(layer, name, args, kwargs)`` runs one layer.
    A layer that is called several times is seen at its first call.
    """
    missing, found = set(wanted), {}

    def note(name: str, output: Any) -> Any:
        if name in missing:
            found[name] = output
            missing.remove(name)
            if not missing:
                raise _Reached
        return output

    if missing:
        with suppress(_Reached):
            _run(model, image, "", visit, note)
    return found


def behind(visit: Visit, after: str, output: Any, skipped: Any = None) -> Visit:
    """Return a visit that runs only what lies behind a layer, whose output is given; all before it is ``skipped``."""
    reached = False

    def visit_behind(layer: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        nonlocal reached
        if reached:
            return visit(layer, name, args, kwargs)
        reached = name == after
        return output if reached else _everywhere(skipped, layer)

    return visit_behind


def is_gate(model: keras.Model, layer: str, wanted: Collection[str]) -> bool:
    """Say whether all ways to the wanted layers go through one layer; a nested model as a whole is none."""
    before, since = object(), object()

    def look(layer: Any, _: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if any(one is before for one in keras.tree.flatten((args, kwargs))):
            raise _Aside
        return _everywhere(since, layer)

    try:
        found = walk(model, before, wanted, behind(look, layer, since, before))
    except _Aside:
        return False
    return layer not in wanted and found.keys() == set(wanted) and all(x is since for x in found.values())


class _Read:
    """What a layer gives when nothing is computed: its name, and what it has read."""

    def __init__(self, name: str, inputs: Any) -> None:
        self.name = name
        self.inputs = [one for one in keras.tree.flatten(inputs) if isinstance(one, _Read)]


def leading_to(model: keras.Model, wanted: Collection[str]) -> set[str]:
    """Return the names of the layers that the wanted ones are computed from, and their own."""

    def look(layer: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return _everywhere(_Read(name, (args, kwargs)), layer)

    reached = walk(model, _Read("", ()), wanted, look)
    names, open_ends = set[str](), [one for one in keras.tree.flatten(reached) if isinstance(one, _Read)]
    while open_ends:
        one = open_ends.pop()
        if one.name not in names:
            names.add(one.name)
            open_ends += one.inputs
    return names


def only(visit: Visit, names: Collection[str]) -> Visit:
    """Return a visit that runs only the layers with these names; nothing comes of the others."""
    return lambda layer, name, args, kwargs: (
        visit(layer, name, args, kwargs) if name in names else _everywhere(None, layer)
    )


def _everywhere(mark: Any, layer: Any) -> Any:
    """Return the mark as often as a layer has outputs."""
    count = len(layer._inbound_nodes[0].outputs)
    return mark if count == 1 else [mark] * count


def shapes(model: keras.Model, height: int, width: int) -> dict[str, tuple[int, ...]]:
    """Return layer name → shape of its output for a picture of that size, up to a layer that refuses the size.

    Nothing is computed: the shapes are Keras' own inference.
    """
    found: dict[str, tuple[int, ...]] = {}

    def note(name: str, output: Any) -> Any:
        if hasattr(output, "shape"):
            found.setdefault(name, tuple(output.shape))
        return output

    def infer(layer: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return layer.compute_output_spec(*args, **kwargs)

    with suppress(Exception):  # layers refuse a size in many ways
        _run(model, keras.KerasTensor((1, height, width, 3)), "", infer, note)
    return found


def _run(model: Any, x: Any, prefix: str, visit: Visit, note: Note) -> Any:
    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        name = prefix + layer.name
        if graph_of(layer) is not None:
            return note(name, _run(layer, args[0], f"{name}/", visit, note))
        return note(name, visit(layer, name, args, kwargs))

    # The very traversal behind `keras.models.clone_model(call_function=…)`, here on real tensors.
    outputs = graph_of(model)._run_through_graph(x, operation_fn=lambda layer: layer, call_fn=call)
    return outputs[0] if isinstance(outputs, list) and len(outputs) == 1 else outputs


def named_layers(model: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (name, layer) for every layer but the inputs, those of a nested model as ``outer/inner`` before it.

    A bare operation between layers, such as the sum in ``x + y``, counts as a layer too.
    """
    for layer in graph_of(model).operations:
        if graph_of(layer) is not None:
            yield from named_layers(layer, f"{prefix}{layer.name}/")
        if not isinstance(layer, keras.layers.InputLayer):
            yield prefix + layer.name, layer


def number_afresh(model: Any) -> Any:
    """Return the model, its unnamed layers numbered as if it were the first one made in this process.

    Keras counts on from one model to the next; an address must always mean the same layer.
    """
    counted: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    for operation in model.operations:
        kind, number = re.fullmatch(r"(.*?)(?:_(\d+))?", operation.name).groups()  # type: ignore[union-attr]
        if kind == _unnamed(operation):
            counted[kind].append((int(number or 0), operation))
    for kind, members in counted.items():
        first = min(count for count, _ in members)
        for count, operation in members:
            operation.name = f"{kind}_{count - first}" if count > first else kind
    return model


def _unnamed(operation: Any) -> str:
    """Return what Keras calls such an operation by itself: ``MaxPooling2D`` → ``max_pooling2d``."""
    words = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", type(operation).__name__)
    return re.sub("([a-z])([A-Z])", r"\1_\2", words).lower()


def output_shape(layer: Any) -> tuple[Any, ...]:
    """Return the shape of what a layer puts out at its first call, ``()`` where that is not one tensor."""
    outputs = keras.tree.flatten(layer.output)
    return tuple(outputs[0].shape) if len(outputs) == 1 else ()


def writer(tensor: Any, around: Around = ()) -> tuple[Any, int, Around]:
    """Return (layer, number of its call, models around it) that wrote a tensor, through the walls of nested models."""
    layer, node, index = tensor._keras_history
    if graph_of(layer) is not None:
        return writer(graph_of(layer).outputs[index], (*around, (layer, node)))
    if isinstance(layer, keras.layers.InputLayer) and around:
        model, its_node = around[-1]
        return writer(model._inbound_nodes[its_node].input_tensors[0], around[:-1])
    return layer, node, around


def before(layer: Any, node: int, around: Around) -> tuple[Any, int, Around]:
    """Return the layer whose output a layer reads first, as :func:`writer` does."""
    return writer(layer._inbound_nodes[node].input_tensors[0], around)


def full_name(layer: Any, around: Around) -> str:
    """Return what a layer is called with the models around it."""
    return "/".join([*(model.name for model, _ in around), layer.name])


def readers(model: Any) -> dict[int, list[Any]]:
    """Return ``id(layer)`` → the operations that read its output; ``None`` among them is the model's own output."""
    found: dict[int, list[Any]] = defaultdict(list)
    for graph in _graphs(model):
        writer = {id(tensor): node.operation for node in _nodes(graph) for tensor in node.outputs}
        for node in _nodes(graph):
            for tensor in node.input_tensors:
                found[id(writer[id(tensor)])].append(node.operation)
        for tensor in graph.outputs:
            found[id(writer[id(tensor)])].append(None)
    return found


def writers(model: Any) -> dict[int, list[Any]]:
    """Return ``id(layer)`` → the operations whose outputs it reads, of each of its calls one after the other."""
    found: dict[int, list[Any]] = defaultdict(list)
    for node in (node for graph in _graphs(model) for node in _nodes(graph)):
        found[id(node.operation)] += [tensor._keras_history.operation for tensor in node.input_tensors]
    return found


def calls(model: Any) -> Counter[int]:
    """Return ``id(layer)`` → how often it stands in the model and the models nested in it, each counted once."""
    return Counter(id(node.operation) for graph in _graphs(model) for node in _nodes(graph))


def _graphs(model: Any) -> list[Any]:
    """Return the graph of a model and of every model nested in it, each once."""
    inner = [layer for _, layer in named_layers(model) if graph_of(layer) is not None]
    return list({id(graph): graph for graph in map(graph_of, [model, *inner])}.values())


def _nodes(graph: Any) -> list[Any]:
    return [node for depth in graph._nodes_by_depth.values() for node in depth]
