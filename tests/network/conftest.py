"""Small models of every shape a user may bring, their batch norms as if trained."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest


def _train(model: Any) -> Any:
    """Give every batch norm statistics far from 0 and 1, so that leaving one out shows."""
    import keras

    from zoomdream.network.graph import named_layers

    chance = np.random.default_rng(1)
    for _, layer in named_layers(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            for variable, low, high in (
                (layer.gamma if layer.scale else None, 0.5, 1.5),
                (layer.beta if layer.center else None, -0.3, 0.3),
                (layer.moving_mean, -0.3, 0.3),
                (layer.moving_variance, 0.5, 2.0),
            ):
                if variable is not None:
                    variable.assign(chance.uniform(low, high, variable.shape))
    return model


@pytest.fixture(scope="session")
def trained() -> Callable[[Any], Any]:
    """Return a function that makes a model's batch norms look trained."""
    return _train


@pytest.fixture(scope="session")
def small() -> Callable[..., Any]:
    """Return a function (layers, …) → a functional model of them in a row on a picture of any size."""
    import keras

    def build(*layers: Any, size: tuple[int | None, int | None] = (None, None), name: str = "small") -> Any:
        picture = keras.Input((*size, 3))
        x = picture
        for layer in layers:
            x = layer(x)
        return _train(keras.Model(picture, x, name=name))

    return build


@pytest.fixture(scope="session")
def network() -> Callable[..., Any]:
    """Return a function model → network that expects 0..1."""
    from zoomdream.network.inputs import input_range
    from zoomdream.network.network import Network

    def wrap(model: Any, **more: Any) -> Any:
        return Network(model.name, model, input_range("0..1"), **more)

    return wrap


@pytest.fixture(scope="session")
def picture() -> Any:
    """Return noise (1, 40, 48, 3) in [0, 1]."""
    return np.random.default_rng(2).random((1, 40, 48, 3), np.float32)
