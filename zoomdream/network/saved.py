"""The model in a ``.keras`` file, built and filled only after all of the file has been looked at."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import keras

from zoomdream.errors import BadInput
from zoomdream.network.archive import WEIGHTS, check_archive
from zoomdream.network.hdf5 import check_hdf5
from zoomdream.network.weights import first_sentence

SPARE = 1 << 16
"""Values that a model may have beyond those in its file, such as the states of random layers."""


def load_saved(path: Path) -> keras.Model:
    """Return the model in a ``.keras`` file, whose weights are as many as the file holds.

    Raises:
        BadInput: the file is refused, or Keras cannot load it.
    """
    check_archive(path)
    values = _values_inside(path)
    try:
        with _no_more(values + SPARE, path):
            return keras.models.load_model(path, safe_mode=True, compile=False)
    except BadInput:
        raise
    except Exception as why:  # whatever a file can make Keras raise
        raise BadInput(f"Keras cannot load {path}: {first_sentence(why)}.") from why


def _values_inside(path: Path) -> int:
    try:
        with zipfile.ZipFile(path) as archive:
            content = archive.read(WEIGHTS)
    except Exception as why:  # whatever a damaged archive can make zipfile raise
        raise BadInput(f"{path} is damaged: its {WEIGHTS} cannot be read ({why}).") from why
    return check_hdf5(io.BytesIO(content), f"{WEIGHTS} in {path}", len(content))


@contextmanager
def _no_more(values: int, path: Path) -> Iterator[None]:
    """Refuse to make weights of more than so many values together; Keras would make them before it reads the file."""
    usual, made = keras.layers.Layer.add_weight, 0

    def counted(layer: Any, *args: Any, shape: Any = None, **more: Any) -> Any:
        nonlocal made
        asked = shape if shape is not None else args[0] if args else ()
        made += prod(asked) if isinstance(asked, (tuple, list)) else int(asked)
        if made > values:
            raise BadInput(f"{path} is refused, because its layers ask for more weights than it holds ({layer.name}).")
        return usual(layer, *args, shape=shape, **more)

    keras.layers.Layer.add_weight = counted
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = usual
