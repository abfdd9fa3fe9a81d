"""Networks whose maps can be worked out by hand, and questions asked of them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray


def fixed(values: Any) -> Callable[..., Any]:
    """Return an initializer that gives a weight these values."""
    return lambda shape, dtype=None: np.asarray(values, np.float32).reshape(shape)


@pytest.fixture(autouse=True)
def _same_weights_every_time() -> None:
    import keras

    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def network() -> Callable[..., Any]:
    """Return a function model → network that expects 0..1, at the model's own size."""
    from zoomdream.network.inputs import input_range
    from zoomdream.network.network import Network

    def wrap(model: Any, **more: Any) -> Any:
        return Network(model.name, model, input_range("0..1"), **{"size": model.input_shape[1:3], **more})

    return wrap


@pytest.fixture(scope="session")
def ask() -> Callable[..., Any]:
    """Return a function (network, picture or pictures, target) → question."""
    from zoomdream.still.maps import Question
    from zoomdream.still.target import read_target

    def question(network: Any, pictures: Any, target: Any = 0) -> Any:
        batch = np.asarray(pictures, np.float32)
        batch = batch[None] if batch.ndim == 3 else batch
        return Question(network, batch, [read_target(target, network)] * len(batch))

    return question


@pytest.fixture(scope="session")
def mixing(network: Any) -> Any:
    """Return pixels → 2 channels, a ReLU (``mix``) → 2 classes, each place with weights of its own; 2×2 pixels.

    Class c is Σ over places and channels of ``relu(picture @ kernel) * shares[c]``.
    """
    import keras
    from keras import layers

    picture = keras.Input((2, 2, 3))
    mix = layers.Conv2D(2, 1, activation="relu", use_bias=False, kernel_initializer=fixed(KERNEL), name="mix")
    head = layers.Dense(2, kernel_initializer=fixed(np.reshape(SHARES, (2, 8)).T), name="head")
    return network(keras.Model(picture, head(layers.Flatten()(mix(picture))), name="mixing"))


KERNEL = [[4, -4], [0, 8], [-8, 0]]
SHARES = [
    [[[1, 2], [-1, 3]], [[2, -2], [1, -1]]],
    [[[-2, 1], [-2, 2]], [[0, 1], [0, 0]]],
]


@pytest.fixture(scope="session")
def square() -> NDArray[np.float32]:
    """Return a picture for ``mixing``: before the ReLU it is [[4 -4, 1 7], [-8 2, 2 4]]."""
    return np.asarray([[[1, 0, 0], [0.25, 1, 0]], [[0, 0.25, 1], [1, 1, 0.25]]], np.float32)


@pytest.fixture(scope="session")
def linear(network: Any) -> Callable[..., Any]:
    """Return a function weights (h, w, 3) → network whose only class is their sum with the picture."""
    import keras
    from keras import layers

    def build(weights: Any) -> Any:
        picture = keras.Input(np.shape(weights))
        head = layers.Dense(1, kernel_initializer=fixed(weights))(layers.Flatten()(picture))
        return network(keras.Model(picture, head, name="linear"))

    return build


@pytest.fixture(scope="session")
def rectified(network: Any) -> Callable[..., Any]:
    """Return a function (red, threshold, size) → network with one class: the mean of ReLU(red · picture - threshold).

    ``picture`` is its red channel.
    """
    import keras
    from keras import layers

    def build(red: float, threshold: float, size: tuple[int, int]) -> Any:
        picture = keras.Input((*size, 3))
        bend = layers.Conv2D(
            1, 1, activation="relu", kernel_initializer=fixed([red, 0, 0]), bias_initializer=fixed([-threshold])
        )
        head = layers.Dense(1, kernel_initializer="ones")(layers.GlobalAveragePooling2D()(bend(picture)))
        return network(keras.Model(picture, head, name="rectified"))

    return build


@pytest.fixture(scope="session")
def pictures() -> NDArray[np.float32]:
    """Return noise (5, 12, 10, 3) in [0, 1]."""
    return np.random.default_rng(6).random((5, 12, 10, 3), np.float32)


@pytest.fixture(scope="session")
def twins(network: Any) -> tuple[Any, Any]:
    """Return (a network of a nested base and a nested head, the same layers in one flat model), 12×10 pixels."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    row: Sequence[Any] = (
        layers.Conv2D(6, 3, padding="same", name="low"),
        layers.BatchNormalization(name="norm"),
        layers.ReLU(6.0, name="act"),
        layers.Conv2D(8, 3, strides=2, activation="relu", name="top"),
    )
    pool, dense = layers.GlobalAveragePooling2D(name="pool"), layers.Dense(5, name="dense")

    def chain(given: Any, parts: Sequence[Any]) -> Any:
        for part in parts:
            given = part(given)
        return given

    inside = keras.Input((12, 10, 3))
    base = keras.Model(inside, chain(inside, row), name="base")
    base.get_layer("norm").set_weights([np.linspace(a, b, 6) for a, b in ((1, 2), (0, 1), (-0.2, 0.2), (0.5, 2))])
    head = keras.Sequential([keras.Input(base.output.shape[1:]), pool, dense], name="ending")
    nested = keras.Sequential([keras.Input((12, 10, 3)), base, head], name="nested")
    outside = keras.Input((12, 10, 3))
    flat = keras.Model(outside, chain(outside, (*row, pool, dense)), name="flat")
    colours = np.asarray([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1]], np.float32)
    plain = np.broadcast_to(colours[:, None, None], (6, 12, 10, 3))
    dense.bias.assign(-np.asarray(flat(plain)).mean(0))  # so that each class has colours of its own
    return network(nested), network(flat)
