"""Convolutions of 3×3 with fewer multiplications: minimal filtering (Lavin and Gray, 2016, section 4.1).

Four pixels of a row of the output are a product of polynomials, and follow from its values at six points. Each value
is one multiplication, instead of the twelve of four pixels with three elements of the kernel. Down and across, a square
of 4×4 pixels takes 36 multiplications for each pair of channels instead of 144.
"""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.network.backend.start import tf

Array = NDArray[Any]

SIDE = 4
"""Pixels of the output in a square, down and across."""
SEEN = SIDE + 2
"""Pixels of the input that a square sees, and points, down and across."""
POINTS = (0, 0.5**0.5, -(0.5**0.5), 2**0.5, -(2**0.5))
"""Where polynomials are evaluated, besides at infinity.

Rounding is 1.8 times that of a plain convolution; with 0, ±1 and ±2 it is 4 times. And the inverse of each point
is one of them, so that the same values of a kernel serve when it is turned.
"""
INVERSES = (5, 3, 4, 1, 2, 0)
"""The place of the inverse of each point; that of 0 is infinity, the last."""
PAYS = 56
"""From which c·k / (c + k) on, of c channels in and k out, less multiplying outweighs the cutting into squares.

So it is for layers of some hundreds of places, and for the octaves of a film as a whole; of fewer places reading the
values of the kernel takes longer, up to three times for 7×7. To choose by size in the graph costs as much as it gains.
"""


class Squares:
    """A convolution with stride 1 by squares of 4×4 pixels, and the same with its kernel turned.

    Once it has run it keeps four times the room of its kernel.

    Args:
        kernel: (3, 3, in, out).
    """

    def __init__(self, kernel: Array) -> None:
        self._kernel = kernel

    @staticmethod
    def pay(kernel: Array) -> bool:
        """Say whether a processor is quicker by squares with this kernel (h, w, in, out)."""
        height, width, channels, outputs = kernel.shape
        return bool(height == width == 3 and channels * outputs >= PAYS * (channels + outputs))

    def run(self, x: Any, around: int) -> Any:
        """Return the convolution of (n, h, w, in) with so many zeros around it: (n, h', w', out)."""
        return self._run(x, around, turned=False)

    def run_turned(self, x: Any, around: int) -> Any:
        """Return that of (n, h, w, out) with the kernel turned by 180° and its channels exchanged: (n, h', w', in)."""
        return self._run(x, around, turned=True)

    def _run(self, x: Any, around: int, turned: bool) -> Any:
        there, back = _turned() if turned else _plain()
        outputs = self._kernel.shape[2 if turned else 3]
        height, width = (tf.shape(x)[axis] + 2 * around - 2 for axis in (1, 2))
        down, across = -(-height // SIDE), -(-width // SIDE)
        seen = _cut(x, around, down, across)
        values = _down_and_across(there) @ tf.reshape(seen, (SEEN**2, -1))
        products = tf.matmul(tf.reshape(values, tf.shape(seen)), self._read(), transpose_b=turned)
        made = _down_and_across(back) @ tf.reshape(products, (SEEN**2, -1))
        squares = tf.reshape(made, (SIDE**2 * tf.shape(x)[0], down, across, outputs))
        beyond = [[0, SIDE * down - height], [0, SIDE * across - width]]
        return tf.ensure_shape(tf.batch_to_space(squares, (SIDE, SIDE), beyond), (x.shape[0], None, None, outputs))

    def _read(self) -> Any:
        """Return the values of the kernel, by their handle: a variable would be frozen to a constant of the graph.

        They take four times the room of the kernel, and graphs are copied often.
        """
        read = tf.raw_ops.ReadVariableOp(resource=self._values.handle, dtype=tf.float32)
        return tf.ensure_shape(read, self._values.shape)

    @cached_property
    def _values(self) -> Any:
        """The kernel's polynomials at each pair of points, (36, in, out)."""
        evaluate = np.vstack([np.vander(POINTS, 3, increasing=True), [0, 0, 1]])
        values = _down_and_across(evaluate) @ self._kernel.reshape(9, -1)
        with tf.init_scope():
            return tf.Variable(values.reshape(SEEN**2, *self._kernel.shape[2:]), trainable=False)


def _plain() -> tuple[Array, Array]:
    """Return matrices from pixels seen to values, (6, 6), and from products of values back to pixels, (4, 6)."""
    evaluate = np.vstack([np.vander(POINTS, SEEN, increasing=True), np.eye(SEEN)[-1]])
    back = np.vstack([np.vander(POINTS, SIDE, increasing=True), np.eye(SIDE)[-1]]).T
    return np.linalg.inv(evaluate).T, back


def _turned() -> tuple[Array, Array]:
    """Return those for a kernel turned round: its polynomial at p is p² times that of the kernel at 1/p."""
    there, back = _plain()
    factors = np.array([1, *np.square(POINTS[1:]), 1])
    return (factors[:, None] * there)[[*INVERSES]], back[:, INVERSES]


def _down_and_across(matrix: Array) -> NDArray[np.float32]:
    """Return the matrix that does to squares, written row after row, what a matrix does to rows."""
    return np.kron(matrix, matrix).astype(np.float32)


def _cut(x: Any, around: int, down: Any, across: Any) -> Any:
    """Return what the squares of the output see of (n, h, w, c) with zeros around: (36, n·down·across, c)."""
    count, rows, columns = (tf.shape(x)[axis] for axis in range(3))
    height, width = SIDE * down + 2, SIDE * across + 2
    margins = [[around, height - around - rows], [around, width - around - columns]]
    padded = tf.reshape(tf.pad(x, [[0, 0], *margins, [0, 0]]), (-1, x.shape[3]))
    row = tf.range(SEEN)[:, None] + SIDE * tf.range(down)
    column = tf.range(SEEN)[:, None] + SIDE * tf.range(across)
    within = row[:, None, None, :, None] * width + column[:, None, None, :]
    pixels = within + (tf.range(count) * height * width)[:, None, None]
    return tf.gather(padded, tf.reshape(pixels, (SEEN**2, -1)))
