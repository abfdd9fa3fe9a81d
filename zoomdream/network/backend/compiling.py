"""Functions compiled once for all sizes, with their weights frozen or read where they are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from platformdirs import user_cache_path

from zoomdream.network.backend.quickest import Way, quickest
from zoomdream.network.backend.start import accelerators, convert_variables_to_constants_v2, device_facts, hushed, tf

Shape = tuple[int | None, ...]


def compile_frozen(function: Callable[..., Any], shapes: Mapping[str, Shape]) -> Callable[..., list[NDArray[Any]]]:
    """Compile ``function`` as :func:`freeze` does, giving numpy arrays."""
    return _as_arrays(freeze(function, shapes))


def compile_lightly(function: Callable[..., Any], shapes: Mapping[str, Shape]) -> Callable[..., list[NDArray[Any]]]:
    """Compile ``function`` as :func:`trace` does, giving numpy arrays."""
    return _as_arrays(trace(function, shapes))


def freeze(function: Callable[..., Any], shapes: Mapping[str, Shape], often: bool = False) -> Callable[..., list[Any]]:
    """Compile ``function`` once, with every weight it reads turned into a constant, but for those read by a handle.

    Args:
        function: takes float32 tensors by the names in ``shapes`` and returns a list of tensors.
        shapes: argument name → shape; ``None`` leaves a dimension open, so one compilation serves all sizes.
        often: it is called so often that on an accelerator XLA, which compiles it again for each size, may pay.

    Returns:
        A function of the same keyword arguments as arrays or tensors, giving a list of tensors. It raises
        ``MemoryError`` where the device has no room for them.
    """
    safe = {f"argument{i}": name for i, name in enumerate(shapes)}  # graph names admit no colons
    specs = {key: tf.TensorSpec(shapes[name], tf.float32, key) for key, name in safe.items()}

    def call(**given: Any) -> Any:
        return function(**{safe[key]: tensor for key, tensor in given.items()})

    concrete = tf.function(call, autograph=False).get_concrete_function(**specs)
    frozen = _without_variables(concrete)
    kept = {inside.name: outside for outside, inside in concrete.graph.captures}  # read by a handle
    order = [tensor.name for tensor in frozen.inputs]

    run = _quickest(frozen, concrete) if often and accelerators() else _flat(frozen)

    def call_frozen(**given: Any) -> list[Any]:
        with out_of_memory():
            inputs = {f"{key}:0": tf.convert_to_tensor(given[name], tf.float32) for key, name in safe.items()} | kept
            return list(run([inputs[name] for name in order]))

    return call_frozen


def _without_variables(concrete: Any) -> Any:
    """Return a function with the variables it reads as constants: itself if it reads nothing, which takes no time."""
    if not concrete.captured_inputs:
        return concrete
    with hushed():
        return convert_variables_to_constants_v2(concrete)


def _flat(frozen: Any) -> Way:
    """Return what calls a frozen function by its flat list of tensors.

    Called as usual it first fails by a signature, and for its message writes every tensor out as text.
    """
    return lambda tensors: list(frozen._call_flat(list(tensors), frozen.captured_inputs))


def _quickest(frozen: Any, concrete: Any) -> Way:
    """Return what calls a frozen function as it is, or compiled by XLA: whichever is quicker on this accelerator."""
    with hushed():
        for_xla = convert_variables_to_constants_v2(concrete, lower_control_flow=False)  # it knows no other branches
    ways = {"plain": _flat(frozen), "XLA": _with_xla(for_xla)}
    # "float32" sets it apart from what was chosen while cards could use TF32.
    key = f"{device_facts()['accelerators']}, TensorFlow {tf.__version__}, float32"
    return quickest(ways, _wait, _choices(), key)


def _choices() -> Path:
    """Return the file that remembers which way is the quickest: in the user's own cache folder."""
    return user_cache_path("zoomdream", appauthor=False) / "accelerators.json"


def _with_xla(frozen: Any) -> Way:
    """Return a frozen function compiled by XLA, once for each size, when it is called.

    On a processor that is an order of magnitude slower, so it is only tried on an accelerator.
    """
    specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in frozen.inputs]
    compiled = tf.function(lambda *tensors: frozen(*tensors), specs, autograph=False, jit_compile=True)
    return lambda tensors: list(compiled(*tensors))


def _wait(tensors: Sequence[Any]) -> None:
    """Wait until tensors are computed."""
    for tensor in tensors:
        tensor.numpy()


@contextmanager
def out_of_memory() -> Iterator[None]:
    """Raise ``MemoryError`` where the device has no room."""
    try:
        yield
    except (tf.errors.ResourceExhaustedError, tf.errors.AbortedError) as why:
        if isinstance(why, tf.errors.AbortedError) and "Status: 1," not in why.message:  # oneDNN's out of memory
            raise
        raise MemoryError("the network and its pictures do not fit on the device") from why


def trace(function: Callable[..., Any], shapes: Mapping[str, Shape]) -> Callable[..., list[Any]]:
    """Compile ``function`` as :func:`freeze` does, with its weights read where they are.

    A call is slower than a frozen one, but nothing is copied: a network of 100 MB is ready in a second instead of ten,
    and takes no more memory instead of 2 GB. For a few passes rather than a film.
    """
    names = list(shapes)
    specs = [tf.TensorSpec(shapes[name], tf.float32) for name in names]
    traced = tf.function(lambda *given: function(**dict(zip(names, given, strict=True))), specs, autograph=False)
    traced.get_concrete_function()
    return lambda **given: list(traced(*[tf.convert_to_tensor(given[name], tf.float32) for name in names]))


def _as_arrays(run: Callable[..., list[Any]]) -> Callable[..., list[NDArray[Any]]]:
    return lambda **given: [tensor.numpy() for tensor in run(**given)]
