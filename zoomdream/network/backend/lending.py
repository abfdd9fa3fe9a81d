"""Large arrays as tensors, without the copies that TensorFlow makes of them: one for safety, one for their address."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.network.backend.start import tf

LINE = 64
"""Bytes: tensors begin at a multiple of these (Eigen's alignment on processors with AVX-512)."""


def aligned(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return an array with anything in it, at an address where :func:`lent` copies nothing."""
    floats = LINE // 4
    array = np.empty(int(np.prod(shape)) + floats, np.float32)
    first = -array.ctypes.data % LINE // 4
    return array[first : first + array.size - floats].reshape(shape)


def lent(array: NDArray[np.float32]) -> Any:
    """Return an array as a tensor, on a processor on its own memory; it must not change while the tensor is used."""
    return tf.raw_ops.Identity(input=array)
