"""Canvases: how pictures are stored while they are optimised.

A canvas turns parameters (n, …), one row for each picture, into pictures (n, H, W, 3), RGB in [0, 1], and pictures
into parameters. Steps are taken in the parameters, so a canvas decides which changes are easy.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from keras import ops
from numpy.typing import NDArray

from zoomdream.network.backend import half_spectra, inverse_fourier, value_and_gradient
from zoomdream.picture.colour import LUCID
from zoomdream.picture.warp import Size

Array = NDArray[np.float32]

NOISE = 0.01
"""Standard deviation of the parameters that a Fourier canvas starts with."""
FAINTEST = 1 / 512
"""How near to black or white, in parts of the range, a picture may be when it becomes the parameters of a sigmoid."""


class Canvas(NamedTuple):
    """A way to store pictures.

    Attributes:
        shape: of one picture's parameters; ``None`` for what is open.
        start: (generator) → the parameters of one picture, all but grey: noise.
        encode: pictures (n, H, W, 3) → parameters (n, …).
        decode: parameters (n, …) → pictures (n, H, W, 3); tensors.
        back: (pictures, gradient to them) → gradient to the parameters that show these pictures; tensors. ``None``:
            it is found by decoding once more.
    """

    shape: tuple[int | None, ...]
    start: Callable[[np.random.Generator], Array]
    encode: Callable[[Array], Array]
    decode: Callable[[Any], Any]
    back: Callable[[Any, Any], Any] | None = None

    def gradient(self, parameters: Any, pictures: Any, rise: Any) -> Any:
        """Return the gradient to parameters that show these pictures, given the gradient to them; tensors."""
        if self.back:
            return self.back(pictures, rise)
        return value_and_gradient(lambda point: ops.sum(self.decode(point) * rise), parameters)[1]


def pixels(size: Size, noise: float = 0.02) -> Canvas:
    """Return the canvas whose parameters are the picture itself, of any size.

    Args:
        size: (height, width) of what it starts with.
        noise: standard deviation about mid-grey of that.
    """

    def start(generator: np.random.Generator) -> Array:
        return np.float32(0.5) + np.float32(noise) * generator.standard_normal((*size, 3), np.float32)

    def as_it_is(x: Any) -> Any:
        return x

    return Canvas((None, None, 3), start, as_it_is, as_it_is)


def fourier(size: Size, falloff: float = 1.0) -> Canvas:
    """Return the canvas of Fourier coefficients of decorrelated colours, through a sigmoid (Olah et al., 2017).

    A coefficient counts 1/f, as in natural pictures, so a step moves coarse and fine alike; and a step in one colour
    channel moves the others as they go together in natural pictures.

    Args:
        size: (height, width).
        falloff: exponent of 1/f; more gives softer pictures.
    """
    height, width = size
    lowest = 1 / max(size)
    falling = (np.maximum(_frequencies(size), lowest) / lowest) ** -falloff
    spread = (falling / lowest * np.sqrt(height * width) / 4).astype(np.float32)
    shape = (2, 3, height, width // 2 + 1)
    twice = _in_half(width) / np.float32(height * width)
    mix = _colours()

    def start(generator: np.random.Generator) -> Array:
        return np.float32(NOISE) * generator.standard_normal(shape, np.float32)

    def encode(pictures: Array) -> Array:
        within = np.clip(pictures, FAINTEST, 1 - FAINTEST)
        plain = np.log(within / (1 - within)) @ np.linalg.inv(mix)
        spectrum = np.fft.rfft2(plain.transpose(0, 3, 1, 2)) / spread
        return np.stack([spectrum.real, spectrum.imag], 1).astype(np.float32)

    def decode(parameters: Any) -> Any:
        real, imaginary = ops.unstack(parameters * spread, axis=1)
        planes = inverse_fourier(real, imaginary, size)
        return ops.sigmoid(ops.matmul(ops.transpose(planes, (0, 2, 3, 1)), mix))

    def back(pictures: Any, rise: Any) -> Any:
        before = ops.matmul(rise * pictures * (1 - pictures), mix.T)  # of a sigmoid
        planes = ops.reshape(ops.transpose(before, (0, 3, 1, 2)), (-1, 3, height, width))
        return ops.stack(half_spectra(planes), axis=1) * (spread * twice)

    return Canvas(shape, start, encode, decode, back)


def within(canvas: Canvas, around: Array, mask: Array) -> Canvas:
    """Return a canvas that changes a picture only where a mask lets it.

    Args:
        around: (H, W, 3), or one for each picture (n, H, W, 3): what is elsewhere.
        mask: (H, W) in [0, 1]; 0 keeps a pixel as it is.
    """
    there = mask[..., None]

    def decode(parameters: Any) -> Any:
        return around + there * (canvas.decode(parameters) - around)

    return canvas._replace(decode=decode, back=None)


def _frequencies(size: Size) -> NDArray[np.float64]:
    """Return (H, W // 2 + 1): cycles per pixel of each coefficient."""
    return np.asarray(np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])[None]))


def _in_half(width: int) -> Array:
    """Return (W // 2 + 1,): how often each column of half a spectrum stands in the whole one."""
    columns = np.arange(width // 2 + 1)
    return np.where(2 * columns % width == 0, 1, 2).astype(np.float32)


def _colours() -> Array:
    """Return (3, 3): decorrelated colours, a row, times this are RGB; its longest row is 1."""
    return np.asarray((LUCID / np.linalg.norm(LUCID, axis=0).max()).T, np.float32)
