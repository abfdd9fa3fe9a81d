"""Convolutions with constant weights, and gradients that are as fast."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.network.backend.gradients import with_gradient
from zoomdream.network.backend.start import accelerators, tf
from zoomdream.network.backend.winograd import Squares

Pair = tuple[int, int]

FEW_CHANNELS = 4  # of a picture: with more the gradient by phases is no faster than the library's


@dataclass(frozen=True, eq=False)
class Convolution:
    """A convolution with constant weights: (n, h, w, c) → (n, h', w', c').

    Where it has stride 1 and keeps the size, its gradient to the input is itself a convolution, with the kernel
    turned by 180° and its channels exchanged. Run as a *forward* one it is 1.1 to 2 times as fast on a CPU. With
    stride 2 it is four of them. A wide one of 3×3 with stride 1, and its gradient, go by squares (:class:`Squares`).

    Attributes:
        kernel: (h, w, in, out), or (h, w, channels, multiplier) for a depthwise convolution.
        bias: (channels of the output,), or ``None``.
        padding: ``same`` or ``valid``.
        dilation: distance between the kernel's elements, in pixels down and across.
    """

    kernel: NDArray[Any]
    bias: NDArray[Any] | None
    strides: Pair
    padding: str
    dilation: Pair
    depthwise: bool

    def __call__(self, x: Any) -> Any:
        """Return all channels of the output."""
        if self._squares is not None:
            return self._by_squares(x, self._squares)
        if self._turned is not None:
            return self._with_turned(x, self.kernel, self.bias, self._turned)
        if self._in_phases is not None:
            return with_gradient(lambda x: self._forward(x, self.kernel, self.bias), self._in_phases)(x)
        return self._forward(x, self.kernel, self.bias)

    def some(self, x: Any, numbers: Any) -> Any:
        """Return only the channels of the output with these numbers, (k,) whole ones, where it :attr:`gives_some`.

        The others are not computed, nor is what they would have given to the gradient.
        """
        kernel = tf.gather(self.kernel, numbers, axis=3)
        bias = None if self.bias is None else tf.gather(self.bias, numbers)
        if self._turned is not None:
            return self._with_turned(x, kernel, bias, tf.gather(self._turned, numbers, axis=2))
        return self._forward(x, kernel, bias)

    @property
    def gives_some(self) -> bool:
        """Whether some of its channels can be had alone."""
        return not self.depthwise

    def _by_squares(self, x: Any, squares: Squares) -> Any:
        around = 1 if self.padding == "same" else 0
        y = with_gradient(
            lambda x: squares.run(x, around), lambda x, upstream: squares.run_turned(upstream, 2 - around)
        )(x)
        return y if self.bias is None else tf.nn.bias_add(y, self.bias)

    def _with_turned(self, x: Any, kernel: Any, bias: Any, turned: Any) -> Any:
        return with_gradient(
            lambda x: self._forward(x, kernel, bias), lambda x, upstream: self._run(upstream, turned, "SAME")
        )(x)

    def _forward(self, x: Any, kernel: Any, bias: Any) -> Any:
        y = self._run(x, kernel, self.padding.upper())
        return y if bias is None else tf.nn.bias_add(y, bias)

    def _run(self, x: Any, kernel: Any, padding: str) -> Any:
        if self.depthwise:
            return tf.nn.depthwise_conv2d(x, kernel, (1, *self.strides, 1), padding, dilations=self.dilation)
        return tf.nn.convolution(x, kernel, self.strides, padding, dilations=self.dilation)

    @cached_property
    def _squares(self) -> Squares | None:
        """The convolution by squares, where that pays; accelerators' libraries choose for themselves."""
        plain = self.strides == self.dilation == (1, 1) and not self.depthwise
        return Squares(self.kernel) if plain and Squares.pay(self.kernel) and not accelerators() else None

    @cached_property
    def _turned(self) -> NDArray[Any] | None:
        """The kernel of the gradient, where that is a convolution."""
        height, width, _, last = self.kernel.shape
        keeps_size = (self.padding == "same" and height % 2 == width % 2 == 1) or (height == width == 1)
        if not (self.strides == (1, 1) and keeps_size and (last == 1 or not self.depthwise)):
            return None
        turned = self.kernel[::-1, ::-1]
        return (turned if self.depthwise else turned.transpose(0, 1, 3, 2)).copy()

    @cached_property
    def _in_phases(self) -> Callable[[Any, Any], Any] | None:
        """The gradient by phases, where that is the faster one."""
        halves = self.strides == (2, 2) and self.dilation == (1, 1)
        if halves and not self.depthwise and self.kernel.shape[2] <= FEW_CHANNELS:
            return _gradient_by_phases(self.kernel, self.padding)
        return None


def some_channels(x: Any, numbers: Any) -> Any:
    """Return the channels of (n, h, w, c) with these numbers, (k,) whole ones."""
    back = tf.one_hot(numbers, x.shape[-1])
    # A product instead of the gradient of a gather, which transposes twice and scatters.
    return with_gradient(lambda x: tf.gather(x, numbers, axis=-1), lambda x, upstream: upstream @ back)(x)


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
