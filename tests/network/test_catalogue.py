"""Networks by name: built, given weights, and of the right behaviour at every size."""

import random
import urllib.error
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.network.catalogue import load_network
from zoomdream.network.families import find_family

# Keras' own way of writing weights
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

# One network of each architecture, and a layer deep in it.
ARCHITECTURES = {
    "efficientnet-lite0": "block15",
    "convnext_tiny": "convnext_tiny_stage_3_block_2_identity",
    "densenet121": "relu",
    "efficientnet_b0": "top_activation",
    "efficientnet_v2_b0": "top_activation",
    "inception_resnet_v2": "conv_7b_ac",
    "inception_v3": "mixed10",
    "mobilenet": "conv_pw_13_relu",
    "mobilenet_v2": "out_relu",
    "mobilenet_v3_small": "expanded_conv_10_add",
    "nasnet_mobile": "activation_187",
    "resnet50": "conv5_block3_out",
    "resnet50_v2": "post_relu",
    "xception": "block14_sepconv2_act",
}


@pytest.mark.parametrize(("name", "layer"), ARCHITECTURES.items())
def test_each_architecture_takes_any_size(name: str, layer: str) -> None:
    network = load_network(name, weights="random")
    family = find_family(name)
    assert network.size == (family.size, family.size)
    assert network.classes == len(network.labels) == 1000
    assert (network.head_size is not None) == family.fixed_head
    image = np.random.default_rng(0).random((1, 101, 134, 3), np.float32)
    network.check_size(101, 134, {layer, "class"})
    found = network.activations(image, {layer, "class"})
    assert found["class"].shape == (1, 1000)
    assert min(found[layer].shape[1:3]) > 0
    assert np.isfinite(np.asarray(found["class"])).all()
    assert np.ptp(np.asarray(found["class"])) > 0


def test_vgg_has_layers_at_any_size_and_classes_at_one() -> None:
    network = load_network("VGG16", weights="random")
    assert network.name == "vgg16"
    assert network.head_size == (224, 224)
    assert find_family("vgg16").fixed_head
    image = np.random.default_rng(0).random((1, 64, 50, 3), np.float32)
    assert network.activations(image, {"block5_conv3"})["block5_conv3"].shape == (1, 4, 3, 512)
    with pytest.raises(BadInput, match="classes of vgg16 need a picture of 224×224 pixels, not 50×64"):
        network.activations(image, {"class"})


@pytest.mark.parametrize("size", [(101, 130), (96, 96)])
def test_nasnet_at_any_size_is_nasnet_built_for_that_size(size: tuple[int, int]) -> None:
    network = load_network("nasnet_mobile", weights="random")
    built = keras.applications.NASNetMobile(weights=None, input_shape=(*size, 3))
    built.set_weights(network.model.get_weights())
    image = np.random.default_rng(0).random((1, *size, 3), np.float32)
    expected = np.asarray(built(image * 2 - 1))
    logits = np.asarray(network.activations(image, {"class"})["class"])
    powers = np.exp(logits - logits.max())
    assert np.allclose(powers / powers.sum(), expected, rtol=1e-3)


def test_random_weights_are_the_same_every_time_and_leave_chance_alone() -> None:
    state = random.getstate()
    one, two = (load_network("mobilenet_v3_small", weights="random") for _ in range(2))
    assert random.getstate() == state
    assert one.weights == two.weights
    assert list(one.channels) == list(two.channels)
    other = load_network("mobilenet_v2", weights="random")
    assert other.weights != one.weights


def test_the_digest_tells_weights_apart() -> None:
    from zoomdream.network.weights import digest

    network = load_network("mobilenet_v3_small", weights="random")
    bias = network.model.layers[-3].weights[-1]
    bias.assign(bias + 1e-6)
    assert digest(network.model) != network.weights


def test_a_local_file_of_weights_is_read(tmp_path: Path) -> None:
    source = keras.applications.MobileNetV3Small(weights=None, input_shape=(224, 224, 3))
    path = tmp_path / "mine.weights.h5"
    source.save_weights(path)
    network = load_network("mobilenet_v3_small", weights=path)
    assert all(np.array_equal(a, b) for a, b in zip(network.model.get_weights(), source.get_weights(), strict=True))
    assert network.classes == 1000
    assert len(network.weights) == 64


