"""The painter is made of layers that any Keras has, and puts out pictures of the size that it is given."""

import json
import zipfile

import keras
import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.still.faststyle.painter import STRIDE, painter
from zoomdream.still.faststyle.painting import Style, load_style, stylise
from zoomdream.still.faststyle.shelf import check_style
from zoomdream.still.faststyle.style_file import save_style
from zoomdream.still.faststyle.tiles import REACH, Tiled, tiles

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


@pytest.fixture(scope="module")
def small() -> keras.Model:
    """Return a small painter with statistics that matter."""
    model = painter(4, 2, seed=5)
    chance = np.random.default_rng(1)
    for variable in model.trainable_variables:
        if len(variable.shape) == 1:
            variable.assign(variable + chance.normal(0, 0.3, variable.shape))
    return model


def test_the_same_seed_gives_the_same_painter():
    one, same, other = (painter(4, 1, seed) for seed in (1, 1, 2))
    weights = [np.concatenate([w.ravel() for w in model.get_weights()]) for model in (one, same, other)]
    assert (weights[0] == weights[1]).all()
    assert not (weights[0] == weights[2]).all()


def test_a_style_is_a_plain_keras_file_that_says_how_it_was_made(small, tmp_path, photo):
    save_style(tmp_path / "a.keras", small, {"steps": 7})
    assert check_style(tmp_path / "a.keras") == {"steps": 7}
    plain = keras.models.load_model(tmp_path / "a.keras", safe_mode=True)
    picture = photo[:64, :96]
    assert np.allclose(np.asarray(plain(picture[None]))[0], load_style(tmp_path / "a.keras").paint(picture), atol=1e-5)
    with zipfile.ZipFile(tmp_path / "a.keras") as archive:
        layers = {layer["class_name"] for layer in json.loads(archive.read("config.json"))["config"]["layers"]}
    assert layers == {
        "InputLayer", "Rescaling", "Pad", "Conv2D", "GroupNormalization", "ReLU", "Add", "UpSampling2D",
    }  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["a.keras"]


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (7, 9), (33, 50), (64, 64), (65, 63)])
def test_any_size_is_kept(small, photo, size):
    painted = stylise(Style("a", small, {}), photo[: size[0], : size[1]])
    assert painted.shape == (*size, 3)
    assert painted.dtype == np.float32
    assert 0 <= painted.min() <= painted.max() <= 1


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.float32), np.zeros((4, 4, 3), np.uint8), np.zeros((0, 4, 3))])
def test_what_is_no_picture_is_refused(small, image):
    with pytest.raises(BadInput, match="A picture is an array"):
        stylise(Style("a", small, {}), image)


def test_a_file_that_has_changed_is_read_anew(small, tmp_path, photo):
    path, picture = tmp_path / "a.keras", photo[:32, :32]
    for model in (small, painter(4, 1, 6)):
        save_style(path, model, {})
        assert (stylise(str(path), picture) == load_style(path).paint(picture)).all()


def test_tiles_cannot_be_told_from_one_pass(small, photo):
    whole = Style("a", small, {}).paint(photo[:219, :301])
    part = photo[:219, :301]
    padded = np.pad(part, ((0, -219 % STRIDE), (0, -301 % STRIDE), (0, 0)), mode="reflect")
    tiled = Tiled(small, tile=64)(padded)[:219, :301]
    assert np.abs(tiled - whole).max() < 1e-4, "a fortieth of a level of 8 bits"


def test_a_large_picture_is_tiled(small, photo, monkeypatch):
    monkeypatch.setattr("zoomdream.still.faststyle.tiles.TILE", 128)
    given = photo[:201, :299]
    tiled = Style("a", small, {}, most=10_000).paint(given)
    assert np.abs(tiled - Style("a", small, {}).paint(given)).max() < 1e-4


def test_tiles_that_are_painted_alone_would_differ(small, photo):
    """What the statistics of the whole picture are for."""
    style = Style("a", small, {})
    assert np.abs(style.paint(photo[:128, :128])[:64, :64] - style.paint(photo)[:64, :64]).max() > 0.05


def test_tiles_cover_a_picture_once():
    seen = np.zeros((200, 172), int)
    for part in tiles(200, 172, 64):
        seen[part.inner] += 1
        assert all(inner.start - seen_.start in (0, REACH) for seen_, inner in zip(part.seen, part.inner, strict=True))
    assert (seen == 1).all()
