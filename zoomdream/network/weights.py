"""Where weights come from: Keras' download, a local file, or chance; and a sha256 that names them."""

import hashlib
import random
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import keras
import numpy as np

from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.network.families import Family, cached_file
from zoomdream.network.hdf5 import check_hdf5

Build = Callable[[bool], keras.Model]
SUFFIXES = (".h5", ".hdf5")
IMAGENET_STD = np.array([0.229, 0.224, 0.225], np.float32)


def downloaded(family: Family, build: Callable[[], keras.Model]) -> keras.Model:
    """Return the built model with its ImageNet weights, which Keras keeps in its usual cache.

    Raises:
        ZoomdreamError: they could not be had; the message says what to do.
    """
    try:
        with redirect_stdout(sys.stderr):  # Keras reports its download there
            return build()
    except Exception as why:
        file = cached_file(family)
        if file.is_file():
            raise ZoomdreamError(
                f"The weights of {family.name} in {file} cannot be read ({first_sentence(why)}): "
                "delete that file and try again."
            ) from why
        raise ZoomdreamError(
            f"The weights of {family.name} could not be downloaded ({first_sentence(why)}): give them with "
            f"--weights FILE, or run this once on a machine with internet and copy {file.name} to {file.parent}."
        ) from why


def from_file(name: str, build: Build, path: Path) -> keras.Model:
    """Return the model with the weights of a local HDF5 file; ``build(head)`` makes it with or without its head.

    Raises:
        BadInput: the file is not one of weights, or not of this network's.
    """
    if not path.is_file():
        raise BadInput(f"There is no weights file {path}.")
    if not path.name.lower().endswith(SUFFIXES):
        raise BadInput(f"{path} is not a weights file that Keras reads: it should end in .weights.h5 or .h5.")
    check_hdf5(path, str(path), path.stat().st_size)
    try:
        return _filled(build(True), path)
    except Exception as why:
        try:
            return _filled(build(False), path)
        except Exception:
            raise BadInput(f"The weights in {path} do not fit {name}: {first_sentence(why)}.") from why


def _filled(model: keras.Model, path: Path) -> keras.Model:
    model.load_weights(path)
    _mend_normalization(model)
    return model


def _mend_normalization(model: keras.Model) -> None:
    """Put right the published EfficientNetB0–B7 files, which hold a standard deviation in place of the variance.

    Keras mends this with one more layer, but only where it downloads the file itself
    (https://github.com/tensorflow/tensorflow/issues/49930).
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization) and layer.weights:
            mean, variance, *rest = layer.get_weights()
            if variance.shape == (3,) and np.allclose(variance, IMAGENET_STD, atol=1e-3):
                layer.set_weights([mean, IMAGENET_STD**2, *rest])
                layer.finalize_state()


def at_random(build: Callable[[], keras.Model]) -> keras.Model:
    """Return the built model with random weights, the same ones every time."""
    state = random.getstate()
    random.seed(0)  # where Keras' initialisers take their seeds from
    try:
        return build()
    finally:
        random.setstate(state)


def digest(model: keras.Model) -> str:
    """Return the sha256 (hex) of all weights, in order."""
    total = hashlib.sha256()
    for weight in model.weights:
        array = np.ascontiguousarray(weight)
        total.update(f"{array.dtype}{array.shape}".encode())
        total.update(array.data)
    return total.hexdigest()


def first_sentence(why: Any) -> str:
    """Return the beginning of an error's message, without its full stop, short enough for a line.

    >>> first_sentence(ValueError("Layer count mismatch. Expected 16 layers.\\nFound 3."))
    'Layer count mismatch'
    """
    text = next(iter(str(why).strip().splitlines()), "") or type(why).__name__
    plain = "".join(letter for letter in text if letter.isprintable())
    return plain.split(". ")[0].rstrip(".:")[:200]
