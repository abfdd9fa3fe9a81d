"""A photograph, and networks of a user's own that are small enough to be asked in no time."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import numpy as np
import pytest

from zoomdream.samples import sample

SIDE = 32
"""Height and width that the networks take."""
CLASSES = 5


def _layers() -> list[Any]:
    """Return seven layers; one has a name that an array in an .npz file can have and a Python argument cannot."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(5)
    return [
        layers.Conv2D(8, 3, padding="same", activation="relu", kernel_initializer="glorot_normal", name="one"),
        layers.MaxPooling2D(name="half"),
        layers.Conv2D(12, 3, padding="same", activation="relu", kernel_initializer="glorot_normal", name="file"),
        layers.Conv2D(12, 3, padding="same", activation="relu", kernel_initializer="glorot_normal", name="top"),
        layers.GlobalAveragePooling2D(name="pool"),
        layers.Dense(CLASSES, kernel_initializer=keras.initializers.RandomNormal(0, 2.0, seed=1), name="dense"),
        layers.Softmax(name="softmax"),
    ]


def _chain(given: Any, row: list[Any]) -> Any:
    for layer in row:
        given = layer(given)
    return given


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``flat.keras`` for -1..1, and ``nested.keras``: the same in models in a model, for 0..1."""
    import keras
    from keras import layers

    folder = tmp_path_factory.mktemp("own")
    row = _layers()
    flat_input = keras.Input((SIDE, SIDE, 3))
    flat = keras.Model(flat_input, _chain(flat_input, row))
    noise = np.random.default_rng(0).uniform(-1, 1, (64, 8, 8, 3)).astype(np.float32).repeat(4, 1).repeat(4, 2)
    seen = np.asarray(keras.Model(flat_input, flat.get_layer("dense").output)(noise)).mean(0)
    flat.get_layer("dense").bias.assign(-seen)  # so that not all is of one class
    flat.save(folder / "flat.keras")
    base_input = keras.Input((SIDE, SIDE, 3))
    base = keras.Model(base_input, _chain(base_input, row[:4]), name="base")
    head = keras.Sequential([keras.Input(base.output.shape[1:]), *row[4:]], name="head")
    keras.Sequential([keras.Input((SIDE, SIDE, 3)), layers.Rescaling(2, -1), base, head]).save(folder / "nested.keras")
    return folder


@pytest.fixture(scope="session")
def flat(own: Path) -> tuple[str, ...]:
    """Return the options that ask ``flat.keras``."""
    return ("--network", str(own / "flat.keras"), "--input-range", "-1..1")


@pytest.fixture(scope="session")
def cat() -> Path:
    """Return the photograph that comes along."""
    return sample("cat.jpg")


@pytest.fixture(scope="module")
def one_network(lite0: Any) -> Iterator[None]:
    """Load the embedded network once for all commands that are run in this process."""
    from zoomdream.network import catalogue

    load = catalogue.load_network
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            catalogue, "load_network", lambda name, **more: lite0 if name == lite0.name else load(name, **more)
        )
        yield


@pytest.fixture
def album(tmp_path: Path, cat: Path) -> Path:
    """Return a folder with ``a.jpg`` and ``b.jpg`` in it, the photograph twice."""
    for name in ("a.jpg", "b.jpg"):
        copy(cat, tmp_path / name)
    return tmp_path