def test_weights_without_a_head_give_a_network_without_classes(tmp_path: Path) -> None:
    path = tmp_path / "notop.weights.h5"
    keras.applications.MobileNetV3Small(weights=None, include_top=False, input_shape=(224, 224, 3)).save_weights(path)
    network = load_network("mobilenet_v3_small", weights=str(path))
    assert network.classes == 0
    assert network.labels == ()


def test_weights_of_another_network_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "other.weights.h5"
    keras.applications.MobileNetV2(weights=None, alpha=0.35).save_weights(path)
    with pytest.raises(
        BadInput, match=r"^The weights in .*other\.weights\.h5 do not fit mobilenet_v2: .*\.$"
    ) as caught:
        load_network("mobilenet_v2", weights=path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["w.weights.h5", "w.h5", "w.txt", "w.npz"])
def test_what_is_no_file_of_weights_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with pytest.raises(BadInput, match="There is no weights file"):
        load_network("mobilenet_v3_small", weights=path)
    path.write_bytes(b"rubbish")
    with pytest.raises(BadInput, match=r"do not fit|is not a weights file that Keras reads|cannot be read as HDF5"):
        load_network("mobilenet_v3_small", weights=path)


def test_published_efficientnet_weights_are_put_right(tmp_path: Path) -> None:
    """Their file holds standard deviations as variances; Keras itself mends that only after a download."""
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    source = keras.applications.EfficientNetB0(weights=None, input_shape=(224, 224, 3))
    layer = next(layer for layer in source.layers if isinstance(layer, keras.layers.Normalization))
    layer.set_weights([mean, deviation, layer.get_weights()[2]])
    path = tmp_path / "efficientnetb0.weights.h5"
    source.save_weights(path)
    image = np.random.default_rng(0).random((1, 32, 32, 3), np.float32)
    found = load_network("efficientnet_b0", weights=path).activations(image, {"normalization"})["normalization"]
    assert np.allclose(np.asarray(found), (image - mean) / deviation, atol=1e-4)


@pytest.fixture
def unreachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make downloads break off half-way, into an empty cache, whose path is returned."""
    from keras.src.backend import config
    from keras.src.utils import file_utils

    def break_off(origin: str, target: str, *_: object) -> None:
        Path(target).write_bytes(b"half")
        raise urllib.error.URLError("connection reset")

    monkeypatch.setattr(config, "_KERAS_DIR", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(file_utils, "urlretrieve", break_off)
    return tmp_path


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "mobilenet_v2", "convnext_tiny"])
def test_an_unreachable_network_is_one_sentence(name: str, unreachable: Path, capsys: Any) -> None:
    with pytest.raises(ZoomdreamError) as caught:
        load_network(name)
    message = str(caught.value)
    assert message.startswith(f"The weights of {name} could not be downloaded (URL fetch failure")
    assert "connection reset" in message
    assert "--weights FILE" in message
    assert str(unreachable / "models") in message
    assert "\n" not in message
    assert caught.value.exit_status == 1
    assert not [path for path in unreachable.rglob("*") if path.is_file()]
    assert capsys.readouterr().out == ""


def test_a_damaged_download_says_which_file_to_delete(unreachable: Path) -> None:
    from zoomdream.network.families import cached_file

    file = cached_file(find_family("mobilenet_v2"))  # whose sum Keras does not check
    file.parent.mkdir()
    file.write_bytes(b"half")
    with pytest.raises(
        ZoomdreamError, match=rf"The weights of mobilenet_v2 in {file} cannot be read .*: delete that file"
    ):
        load_network("mobilenet_v2")


def test_an_unknown_name_or_range_is_refused_before_anything_is_built() -> None:
    with pytest.raises(BadInput, match="There is no network called 'resnet5O'"):
        load_network("resnet5O")
    with pytest.raises(BadInput, match="Unknown input range 'bytes'"):
        load_network("efficientnet-lite0", input_range="bytes")
    assert load_network("efficientnet-lite0", input_range="torch", weights="random").input_range.bgr is False
