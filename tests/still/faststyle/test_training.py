"""A painter learns; an interrupted training goes on exactly where it was, and only under the same settings."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.still.faststyle.conftest import SMALL
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.picture.image import load_image, save_image
from zoomdream.still import load_style, train_style
from zoomdream.still.faststyle.album import Album
from zoomdream.still.faststyle.checkpoint import read_checkpoint, write_checkpoint
from zoomdream.still.faststyle.painting import Style
from zoomdream.still.faststyle.settings import Settings
from zoomdream.still.faststyle.shelf import check_style
from zoomdream.still.faststyle.training import Judge, Training, with_layers

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


@pytest.fixture
def again(tiny, stripes, photos, begun):
    """Return a function that goes on with the training that has been begun."""
    return partial(train_style, tiny, stripes, photos, begun / "stripes.keras", resume=True)


def test_costs_fall_and_noise_matters_less_if_that_costs_too(tiny, stripes, photos):
    """After the same steps, two pictures that differ by noise alone are painted more alike."""
    photo, unsteady = load_image(photos[0]), []
    noisy = np.clip(photo + np.random.default_rng(0).normal(0, 0.04, photo.shape), 0, 1).astype(np.float32)
    for weight in (0.0, 100.0):
        settings = replace(SMALL, temporal=weight)
        training = Training(tiny, stripes, settings)
        course = list(training(training.begin(), Album(photos, 0), range(50)))
        totals = [sum(getattr(settings, name) * cost for name, cost in each.costs.items()) for each in course]
        assert set(course[0].costs) == {"content", "style", "smoothness", "temporal"}
        assert np.mean(totals[-10:]) < 0.5 * np.mean(totals[:10])
        training.recall(course[-1])
        style = Style("stripes", training.painter, {})
        unsteady.append(float(np.abs(style.paint(photo) - style.paint(noisy)).mean()))
    assert unsteady[1] < 0.7 * unsteady[0]


def test_layers_without_places_are_refused(tiny, stripes):
    for layer in ("pool", "predictions"):
        with pytest.raises(BadInput, match=f"{layer!r} of tiny has no rows and columns"):
            Judge(tiny, stripes, replace(SMALL, style_size=40, style_layers=("one", layer)))


def test_what_the_judge_says_is_what_it_means(tiny, stripes, photo):
    """The style itself has no cost of style, a photograph none of its content; and an even picture is smooth."""
    judge = Judge(tiny, stripes, replace(SMALL, style_size=40))
    assert judge.measure(stripes, stripes) == (pytest.approx(0, abs=1e-6), pytest.approx(0, abs=1e-6))
    content, style = judge.measure(photo[:40, :56], photo[:40, :56])
    assert content == pytest.approx(0, abs=1e-6)
    assert style > 0.05
    even = np.full((1, 40, 40, 3), 0.5, np.float32)
    assert float(judge.costs(even, even)[2]) == pytest.approx(0, abs=1e-3)


def test_what_is_written_is_what_was_learnt(learnt, photos):
    assert sorted(path.name for path in learnt.iterdir()) == [
        "stripes-sheet.png",
        "stripes.keras",
        "stripes.training.npz",
    ]
    made = check_style(learnt / "stripes.keras")
    assert (made["by"], made["steps"], made["settings"]["crop"]) == ("me", 3, 32)
    _, state, _ = read_checkpoint(learnt / "stripes.training.npz")
    weights = load_style(learnt / "stripes.keras").model.trainable_variables
    assert all((np.array(weight) == leaf).all() for weight, leaf in zip(weights, state, strict=False))
    sheet = load_image(learnt / "stripes-sheet.png")
    assert sheet.shape[1] > 2 * 45
    assert sheet.std() > 0.05


def test_a_resumed_training_is_the_uninterrupted_one_to_the_last_bit(again, begun, tiny, stripes, photos):
    again(SMALL, steps=5)
    step, resumed, _ = read_checkpoint(begun / "stripes.training.npz")
    training = Training(tiny, stripes, SMALL)
    *_, whole = training(training.begin(), Album(photos, 0), range(5))
    assert step == whole.step == 5
    assert len(resumed) == len(whole.state) > 20
    assert all((a == np.asarray(b)).all() for a, b in zip(resumed, whole.state, strict=True))


@pytest.mark.parametrize(
    ("change", "said"),
    [({"style": 3.0}, r"style 6\.0, not 3\.0"), ({"seed": 1}, "seed 0, not 1"), ({"crop": 36}, "crop 32, not 36")],
)
def test_other_settings_are_named(again, change, said):
    with pytest.raises(BadInput, match=rf"stripes\.training\.npz was begun with {said}: ask for the same, or begin"):
        again(replace(SMALL, **change))


def test_other_photographs_and_another_style_are_named(tiny, stripes, photos, begun):
    with pytest.raises(BadInput, match=r"was begun with photographs 3 \w+, not 2 "):
        train_style(tiny, stripes, photos[:2], begun / "stripes.keras", SMALL, resume=True)
    with pytest.raises(BadInput, match="was begun with picture of the style "):
        train_style(tiny, stripes[::-1], photos, begun / "stripes.keras", SMALL, resume=True)


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"nonsense"])
def test_a_damaged_checkpoint_is_said_to_be_one(again, begun, content):
    (begun / "stripes.training.npz").write_bytes(content)
    with pytest.raises(BadInput, match=r"stripes\.training\.npz holds no training"):
        again(SMALL)


def test_a_checkpoint_holds_what_it_was_given(tmp_path):
    state = [np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32), np.float32(7)]
    write_checkpoint(tmp_path / "a.npz", 12, state, {"seed": 3})
    step, read, facts = read_checkpoint(tmp_path / "a.npz")
    assert (step, facts) == (12, {"seed": 3})
    assert all((a == b).all() and a.dtype == np.float32 for a, b in zip(read, state, strict=True))


def test_a_training_that_runs_away_is_stopped(again, begun):
    place = begun / "stripes.training.npz"
    step, state, facts = read_checkpoint(place)
    write_checkpoint(place, step, [np.full_like(leaf, np.nan) for leaf in state], facts)
    with pytest.raises(ZoomdreamError, match="the costs of step 4 are not finite"):
        again(SMALL, steps=5)
    assert check_style(begun / "stripes.keras")["steps"] == 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"crop": 30}, "multiple of 4 from 32"),
        ({"batch": 0}, "batch"),
        ({"blocks": 0}, "width and blocks are at least 1"),
        ({"temporal": -1.0}, "at least 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, said):
    with pytest.raises(BadInput, match=said):
        Settings(**wrong)


def test_layers_suit_the_network(tiny, lite0):
    style = ("image", "stem", "block0", "block2", "block4", "block7")
    suited = with_layers(lite0, Settings())
    assert (suited.style_layers, suited.content_layers) == (style, ("block4", "block6"))
    assert with_layers(lite0, Settings(content_layers=("block2",))).content_layers == ("block2",)
    assert with_layers(tiny, SMALL) == SMALL
    assert with_layers(tiny, Settings()).style_layers[0] == "image"


def test_a_photograph_too_small_for_the_judge_is_shown_without_its_costs(tiny, stripes, photos, photo, tmp_path):
    import keras

    from zoomdream.network.inputs import input_range
    from zoomdream.network.network import Network

    picture = keras.Input((None, None, 3))
    network = Network(
        "valid", keras.Model(picture, keras.layers.Conv2D(2, 25, name="one")(picture)), input_range("0..1")
    )
    save_image(tmp_path / "small.png", photo[:20, :30])
    settings = replace(SMALL, content_layers=("one",))
    held_out = [tmp_path / "small.png"]
    train_style(network, stripes, photos, tmp_path / "a.keras", settings, steps=1, held_out=held_out)
    assert load_image(tmp_path / "a-sheet.png").shape[1] > 60


@pytest.mark.parametrize("count", [{"steps": 0}, {"steps": -3}, {"every": 0}])
def test_a_style_is_learnt_in_at_least_one_step(tiny, stripes, photos, tmp_path, count):
    with pytest.raises(BadInput, match="at least one step, and written after at least one"):
        train_style(tiny, stripes, photos, tmp_path / "a.keras", SMALL, **count)
    assert not list(tmp_path.iterdir())


def test_no_photograph_is_written_over(tiny, stripes, photo, photos, tmp_path):
    save_image(tmp_path / "a-sheet.png", photo[:40, :60])
    before = (tmp_path / "a-sheet.png").read_bytes()
    with pytest.raises(BadInput, match=r"a-sheet\.png is no sheet of a training"):
        train_style(tiny, stripes, [*photos, tmp_path / "a-sheet.png"], tmp_path / "a.keras", SMALL, steps=1)
    with pytest.raises(BadInput, match=r"a-sheet\.png is read and would be written over"):
        train_style(tiny, stripes, photos, tmp_path / "a.keras", SMALL, steps=1, held_out=[tmp_path / "a-sheet.png"])
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a-sheet.png", before)]


def test_a_layer_that_is_not_there_is_named(tiny, stripes, photos, tmp_path):
    with pytest.raises(BadInput, match=r"no layer 'thre'"):
        train_style(tiny, stripes, photos, tmp_path / "a.keras", replace(SMALL, style_layers=("thre",)))
    assert not list(tmp_path.iterdir())


ENDLESS = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
from tests.conftest import LABELS, _tiny_model
from tests.still.faststyle.conftest import SMALL
from zoomdream.network.inputs import input_range
from zoomdream.network.network import Network
from zoomdream.picture.image import load_image
from zoomdream.still import train_style
network = Network("tiny", _tiny_model(), input_range("0..1"), LABELS)
style, photos = load_image(Path("style.png")), [Path("photo.png")]
train_style(network, style, photos, "a.keras", SMALL, steps=100_000, every=1, resume=True)
"""


def test_a_training_that_is_killed_goes_on(tiny, tmp_path, photo, stripes):
    for name, picture in (("style", stripes), ("photo", photo[:64, :64])):
        save_image(tmp_path / f"{name}.png", picture)
    command = [sys.executable, "-c", ENDLESS]
    running = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
    place, deadline = tmp_path / "a.training.npz", time.monotonic() + 120
    while not place.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    running.send_signal(signal.SIGKILL)
    running.wait()
    step, _, _ = read_checkpoint(place)
    assert step >= 1
    style, photos = load_image(tmp_path / "style.png"), [tmp_path / "photo.png"]
    train_style(tiny, style, photos, tmp_path / "a.keras", SMALL, steps=step + 2, resume=True)
    assert read_checkpoint(place)[0] == step + 2
    assert check_style(tmp_path / "a.keras")["steps"] == step + 2
