"""The only file that names TensorFlow: compiled functions with their weights frozen, gradients, device facts."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"


@contextmanager
def _hushed() -> Iterator[None]:
    """Drop what is written straight to the standard error stream: start-up chatter that no log level stops."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no such stream
        yield
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage: an import leaves none, and looking again and again takes a fifth of this one's time."""
    looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # what was imported stays, and need not be looked through for hours
        if looking:
            gc.enable()


import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from zoomdream.network.quickest import Way, quickest  # noqa: E402

with _hushed(), _uncollected():
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2


def accelerators() -> list[Any]:
    """Return the devices that compute faster than the processor."""
    with _hushed():
        return list(tf.config.list_physical_devices("GPU"))


def _share(devices: Iterable[Any]) -> None:
    """Take memory on devices only as it is needed, so that other programs have the rest."""
    for device in devices:
        with suppress(RuntimeError, ValueError):  # it is in use already, or cannot
            tf.config.experimental.set_memory_growth(device, True)


_share(accelerators())

Shape = tuple[int | None, ...]
Pair = tuple[int, int]

FEW_CHANNELS = 4  # of a picture: with more the gradient by phases is no faster than the library's


def value_and_gradient(function: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    """Return (function(x), its gradient at x); ``function`` is tensor → scalar, or → (n,), whose sum is then meant."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return value, tape.gradient(value, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def gradient_within(function: Callable[[Any], tuple[Any, Any]], x: Any) -> tuple[Any, Any, Any]:
    """Return (value, inner, gradient of the value to inner) of ``function``: tensor → (value, inner tensor).

    The gradient is ``None`` where the value does not depend on the inner tensor.
    """
    with tf.GradientTape() as tape:
        tape.watch(x)
        value, inner = function(x)
    return value, inner, tape.gradient(value, inner)


def guided(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return ``function`` with a gradient that also drops what is negative on its way back.

    Of a ReLU that is guided backprop (Springenberg et al., 2015): R·1[a>0]·1[R>0].
    """

    def gradient(x: Any, upstream: Any) -> Any:
        _, down = value_and_gradient(lambda y: tf.reduce_sum(function(y) * tf.maximum(upstream, 0)), x)
        return down

    return _with_gradient(function, gradient)


def let_through(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a rectifier whose gradient, where it is zero for a whole picture, is what would raise its input.

    So a neuron that is silent everywhere can be woken. (Lucid, ``misc/redirected_relu_grad``)
    """

    def gradient(x: Any, upstream: Any) -> Any:
        _, plain = value_and_gradient(lambda y: tf.reduce_sum(function(y) * upstream), x)
        silent = tf.reduce_all(plain == 0, axis=tuple(range(1, len(x.shape))), keepdims=True)
        raising = tf.where((x < 0) & (upstream < 0), tf.zeros_like(upstream), upstream)
        return tf.where(silent, raising, plain)

    return _with_gradient(function, gradient)


def convolution(
    kernel: NDArray[Any],
    bias: NDArray[Any] | None,
    strides: Pair,
    padding: str,
    dilation: Pair,
    depthwise: bool,
) -> Callable[[Any], Any]:
    """Return a convolution with constant weights: (n, h, w, c) → (n, h', w', c').

    Where it has stride 1 and keeps the size, its gradient to the input is itself a convolution, with the kernel
    turned by 180° and its channels exchanged. Run as a *forward* one it is 1.1 to 2 times as fast on a CPU. With
    stride 2 it is four of them.

    Args:
        kernel: (h, w, in, out), or (h, w, channels, multiplier) for a depthwise convolution.
        bias: (channels of the output,), or ``None``.
        padding: ``same`` or ``valid``.
        dilation: distance between the kernel's elements, in pixels down and across.
    """

    def run(x: Any, weights: NDArray[Any], padding: str) -> Any:
        if depthwise:
            return tf.nn.depthwise_conv2d(x, weights, (1, *strides, 1), padding, dilations=dilation)
        return tf.nn.convolution(x, weights, strides, padding, dilations=dilation)

    def forward(x: Any) -> Any:
        y = run(x, kernel, padding.upper())
        return y if bias is None else tf.nn.bias_add(y, bias)

    if _turns(kernel, strides, padding, depthwise):
        turned = kernel[::-1, ::-1].copy()
        turned = turned if depthwise else turned.transpose(0, 1, 3, 2).copy()
        return _with_gradient(forward, lambda x, upstream: run(upstream, turned, "SAME"))
    if strides == (2, 2) and dilation == (1, 1) and not depthwise and kernel.shape[2] <= FEW_CHANNELS:
        return _with_gradient(forward, _gradient_by_phases(kernel, padding))
    return forward


def _with_gradient(function: Callable[[Any], Any], gradient: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """Return ``function`` with a gradient of our own: (x, upstream) → gradient to x."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(x: Any) -> Any:
        return function(x), lambda upstream: gradient(x, upstream)

    return run  # type: ignore[no-any-return]


def _turns(kernel: NDArray[Any], strides: Pair, padding: str, depthwise: bool) -> bool:
    height, width, _, last = kernel.shape
    keeps_size = (padding == "same" and height % 2 == width % 2 == 1) or (height == width == 1)
    return strides == (1, 1) and keeps_size and (last == 1 or not depthwise)


def _gradient_by_phases(kernel: NDArray[Any], padding: str) -> Callable[[Any, Any], Any]:
    """Return the gradient of a convolution with stride 2 as one forward convolution: (x, upstream) → gradient to x.

    Even and odd rows and columns see different elements of the kernel, so the four phases of the gradient are
    four convolutions at the upstream's own size; they run as one with four times the channels and are interleaved.
    """
    height, width, channels, outputs = kernel.shape
    even = np.pad(kernel, ((0, height % 2), (0, width % 2), (0, 0), (0, 0)))
    rows, columns = even.shape[0] // 2, even.shape[1] // 2
    phases = even.reshape(rows, 2, columns, 2, channels, outputs)[::-1, :, ::-1].transpose(0, 2, 5, 1, 3, 4)
    turned = phases.reshape(rows, columns, outputs, 4 * channels).copy()
    around = [[0, 0], [rows - 1, rows], [columns - 1, columns], [0, 0]]  # what no element saw has no gradient

    def gradient(x: Any, upstream: Any) -> Any:
        size, seen = tf.shape(x)[1:3], tf.shape(upstream)[1:3]
        before = tf.maximum(2 * (seen - 1) + [height, width] - size, 0) // 2 * (padding == "same")
        spread = _interleave(tf.nn.conv2d(upstream, turned, 1, around))
        inside = spread[:, before[0] : before[0] + size[0], before[1] : before[1] + size[1]]
        return tf.ensure_shape(inside, x.shape)

    return gradient


def _interleave(phases: Any) -> Any:
    """Return (n, 2h, 2w, c) of four phases (n, h, w, 4c), as ``depth_to_space`` does, whose CPU kernel is slower."""
    n, h, w = (tf.shape(phases)[axis] for axis in range(3))
    channels = phases.shape[3] // 4
    rows = tf.transpose(tf.reshape(phases, (n * h, w, 2, 2 * channels)), (0, 2, 1, 3))
    return tf.reshape(rows, (n, 2 * h, 2 * w, channels))


def compile_frozen(function: Callable[..., Any], shapes: Mapping[str, Shape]) -> Callable[..., list[NDArray[Any]]]:
    """Compile ``function`` as :func:`freeze` does, giving numpy arrays."""
    return _as_arrays(freeze(function, shapes))


def compile_lightly(function: Callable[..., Any], shapes: Mapping[str, Shape]) -> Callable[..., list[NDArray[Any]]]:
    """Compile ``function`` as :func:`trace` does, giving numpy arrays."""
    return _as_arrays(trace(function, shapes))


def freeze(function: Callable[..., Any], shapes: Mapping[str, Shape]) -> Callable[..., list[Any]]:
    """Compile ``function`` once, with every weight it reads turned into a constant.

    Args:
        function: takes float32 tensors by the names in ``shapes`` and returns a list of tensors.
        shapes: argument name → shape; ``None`` leaves a dimension open, so one compilation serves all sizes.

    Returns:
        A function of the same keyword arguments as arrays or tensors, giving a list of tensors. It raises
        ``MemoryError`` where the device has no room for them.
    """
    safe = {f"argument{i}": name for i, name in enumerate(shapes)}  # graph names admit no colons
    specs = {key: tf.TensorSpec(shapes[name], tf.float32, key) for key, name in safe.items()}

    def call(**given: Any) -> Any:
        return function(**{safe[key]: tensor for key, tensor in given.items()})

    concrete = tf.function(call, autograph=False).get_concrete_function(**specs)
    with _hushed():
        frozen = convert_variables_to_constants_v2(concrete)
    order = [safe[tensor.name.split(":")[0]] for tensor in frozen.inputs]

    ways = [_flat(frozen), *([_with_xla(frozen)] if accelerators() else [])]
    run = quickest(ways, _wait, lambda tensors: tuple(tuple(tensor.shape) for tensor in tensors))

    def call_frozen(**given: Any) -> list[Any]:
        with _out_of_memory():
            return run([tf.convert_to_tensor(given[name], tf.float32) for name in order])  # type: ignore[no-any-return]

    return call_frozen


def _flat(frozen: Any) -> Way:
    """Return what calls a frozen function by its flat list of tensors.

    Called as usual it first fails by a signature, and for its message writes every tensor out as text.
    """
    return lambda tensors: list(frozen._call_flat(list(tensors), frozen.captured_inputs))


def _with_xla(frozen: Any) -> Way:
    """Return a frozen function compiled by XLA, once for each size, when it is called.

    On a processor that is an order of magnitude slower, so it is only tried on an accelerator.
    """
    compiled = tf.function(lambda *tensors: frozen(*tensors), autograph=False, jit_compile=True)
    return lambda tensors: list(compiled(*tensors))


def _wait(tensors: Sequence[Any]) -> None:
    """Wait until tensors are computed."""
    for tensor in tensors:
        tensor.numpy()


@contextmanager
def _out_of_memory() -> Iterator[None]:
    """Raise ``MemoryError`` where the device has no room."""
    try:
        yield
    except (tf.errors.ResourceExhaustedError, tf.errors.AbortedError) as why:
        if isinstance(why, tf.errors.AbortedError) and "Status: 1," not in why.message:  # oneDNN's out of memory
            raise
        raise MemoryError("the network's activations do not fit") from why


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


def product(a: Any, b: Any) -> Any:
    """Return a·b, rounded as it stands: the graph optimiser would multiply constants within ``a`` by ``b`` first.

    That moves last digits, and a film that goes on from them becomes another one within seconds.
    """
    return tf.math.multiply_no_nan(a, b)


def enlarge(pictures: Any, size: Any) -> Any:
    """Return pictures (n, h, w, c) at (height, width), bilinear; Keras' own takes no size that is open as yet."""
    return tf.image.resize(pictures, size)


def inverse_fourier(real: Any, imaginary: Any, size: Pair) -> Any:
    """Return real planes (…, h, w) of their spectra (…, h, w // 2 + 1), given as real and imaginary parts."""
    return tf.signal.irfft2d(tf.complex(real, imaginary), size)


def half_spectra(planes: Any) -> tuple[Any, Any]:
    """Return the spectra (…, h, w // 2 + 1) of real planes (…, h, w) as real and imaginary parts."""
    spectra = tf.signal.rfft2d(planes)
    return tf.math.real(spectra), tf.math.imag(spectra)


def device_facts() -> dict[str, object]:
    """Return what the tensor library computes on: the names of its accelerators."""
    known = tf.config.experimental.get_device_details
    return {"accelerators": [known(device).get("device_name", device.name) for device in accelerators()]}
