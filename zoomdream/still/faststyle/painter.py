"""The painter: the feed-forward network of a style, made of layers that any Keras has."""

from typing import Any

import keras
from keras import layers, ops

STRIDE = 4
"""Pixels of a picture for one place of the painter's middle; sides of what it paints are multiples of this."""
OUTER = 9
"""Side of the first and the last convolution's kernels."""
DOWN = 2
"""Normalisations before the first one in the painter's middle."""
EPSILON = 1e-5


def painter(width: int, blocks: int, seed: int = 0) -> keras.Model:
    """Return an untrained painter: (n, h, w, 3), RGB in [0, 1], to the same; h and w multiples of 4.

    Convolutions down to a quarter of the size, residual blocks there, and back up by nearest neighbours and
    convolutions, which leave no chequers (Johnson et al., 2016; Odena et al., 2016). Borders are reflected, and each
    channel is normalised over each picture (Ulyanov et al., 2017).
    """
    draw = _Draws(seed)
    picture = keras.Input((None, None, 3), name="picture")
    x = layers.Rescaling(2.0, -1.0)(picture)
    x = _convolved(x, width, draw, OUTER)
    x = _convolved(x, 2 * width, draw, stride=2)
    x = _convolved(x, 3 * width, draw, stride=2)
    for _ in range(blocks):
        x = layers.Add()([x, _convolved(_convolved(x, 3 * width, draw), 3 * width, draw, relu=False)])
    x = _convolved(layers.UpSampling2D()(x), 2 * width, draw)
    x = _convolved(layers.UpSampling2D()(x), width, draw)
    painted = layers.Conv2D(3, OUTER, activation="sigmoid", kernel_initializer=draw())(_reflected(x, OUTER))
    return keras.Model(picture, painted, name="painter")


def _convolved(x: Any, channels: int, draw: "_Draws", side: int = 3, stride: int = 1, relu: bool = True) -> Any:
    x = layers.Conv2D(channels, side, stride, use_bias=False, kernel_initializer=draw())(_reflected(x, side))
    x = layers.GroupNormalization(groups=-1, epsilon=EPSILON)(x)
    return layers.ReLU()(x) if relu else x


def _reflected(x: Any, side: int) -> Any:
    edge = (side // 2, side // 2)
    return ops.pad(x, ((0, 0), edge, edge, (0, 0)), mode="reflect")


class _Draws:
    """Initial weights, each layer's from a seed of its own."""

    def __init__(self, seed: int) -> None:
        self._next = seed % 2**20 * 1000

    def __call__(self) -> keras.initializers.Initializer:
        self._next += 1
        return keras.initializers.GlorotUniform(seed=self._next)
