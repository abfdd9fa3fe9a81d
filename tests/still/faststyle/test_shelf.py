"""Styles are found by name or file, and what is no style of ours is refused with the reason."""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.still.faststyle.painting import load_style, stylise
from zoomdream.still.faststyle.settings import Settings
from zoomdream.still.faststyle.shelf import STYLES, check_style, find_style
from zoomdream.still.faststyle.training import Judge

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


@pytest.mark.parametrize("name", STYLES)
def test_a_style_that_comes_along_is_small_and_says_how_it_was_made(name):
    path = find_style(name)
    made = check_style(path)
    assert path.stat().st_size < 1_000_000
    assert made["command"] == "still train-style"
    assert made["steps"] >= 500


def test_a_name_that_is_none_names_the_nearest():
    with pytest.raises(BadInput, match=r"no style 'duks' \(did you mean 'dusk'\?\); there are dusk, "):
        find_style("duks")
    with pytest.raises(BadInput, match=r"There is no style wave\.keras"):
        find_style("wave.keras")


def _plain(path: Path) -> Path:
    picture = keras.Input((None, None, 3))
    keras.Model(picture, keras.layers.Conv2D(3, 3, padding="same")(picture)).save(path)
    return path


def test_what_is_no_style_is_refused(tmp_path):
    with pytest.raises(BadInput, match="is a network but no style"):
        load_style(_plain(tmp_path / "plain.keras"))
    (tmp_path / "text.keras").write_text("hello")
    with pytest.raises(BadInput, match="is not a zip archive"):
        load_style(tmp_path / "text.keras")
    (tmp_path / "a.h5").write_text("hello")
    with pytest.raises(BadInput, match="may hold code"):
        load_style(tmp_path / "a.h5")
    with pytest.raises(BadInput, match="is a folder"):
        load_style(tmp_path)


@pytest.mark.parametrize("content", ["no json", "[1]"])
def test_a_style_that_says_nothing_is_refused(tmp_path, content):
    path = _plain(tmp_path / "odd.keras")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("zoomdream-style.json", content)
    with pytest.raises(BadInput, match="is damaged"):
        check_style(path)


def test_another_network_that_calls_itself_a_style_is_refused(tmp_path):
    path = tmp_path / "odd.keras"
    picture = keras.Input((8, 8, 3))
    keras.Model(picture, keras.layers.Flatten()(picture)).save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("zoomdream-style.json", json.dumps({"steps": 1}))
    with pytest.raises(BadInput, match="does not paint"):
        load_style(path)


@pytest.mark.parametrize("name", STYLES)
def test_a_style_that_comes_along_beats_the_photograph_itself(name, lite0, photo):
    """On a photograph that nothing was learnt from: less is lost of it than is gained in style."""
    from zoomdream.picture.image import load_image

    made = check_style(find_style(name))["settings"]
    settings = Settings(**{key: _tuple(value) for key, value in made.items() if key in Settings.__dataclass_fields__})
    style = load_image(find_style(name).with_suffix(".jpg"))
    judge = Judge(lite0, style, settings)
    painted = stylise(name, photo)
    costs = [judge.measure(picture, photo) for picture in (painted, photo)]
    total = [settings.content * content + settings.style * like for content, like in costs]
    assert total[0] < 0.75 * total[1]
    assert costs[0][1] < 0.3 * costs[1][1]
    assert np.abs(painted - photo).mean() > 0.05


def _tuple(value):
    return tuple(value) if isinstance(value, list) else value
