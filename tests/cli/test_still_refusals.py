"""``zoomdream still``: what cannot be done is refused in one sentence, before anything is written."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from tests.cli.command import here, one_by_one
from tests.cli.test_still_files import contents

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

AT_ONCE: dict[str, tuple[tuple[Any, ...], str]] = {
    "no such kind": (("gradcamm", "a.jpg"), "did you mean 'gradcam"),
    "squares apart": (("occlusion", "a.jpg", "--patch", 8, "--stride", 9), "--stride 9 leaves places out"),
    "no picture named": (("gradcam",), "Missing argument"),
    "missing picture": (("gradcam", "gone.jpg"), "There is no picture at gone.jpg"),
    "empty file": (("gradcam", "empty.png"), "empty.png is not a picture"),
    "text": (("gradcam", "text.png", "--json"), "text.png is not a picture"),
    "truncated": (("classify", "cut.jpg", "--json"), "cut.jpg is damaged"),
    "empty folder": (("gradcam", "nothing"), "The folder nothing holds no picture"),
    "one name for two": (("gradcam", "a.jpg", "b.jpg", "-o", "maps/one.png"), "write -o 'maps/*-one.png'"),
    "two of one name": (("gradcam", "a.jpg", "maps"), "a-gradcam.png would be written twice"),
    "one name twice": (("gradcam", "a.jpg", "-o", "m.png", "-o", "maps/../m.png"), "written twice"),
    "panel in place": (("adversarial", "a.jpg", "-o", "m.png", "--panel", "m.png"), "m.png would be written twice"),
    "existing file": (("gradcam", "a.jpg", "-o", "there.png"), "there.png exists; --force"),
    "default exists": (("saliency", "there.png", "-o", "maps/", "-o", "*.png"), "there.png exists"),
    "a folder": (("gradcam", "a.jpg", "-o", "maps", "--force"), "maps is a folder: write maps/"),
    "no name": (("gradcam", "a.jpg", "-o", ""), "folder"),
    "no such folder": (("gradcam", "a.jpg", "-o", "gone/m.png"), "There is no folder"),
    "no such folder to fill": (("gradcam", "a.jpg", "-o", "gone/"), "There is no folder"),
    "a folder that takes nothing": (("gradcam", "a.jpg", "-o", "/proc/m.png"), "Nothing can be written in"),
    "not a file": (("gradcam", "a.jpg", "-o", "null.png", "--force"), "not an ordinary file"),
    "suffix of a map": (("gradcam", "a.jpg", "-o", "m.jpg"), ".png or .npy or .npz"),
    "suffix of bars": (("classify", "a.jpg", "-o", "m.npy"), ".png"),
    "suffix of a report": (("report", "a.jpg", "-o", "m.pdf"), ".html"),
    "suffix of an attack": (("adversarial", "a.jpg", "-o", "m.jpg"), ".png"),
    "the picture itself": (("gradcam", "there.png", "-o", "there.png", "--force"), "one of the pictures themselves"),
    "the picture by a link": (("gradcam", "there.png", "-o", "link.png", "--force"), "one of the pictures themselves"),
    "the guide": (("dream", "a.jpg", "--guide", "b.jpg", "-o", "b.jpg", "--force"), "one of the pictures themselves"),
    "the mask": (("dream", "a.jpg", "--mask", "b.jpg", "-o", "b.jpg", "--force"), "one of the pictures themselves"),
    "missing guide": (("dream", "a.jpg", "--guide", "gone.jpg"), "gone.jpg"),
    "damaged mask": (("dream", "a.jpg", "--mask", "cut.jpg"), "cut.jpg is damaged"),
    "unknown colours": (("gradcam", "a.jpg", "--colormap", "virdis"), "did you mean 'viridis'"),
    "colours of colours": (("guided", "a.jpg", "--colormap", "viridis"), "--colormap"),
    "not an address": (("gradcam", "a.jpg", "--target", "@@"), "'@@' is not an address"),
    "unknown network": (("gradcam", "a.jpg", "--network", "vgg17"), "did you mean 'vgg1"),
    "not a network": (("gradcam", "a.jpg", "--network", "text.keras"), "text.keras"),
    "missing network": (("gradcam", "a.jpg", "--network", "gone.keras"), "gone.keras"),
    "missing weights": (("gradcam", "a.jpg", "--weights", "gone.h5"), "gone.h5"),
    "unknown range": (("gradcam", "a.jpg", "--input-range", "0..2"), "0..255"),
    "no such view": (("gradcam", "a.jpg", "--view", "both"), "'overlay'"),
    "no such fit": (("gradcam", "a.jpg", "--fit", "squeeze"), "'stretch'"),
    "too much": (("gradcam", "a.jpg", "--alpha", "1.5"), "--alpha"),
    "steps of one step": (("adversarial", "a.jpg", "--method", "fgsm", "--steps", "3"), "--steps means nothing"),
    "norm of one step": (("adversarial", "a.jpg", "--method", "fgsm", "--norm", "l2"), "--norm means nothing"),
    "seed of the shortest": (("adversarial", "a.jpg", "--method", "fool", "--seed", "1"), "--seed means nothing"),
    "restarts of the shortest": (("adversarial", "a.jpg", "--method", "fool", "--restarts", "2"), "--restarts means"),
    "no epsilon": (("adversarial", "a.jpg", "--epsilon", "-1"), "--epsilon"),
    **{
        f"{option[2:]} is no number": ((kind, "a.jpg", option, "nan"), f"'{option}': nan is not a number")
        for kind, option in (
            ("gradcam", "--alpha"),
            ("smoothgrad", "--noise"),
            ("integrated", "--baseline"),
            ("integrated", "--gap"),
            ("segment", "--foreground"),
            ("segment", "--background"),
            ("adversarial", "--epsilon"),
            ("dream", "--ratio"),
            ("dream", "--step"),
        )
    },
}


def test_what_shows_at_once_is_refused_at_once(album):
    """All in one process, that has not imported a tensor library in the end."""
    (album / "nothing").mkdir()
    (album / "maps").mkdir()
    (album / "maps" / "a.png").write_bytes((album / "a.jpg").read_bytes())
    (album / "empty.png").touch()
    (album / "text.png").write_text("not a picture")
    (album / "text.keras").write_text("not a network")
    (album / "cut.jpg").write_bytes((album / "a.jpg").read_bytes()[:20_000])
    Pillow.new("RGB", (8, 8)).save(album / "there.png")
    (album / "link.png").symlink_to("there.png")
    (album / "null.png").symlink_to("/dev/null")
    before = contents(album)
    commands = [("still", *words) for words, _ in AT_ONCE.values()]
    for done, (case, (_, said)) in zip(one_by_one(commands, album), AT_ONCE.items(), strict=True):
        assert (done.returncode, done.stdout) == (2, ""), (case, done)
        assert said in done.stderr, (case, done.stderr)
        assert done.stderr.splitlines()[-1].startswith("Error: "), (case, done.stderr)
        assert not done.heavy, case
    assert contents(album) == before


IN_THE_NETWORK: dict[str, tuple[tuple[Any, ...], str]] = {
    "unknown class": (("gradcam", "--target", "class:9"), "has classes 0 to 4"),
    "class without a name": (("saliency", "--target", "class:zebra"), "only numbers"),
    "no class": (("saliency", "--target", "class"), "write class:LABEL or class:INDEX"),
    "unknown layer": (("saliency", "--target", "ome:1"), "did you mean 'one'"),
    "unknown inner layer": (("gradcam", "--layer", "ome"), "did you mean 'one'"),
    "inner layer behind": (("gradcam", "--target", "one:1", "--layer", "top"), "does not depend on top"),
    "classes as inner layer": (("gradcam", "--layer", "class"), "no rows and columns"),
    "inner layer without places": (("gradcam", "--layer", "dense"), "no rows and columns"),
    "channel": (("occlusion", "--target", "one:8"), "has channels 0 to 7"),
    "negative channel": (("integrated", "--target", "one:-1"), "has channels 0 to 7"),
    "channel to be drawn": (("guided", "--target", "one:?"), "name a channel"),
    "row": (("saliency", "--target", "one:1@32,0"), "rows 0 to 31"),
    "column of an inner layer": (("gradcam", "--target", "top:1@0,16"), "columns 0 to 15"),
    "negative row": (("smoothgrad", "--target", "one:1@-1,0"), "from 0"),
    "place of a class": (("saliency", "--target", "class:1@0,0"), "position"),
    "second target": (("saliency", "--target", "one:1", "--target", "one:99"), "has channels 0 to 7"),
    "no class to map": (("cam", "--target", "one:1"), "gradcam takes any target"),
    "quantiles crossed": (("segment", "--foreground", 0.3, "--background", 0.3), "must be less"),
    "target to cut out": (("segment", "--target", "class:9"), "has classes 0 to 4"),
    "class to reach": (("adversarial", "--into", "class:9"), "has classes 0 to 4"),
    "no class to reach": (("adversarial", "--into", "one:1"), "class:LABEL or class:INDEX"),
    "less than a level": (("adversarial", "--epsilon", "0.5"), "less than one of the 255 levels"),
    "endless": (("adversarial", "--epsilon", "inf"), "levels"),
    "layer to dream of": (("dream", "--target", "ome"), "did you mean 'one'"),
    "place to dream of": (("dream", "--target", "one:1@2,2"), "not one place"),
    "channel with a guide": (("dream", "--target", "one:1", "--guide", "b.jpg"), "name whole layers"),
    "target of a report": (("report", "--target", "one:8"), "has channels 0 to 7"),
    "twin of a report": (("report", "--into", "class:9"), "has classes 0 to 4"),
}


@pytest.mark.parametrize("words, said", IN_THE_NETWORK.values(), ids=IN_THE_NETWORK.keys())
def test_what_the_network_lacks_is_named(album, flat, words, said):
    before = contents(album)
    done = here("still", words[0], "a.jpg", "b.jpg", *flat, *words[1:], folder=album)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert contents(album) == before


def _one_line(folder: Path, *words: Any) -> str:
    before = contents(folder)
    done = here("still", *words, folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert contents(folder) == before
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.usefixtures("one_network")
def test_a_class_that_is_not_there_is_corrected(album):
    assert "did you mean" in _one_line(album, "gradcam", "a.jpg", "--target", "class:zebrra")


@pytest.mark.parametrize("kind", ["guided", "guided-gradcam"])
def test_guided_backprop_of_what_is_no_relu(tmp_path, album, kind):
    import keras
    from keras import layers

    picture = keras.Input((32, 32, 3))
    curved = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="swish", name="curve")(picture))
    keras.Model(picture, layers.Dense(3)(curved)).save(tmp_path / "swish.keras")
    line = _one_line(album, kind, "a.jpg", "--network", "swish.keras", "--input-range", "0..1")
    assert "plain ReLUs" in line
    assert "curve" in line


def test_a_class_activation_map_of_a_head_of_two_dense_layers(tmp_path, album):
    import keras
    from keras import layers

    picture = keras.Input((32, 32, 3))
    row = layers.Flatten()(layers.Conv2D(2, 3, strides=8, activation="relu")(picture))
    head = layers.Dense(3)(layers.Dense(6, activation="relu", name="fc1")(row))
    keras.Model(picture, head).save(tmp_path / "like-vgg.keras")
    own = ("--network", "like-vgg.keras", "--input-range", "0..1")
    assert "gradcam" in _one_line(album, "cam", "a.jpg", *own)
    done = here("still", "gradcam", "a.jpg", *own, "--json", folder=album)
    assert done.returncode == 0
    assert json.loads(done.stdout)[0]["kind"] == "gradcam"


@pytest.mark.parametrize("kind", ["gradcam", "classify", "adversarial", "report"])
def test_a_network_without_classes(album, kind):
    import keras
    from keras import layers

    picture = keras.Input((32, 32, 3))
    keras.Model(picture, layers.Conv2D(4, 3, activation="relu", name="only")(picture)).save(album / "bare.keras")
    own = ("--network", "bare.keras", "--input-range", "0..1")
    assert "has no classes" in _one_line(album, kind, "a.jpg", *own)
    done = here("still", "gradcam", "a.jpg", *own, "--target", "only:1", folder=album)
    assert done.returncode == 0, done.stderr
