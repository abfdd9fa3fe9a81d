"""The floor: what a gradient step costs at least, by its arithmetic and by what it reads and writes.

Both are counted from the network, and the machine's rates are measured beside the steps.
"""

from concurrent.futures import ThreadPoolExecutor
from math import prod
from os import cpu_count
from typing import Any, NamedTuple

import numpy as np
from turns import Step

SIDE = 2048
"""Rows and columns of the matrices."""
MEGABYTES = 256
"""What is copied, more than any cache holds."""


class Work(NamedTuple):
    """What is to be done: floating-point operations, and bytes to be read or written."""

    operations: float
    bytes: float


def work(network: Any, layer: str, height: int, width: int) -> Work:
    """Return the work of one step to a layer: its convolutions, forward and back to the picture.

    A convolution takes two operations for each element of its kernel at each place of its output, and once more for
    the gradient. It reads its input and writes its output, and the other way round for the gradient; norms and
    rectifiers ride along for nothing.
    """
    import keras

    from zoomdream.network.graph import walk

    done = []

    def visit(which: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        output = which.compute_output_spec(*args, **kwargs)
        if isinstance(which, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            done.append(_convolution(which, args[0].shape, output.shape))
        return output

    walk(network.model, keras.KerasTensor((1, height, width, 3)), {layer}, visit)
    return Work(*map(sum, zip(*done, strict=True)))


def _convolution(layer: Any, given: tuple[int, ...], made: tuple[int, ...]) -> Work:
    return Work(4 * prod(layer.kernel.shape) * made[1] * made[2], 2 * 4 * (prod(given) + prod(made)))


def matrix_product() -> tuple[Step, float]:
    """Return a product of float32 matrices, and its floating-point operations."""
    import tensorflow as tf

    a = tf.random.stateless_normal((SIDE, SIDE), (0, 0))
    return (lambda: tf.linalg.matmul(a, a).numpy()), 2.0 * SIDE**3


def copy() -> tuple[Step, float]:
    """Return a copy of much memory by all cores, and the bytes that it reads and writes."""
    cores = cpu_count() or 1
    parts = np.ones((cores, MEGABYTES * 2**20 // 4 // cores), np.float32)
    targets, pool = np.zeros_like(parts), ThreadPoolExecutor(cores)
    return (lambda: list(pool.map(np.copyto, targets, parts))), 2.0 * parts.nbytes
