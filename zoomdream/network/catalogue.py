"""Every network by its name, or one's own by the path of its file, made ready for ascent."""

import hashlib
from pathlib import Path

import keras

from zoomdream.network.efficientnet_lite import efficientnet_lite, load_embedded_weights
from zoomdream.network.families import Family, find_family, is_path
from zoomdream.network.graph import number_afresh
from zoomdream.network.head import count_classes
from zoomdream.network.inputs import input_range as named_range
from zoomdream.network.labels import imagenet_labels, imagenet_synonyms
from zoomdream.network.nasnet import any_size
from zoomdream.network.network import Network
from zoomdream.network.request import RANDOM, check_request
from zoomdream.network.saved import load_saved
from zoomdream.network.suitable import check_model, guess_range, trained_size
from zoomdream.network.weights import at_random, digest, downloaded, from_file


def load_network(name: str, *, weights: str | Path | None = None, input_range: str | None = None) -> Network:
    """Return a network, ready for ascent.

    Args:
        name: a known network (``efficientnet-lite0``, ``vgg16``, …), or the path of a ``.keras`` file.
        weights: ``None`` for the usual ones (embedded, installed, or downloaded by Keras into its cache), ``random``,
            or the path of a local file of weights (``.weights.h5``, ``.h5``).
        input_range: name of what the network expects, ``None`` for what is known of it. A ``.keras`` file is
            taken to expect 0..1, or 0..255 where it begins with a rescaling or normalisation of its own.

    Raises:
        BadInput: unknown name or range, a file that is refused, weights that do not fit.
        ZoomdreamError: weights could not be downloaded, are not installed or are damaged.
    """
    check_request(name, weights, input_range)
    if not is_path(name):
        return _from_family(find_family(name), weights, input_range)
    return _from_archive(Path(name), input_range)


def _from_family(family: Family, weights: str | Path | None, range_name: str | None) -> Network:
    model, weights_digest = _weighted(family, weights)
    check_model(model, family.name)
    expects = named_range(range_name or family.input_range)
    names = (imagenet_labels(), imagenet_synonyms()) if count_classes(model) == 1000 else ((), ())
    size = (family.size, family.size)
    return Network(family.name, model, expects, names[0], weights_digest, synonyms=names[1], size=size)


def _weighted(family: Family, weights: str | Path | None) -> tuple[keras.Model, str]:
    """Return the model and the sha256 of its weights."""
    if weights == RANDOM:
        model = at_random(lambda: _build(family, None))
        return model, digest(model)
    if weights is not None:
        path = Path(weights)
        model = from_file(family.name, lambda head: _build(family, None, head), path)
        return model, _file_digest(path)
    if family.constructor:
        model = downloaded(family, lambda: _build(family, "imagenet"))
        return model, digest(model)
    model = efficientnet_lite(family.name)
    return model, load_embedded_weights(model)


def _build(family: Family, weights: str | None, head: bool = True) -> keras.Model:
    if not family.constructor:
        return efficientnet_lite(family.name)
    constructor = getattr(keras.applications, family.constructor)
    shape = (family.size, family.size, 3)
    model = number_afresh(constructor(weights=weights, include_top=head, input_shape=shape))
    return any_size(model) if family.constructor.startswith("NASNet") else model


def _from_archive(path: Path, range_name: str | None) -> Network:
    model = load_saved(path)
    check_model(model, str(path))
    expects = named_range(range_name or guess_range(model))
    return Network(str(path), model, expects, weights=_file_digest(path), size=trained_size(model))


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
