"""NASNet for pictures of any size: Keras works its padding out for one size and writes it down as numbers."""

from typing import Any

import keras
from keras import layers, ops

_SIZE_BOUND = ("separable_conv_1_pad", "reduction_pad")


class HalvingPadding(layers.Layer):  # type: ignore[misc]
    """Zeros around a picture about to be halved, as many as its own size asks for.

    With ``k`` zeros below and on the right there are ``k`` above and on the left where the side is odd, and one
    less where it is even.
    """

    def __init__(self, below: int, right: int, name: str) -> None:
        super().__init__(name=name)
        self.below, self.right = below, right

    def call(self, x: Any) -> Any:
        _, height, width, _ = ops.shape(x)
        padded = ops.pad(x, ((0, 0), (self.below, self.below), (self.right, self.right), (0, 0)))
        return padded[:, 1 - height % 2 :, 1 - width % 2 :]


def any_size(model: keras.Model) -> keras.Model:
    """Return NASNet on the same layers and weights, its size-bound padding made to follow the picture."""

    def replace(layer: Any) -> Any:
        if type(layer) is not layers.ZeroPadding2D or not layer.name.startswith(_SIZE_BOUND):
            return layer
        (_, below), (_, right) = layer.padding
        return HalvingPadding(below, right, layer.name)

    return keras.models.clone_model(model, clone_function=replace)
