"""A network that needs large pictures."""

from typing import Any

import pytest


@pytest.fixture(scope="session")
def valid() -> Any:
    """Return a network of convolutions without padding: its layer ``c3`` needs 61 pixels each way, ``c2`` 29."""
    import keras
    from keras import layers

    from zoomdream.network.inputs import input_range
    from zoomdream.network.network import Network

    picture = x = keras.Input((None, None, 3))
    for number in range(4):
        x = layers.Conv2D(4, 5, 2, activation="relu", name=f"c{number}")(x)
    return Network("valid", keras.Model(picture, x), input_range("0..1"))
