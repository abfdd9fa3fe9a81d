"""A user's own .keras file: what is plain is loaded, all else is refused with the reason."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from tests.network.keras_files import Change, layer, with_config, with_weights
from zoomdream.errors import BadInput
from zoomdream.network.catalogue import load_network

# Keras' own way of writing weights
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


@pytest.fixture
def saved(small: Any, tmp_path: Path) -> Callable[..., Path]:
    def save(*parts: Any, size: tuple[int | None, int | None] = (None, None)) -> Path:
        path = tmp_path / "mine.keras"
        small(*(parts or (layers.Conv2D(4, 3, name="conv"), layers.BatchNormalization(name="norm"))), size=size).save(
            path
        )
        return path

    return save


def test_a_plain_file_is_loaded(saved: Any, picture: np.ndarray) -> None:
    path = saved(size=(32, 48))
    network = load_network(str(path))
    expected = keras.models.load_model(path)(picture[:, :32])
    found = network.activations(picture[:, :32], {"norm"})
    assert network.size == (32, 48)
    assert network.folded == 1
    assert len(network.weights) == 64
    assert np.allclose(found["norm"], expected, atol=1e-5)
    assert network.labels == ()


@pytest.mark.parametrize(
    ("first", "name"),
    [
        (layers.Conv2D(3, 1), "0..1"),
        (layers.Rescaling(1 / 255), "0..255"),
        (layers.Normalization(mean=120.0, variance=60.0**2), "0..255"),
    ],
    ids=["convolution", "rescaling", "normalization"],
)
def test_the_input_range_is_guessed_from_the_first_layer(saved: Any, first: Any, name: str) -> None:
    from zoomdream.network.inputs import input_range

    path = saved(layers.RandomFlip(), first, layers.Conv2D(2, 3))
    assert load_network(str(path)).input_range == input_range(name)
    assert load_network(str(path), input_range="caffe").input_range == input_range("caffe")


def test_the_first_layer_may_be_inside_a_nested_model(saved: Any, small: Any) -> None:
    from zoomdream.network.inputs import input_range

    path = saved(small(layers.Rescaling(1 / 255), layers.Conv2D(2, 3)), layers.Conv2D(2, 3))
    assert load_network(str(path)).input_range == input_range("0..255")


def test_a_lambda_layer_is_refused_and_not_run(saved: Any, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    path = saved(layers.Lambda(lambda x, name=str(canary): x), layers.Conv2D(2, 3))
    with pytest.raises(BadInput, match="is refused, because it holds a Lambda, which runs code out of the file"):
        load_network(str(path))
    assert not canary.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("subprocess", "Popen"),
        ("keras.utils", "get_file"),
        ("keras.config", "enable_unsafe_deserialization"),
        ("keras.src.utils.file_utils", "get_file"),
        ("tensorflow", "Module"),
        ("my_layers", "Mine"),
        ("keras.layers\n", "Conv2D"),
        ("kerasx.layers", "Conv2D"),
    ],
)
def test_anything_but_keras_own_layers_is_refused(saved: Any, tmp_path: Path, module: str, name: str) -> None:
    path = with_config(saved(), tmp_path / "a.keras", layer(1, module=module, class_name=name, registered_name=None))
    with pytest.raises(BadInput, match=r"is refused, because it needs .*; only Keras' own layers are loaded"):
        load_network(str(path))


def test_a_hidden_object_deep_in_a_layer_is_found(saved: Any, tmp_path: Path) -> None:
    hidden: dict[str, Any] = {"module": "os", "class_name": "system", "config": {}, "registered_name": None}
    path = with_config(saved(), tmp_path / "a.keras", layer(1, build_config={"a": [{"b": hidden}]}))
    with pytest.raises(BadInput, match=r"needs 'os.system'"):
        load_network(str(path))


@pytest.mark.parametrize("name", ["TFSMLayer", "TorchModuleWrapper", "JaxLayer", "Lambda"])
def test_layers_that_run_code_are_refused_by_name(saved: Any, tmp_path: Path, name: str) -> None:
    path = with_config(saved(), tmp_path / "a.keras", layer(1, class_name=name))
    with pytest.raises(BadInput, match=f"holds a {name}, which runs code"):
        load_network(str(path))


@pytest.mark.parametrize("member", ["../evil.txt", "/etc/evil", "a/../../evil", "C:\\evil", "..\\evil"])
def test_members_outside_the_archive_are_refused(saved: Any, member: str) -> None:
    path = saved()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member, "evil")
    with pytest.raises(BadInput, match="reaches outside the archive"):
        load_network(str(path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda config: {**config, "class_name": "Mine", "module": None}, r"is a subclassed model \('Mine'\)"),
        (lambda config: [config], "describes no model"),
        (lambda config: {"config": {}}, "describes no model"),
        (lambda config: {**config, "config": {}}, "Keras cannot load"),
        (layer(1, class_name="NoSuchLayer"), "Keras cannot load"),
    ],
)
def test_a_wrong_config_is_one_sentence(saved: Any, tmp_path: Path, change: Change, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        load_network(str(with_config(saved(), tmp_path / "a.keras", change)))
    assert "\n" not in str(caught.value)


def test_broken_files_are_refused(saved: Any, tmp_path: Path) -> None:
    path = saved()
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:length])
        with pytest.raises(BadInput, match="is not a"):
            load_network(str(path))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.weights.h5", b"")
    with pytest.raises(BadInput, match=r"holds no config\.json"):
        load_network(str(path))
    for config in (b"{not json", b"[" * 100_000, b"\xff\xfe"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", config)
        with pytest.raises(BadInput, match="is not a"):
            load_network(str(path))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * (65 << 20))
    with pytest.raises(BadInput, match="larger than 8 MB"):
        load_network(str(path))


def test_damaged_weights_are_refused(saved: Any, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read as HDF5"):
        load_network(str(with_weights(saved(), tmp_path / "a.keras", b"rubbish")))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("m.h5", "may hold code"),
        ("m.pb", "may do anything"),
        ("m.pth", "is a pickle"),
        ("m.pkl", "is a pickle"),
        ("m.onnx", "ONNX"),
        ("m.tflite", "TFLite"),
        ("m.txt", "only .keras files"),
    ],
)
def test_other_formats_are_refused_with_the_reason(tmp_path: Path, name: str, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"anything")
    with pytest.raises(
        BadInput, match=rf"because .*{reason}.*: load it where you trained it and save it as NAME.keras"
    ):
        load_network(str(path))


def test_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "saved_model.keras").mkdir()
    with pytest.raises(BadInput, match="is a folder"):
        load_network(str(tmp_path / "saved_model.keras"))
    with pytest.raises(BadInput, match="There is no file"):
        load_network(str(tmp_path / "missing.keras"))


def _functional(shape: tuple[int | None, ...], *parts: Any) -> Any:
    image = keras.Input(shape)
    x = image
    for part in parts:
        x = part(x)
    return keras.Model(image, x)


def _two_inputs() -> Any:
    pair = [keras.Input((8, 8, 3)), keras.Input((8, 8, 3))]
    return keras.Model(pair, layers.Add()(pair))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: _functional((20,), layers.Dense(3)), "not one picture"),
        (_two_inputs, "not one picture"),
        (lambda: _functional((8, 8, 1), layers.Conv2D(2, 3)), "takes pictures of 1 channels; they must be RGB"),
        (
            lambda: _functional((3, 8, 8), layers.AveragePooling2D(2, data_format="channels_first")),
            "keeps channels first",
        ),
        (lambda: _functional((8, 8, 3), layers.Flatten(), layers.Dense(3)), "no layer with rows, columns"),
    ],
    ids=["vector", "two inputs", "grey", "channels first", "flat"],
)
def test_models_that_no_picture_can_climb_in_are_refused(build: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.keras"
    build().save(path)
    with pytest.raises(BadInput, match=message):
        load_network(str(path))


def test_a_file_takes_no_other_weights_and_only_known_ranges(saved: Any) -> None:
    path = saved()
    with pytest.raises(BadInput, match="carries its own weights"):
        load_network(str(path), weights="random")
    with pytest.raises(BadInput, match=r"Unknown input range 'caffee' \(did you mean 'caffe'\?\)"):
        load_network(str(path), input_range="caffee")
