"""A network small enough to climb in milliseconds, the embedded one, and a photograph."""

from typing import Any

import numpy as np
import pytest
from hypothesis import settings

# The same examples every time, and no clock: the machines that run this are busy with other things too.
settings.register_profile("zoomdream", derandomize=True, deadline=None)
settings.load_profile("zoomdream")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the documents: they wait for processes of their own, which leaves a core to others."""
    items.sort(key=lambda item: item.path.name != "test_docs.py")


LABELS = ("ant", "bee", "cat", "dog", "elk")


def _tiny_model() -> Any:
    import keras
    from keras import layers

    def seeded(seed: int) -> Any:
        return keras.initializers.RandomNormal(0, 0.3, seed=seed)

    picture = keras.Input((None, None, 3))
    x = layers.Conv2D(8, 3, 2, "same", activation="relu", kernel_initializer=seeded(1), name="one")(picture)
    x = layers.Conv2D(12, 3, padding="same", use_bias=False, kernel_initializer=seeded(2), name="two_conv")(x)
    x = layers.BatchNormalization(name="two_norm")(x)
    x = layers.ReLU(name="two")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dense(len(LABELS), kernel_initializer=seeded(3), name="predictions")(x)
    model = keras.Model(picture, x, name="tiny")
    chance = np.random.default_rng(4)
    gamma, beta, mean, variance = (
        chance.uniform(low, high, 12) for low, high in [(1, 2), (0, 0.3), (0, 0.2), (0.5, 2)]
    )
    model.get_layer("two_norm").set_weights([gamma, beta, mean, variance])
    return model


@pytest.fixture(scope="session")
def tiny() -> Any:
    """Return a network of two convolutions (``one`` 8 channels, ``two`` 12) and five classes."""
    from zoomdream.network.inputs import input_range
    from zoomdream.network.network import Network

    return Network("tiny", _tiny_model(), input_range("0..1"), LABELS)


@pytest.fixture(scope="session")
def lite0() -> Any:
    """Return the embedded network."""
    from zoomdream.network.catalogue import load_network

    return load_network("efficientnet-lite0")


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """Return the sample photograph (H, W, 3), float32, not to be written to."""
    from zoomdream.picture.image import load_image
    from zoomdream.samples import sample

    picture = load_image(sample("cat.jpg"))
    picture.setflags(write=False)
    return picture


@pytest.fixture
def noise() -> np.ndarray:
    """Return smooth noise (48, 64, 3), float32, around the middle of the range."""
    import cv2

    grain = np.random.default_rng(9).random((48, 64, 3), np.float32)
    return 0.5 + 1.5 * (cv2.GaussianBlur(grain, (0, 0), 1.5) - 0.5)
