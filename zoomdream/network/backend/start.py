"""The start of TensorFlow: quietly, without delay, and with no more of a device's memory than is needed."""

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"


@contextmanager
def hushed() -> Iterator[None]:
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
    """Pause the garbage collector, which takes a fifth of the import's time.

    Afterwards it leaves alone what was imported, half a million objects that stay; to go through them takes a third of
    the time of the next compilation. What was garbage before is collected first.
    """
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


with hushed(), _uncollected():
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

__all__ = ["accelerators", "convert_variables_to_constants_v2", "device_facts", "hushed", "set_up", "tf"]


def accelerators() -> list[Any]:
    """Return the devices that compute faster than the processor."""
    return list(tf.config.list_physical_devices("GPU"))


def device_facts() -> dict[str, object]:
    """Return what the tensor library computes on: the names of its accelerators."""
    known = tf.config.experimental.get_device_details
    return {"accelerators": [known(device).get("device_name", device.name) for device in accelerators()]}


def set_up(devices: Sequence[Any]) -> None:
    """Make accelerators compute the same each time, in float32, and take memory only as it is needed.

    Some multiply in TF32 unless they are told not to: with three digits, by which a gradient is off by a tenth.
    """
    if devices:
        tf.config.experimental.enable_op_determinism()
        tf.config.experimental.enable_tensor_float_32_execution(False)
    for device in devices:
        with suppress(RuntimeError, ValueError):  # it is in use already, or cannot
            tf.config.experimental.set_memory_growth(device, True)


with hushed():
    set_up(accelerators())
