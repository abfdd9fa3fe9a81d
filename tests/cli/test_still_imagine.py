"""``zoomdream still neuron``, ``sheet``, ``class`` and ``multifaceted`` on the real command line."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.command import here, one_by_one
from zoomdream.picture.image import load_image, save_image
from zoomdream.reel import probe, read_metadata

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

STEPS = 4


@pytest.fixture
def ask(own: Path, tmp_path: Path) -> Any:
    """Return a function of a command's words that runs it on a small network, in an empty folder."""
    small = ("--network", own / "flat.keras", "--input-range", "-1..1", "--size", 32)

    def run(kind: str, *words: object, steps: int = STEPS) -> Any:
        return here("still", kind, *words, *small, "--steps", steps, folder=tmp_path)

    return run


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_neuron_is_shown_and_told(ask: Any, tmp_path: Path) -> None:
    done = ask("neuron", "one:3")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("one:3: excited to ") and done.stdout.endswith("; wrote neuron-one-3.png\n")
    picture = load_image(tmp_path / "neuron-one-3.png")
    assert picture.shape == (32, 32, 3) and picture.std() > 0.005
    again = ask("neuron", "one:3", "-o", "again.png", "--json")
    [record] = json.loads(again.stdout)
    assert record["address"] == "one:3" and record["steps"] == STEPS and record["files"] == ["again.png"]
    assert np.array_equal(load_image(tmp_path / "again.png"), picture)
    other = ask("neuron", "one:3", "-o", "other.jpg", "--seed", 5)
    assert other.returncode == 0
    assert not np.allclose(load_image(tmp_path / "other.jpg"), picture, atol=0.02)


def test_the_recipe_is_in_the_picture(ask: Any, tmp_path: Path) -> None:
    for name in ("n.png", "n.jpg"):
        assert ask("neuron", "one:3@4,5", "-o", name, "--method", "plain", "--seed", 3).returncode == 0
        made = read_metadata(tmp_path / name)
        assert made is not None
        assert (made["command"], made["address"], made["method"]) == ("still neuron", "one:3@4,5", "plain")
        assert (made["seed"], made["steps"], made["size"], made["steps taken"]) == (3, STEPS, [32, 32], STEPS)
        assert len(made["network"]["weights"]) == 64 and made["versions"]["keras"]


def test_a_growth_is_filmed(ask: Any, tmp_path: Path) -> None:
    done = ask("neuron", "one:3", "--film", "g.mp4", "--best", 2, steps=6)
    assert done.returncode == 0 and done.stdout.endswith("wrote neuron-one-3.png, g.mp4\n")
    film = probe(tmp_path / "g.mp4")
    assert (film.frames, film.width, film.height) == (36, 64, 32)
    made = read_metadata(tmp_path / "g.mp4")
    assert made is not None and made["address"] == "one:3"


def test_pictures_unlike_one_another_stand_beside_each_other(ask: Any, tmp_path: Path) -> None:
    assert ask("neuron", "one:3", "--diversity", 3).returncode == 0
    height, width, _ = load_image(tmp_path / "neuron-one-3.png").shape
    assert width > 3 * 32 and height < width
    both = ask("neuron", "one:3", "--diversity", 3, "--best", 2, "--force")
    assert both.returncode == 2 and "leave out --best" in both.stderr


def test_a_class_is_shown_with_its_probability_and_a_verdict(ask: Any, own: Path, tmp_path: Path) -> None:
    given = ("--network", own / "flat.keras", "--input-range", "-1..1")
    done = ask("class", "2", "--judge", own / "flat.keras", "--tv", 0.1, "--json", steps=60)
    [record] = json.loads(done.stdout)
    [seen] = json.loads(here("still", "classify", "class-2.png", *given, "--json", folder=tmp_path).stdout)
    [itself] = [guess["probability"] for guess in seen["classes"] if guess["index"] == 2]
    assert record["class"] == 2 and record["probability"] == pytest.approx(itself, abs=1e-4)
    [judged] = record["judges"].values()
    assert len(judged) == 5 and sum(guess["probability"] for guess in judged) == pytest.approx(1)
    no_judge = ask("class", "2", "--judge", own.parent / "gone.keras", "-o", "judged.png", steps=100_000)
    assert no_judge.returncode == 2 and not (tmp_path / "judged.png").exists()
    told = ask("class", "2", "--tv", 0, "-o", "noise.png")
    assert told.returncode == 0 and "% to " in told.stdout


def test_a_sheet_keeps_its_pictures_and_goes_on(ask: Any, tmp_path: Path) -> None:
    words = ("sheet", "--layer", "one", "--layer", "file", "--neurons", 3)
    done = ask(*words, "-o", "s.png")
    assert done.returncode == 0 and done.stdout.startswith("6 neurons, 6 of them grown now")
    tiles = sorted((tmp_path / "s").iterdir())
    assert len(tiles) == 6 and all(tile.suffix == ".png" for tile in tiles)
    tiles[3].write_bytes(tiles[3].read_bytes()[:-80])
    damaged = ask(*words, "-o", "other.png")
    assert damaged.returncode == 0 and len(list((tmp_path / "other").iterdir())) == 6
    assert ask(*words, "-o", "s.png", "--force").stdout.startswith("6 neurons, 1 of them grown now")
    whole = load_image(tmp_path / "s.png")
    (tmp_path / "s.png").unlink()
    tiles[1].unlink()
    before = {tile: tile.stat().st_mtime_ns for tile in tiles if tile.exists()}
    again = ask(*words, "-o", "s.png", "--json")
    assert again.returncode == 0
    assert len(json.loads(again.stdout)) == 6
    assert {tile: tile.stat().st_mtime_ns for tile in before} == before and tiles[1].exists()
    assert np.abs(load_image(tmp_path / "s.png") - whole).max() < 0.02


def test_a_file_where_the_folder_of_a_sheet_would_be_is_left(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "s").write_text("mine")
    done = ask("sheet", "--layer", "one", "-o", "s.png")
    assert done.returncode == 2 and "s is a file, where the folder" in done.stderr
    assert (tmp_path / "s").read_text() == "mine"


def test_names_that_are_made_up_go_into_folders_and_are_not_too_long(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert ask("neuron", "one:3", "-o", "out/", steps=1).returncode == 0
    assert names(tmp_path / "out") == {"neuron-one-3.png"}
    long = [word for _ in range(90) for word in ("--layer", "one")]
    assert ask("sheet", *long, "--neurons", 1, steps=1).returncode == 0


def test_pictures_of_another_sheet_are_not_taken_nor_replaced(ask: Any, tmp_path: Path) -> None:
    words = ("sheet", "--layer", "one", "--neurons", 2, "-o", "s.png")
    assert ask(*words).returncode == 0
    (tmp_path / "s.png").unlink()
    before = {tile: tile.read_bytes() for tile in (tmp_path / "s").iterdir()}
    other = ask(*words, "--seed", 0, steps=STEPS + 1)
    assert other.returncode == 2 and "exists and was made otherwise, or is damaged; --force" in other.stderr
    assert {tile: tile.read_bytes() for tile in (tmp_path / "s").iterdir()} == before
    assert not (tmp_path / "s.png").exists()
    assert ask(*words, "--force", steps=STEPS + 1).returncode == 0


def test_all_channels_of_a_layer(ask: Any, tmp_path: Path) -> None:
    done = ask("sheet", "--layer", "one", "--all", steps=1)
    assert done.returncode == 0 and done.stdout.startswith("8 neurons")
    assert names(tmp_path) == {"sheet-one", "sheet-one.png"}


def test_the_bar_of_the_photographs_goes_before_that_of_the_steps_comes(tmp_path: Path, monkeypatch: Any) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from zoomdream.cli.stills import files

    bar = Progress(console=Console(force_terminal=True, file=io.StringIO()))
    monkeypatch.setattr(files, "new_bar", lambda: bar)
    pictures = [tmp_path / "0.png", tmp_path / "1.png"]
    for picture in pictures:
        save_image(picture, np.zeros((8, 8, 3), np.float32))
    with files.queued(pictures) as queue:
        assert [len(some) for some in queue if bar.live.is_started] == [2]
        assert not bar.live.is_started


def test_faces_of_a_class_leave_out_what_cannot_be_read(ask: Any, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    chance = np.random.default_rng(0)
    for number in range(5):
        save_image(folder / f"{number}.png", chance.random((40, 36, 3), np.float32))
    (folder / "broken.png").write_text("no picture")
    done = ask("multifaceted", "1", "photos", "--faces", 2)
    assert done.returncode == 1 and "Skipped: " in done.stderr and "broken.png" in done.stderr
    before = (folder / "0.png").read_bytes()
    for own_ in (("-o", "photos/0.png"), ("--film", "photos/0.png")):
        onto = ask("multifaceted", "1", "photos", "--force", *own_)
        assert onto.returncode == 2 and (folder / "0.png").read_bytes() == before
    assert done.stdout.startswith("2 faces of class:1; wrote faces-of-1.png")
    assert load_image(tmp_path / "faces-of-1.png").shape[1] > 64


def test_work_is_fitted_to_a_budget(ask: Any, tmp_path: Path) -> None:
    began = time.monotonic()
    done = ask("neuron", "one:3", "--budget", "2s", steps=100_000)
    assert done.returncode == 0 and "Not all steps fit into 2 s: about " in done.stderr
    assert time.monotonic() - began < 60
    assert (tmp_path / "neuron-one-3.png").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_growth_with_what_there_is(own: Path, tmp_path: Path, number: signal.Signals) -> None:
    words = ["still", "neuron", "one:3", "--network", own / "flat.keras", "--size", 32, "--steps", 100_000]
    command = [sys.executable, "-m", "zoomdream", *map(str, words), "--film", "g.mp4", "-o", "n.png"]
    running = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not any(path.stat().st_size for path in tmp_path.glob(".zoomdream-*")) and time.monotonic() < deadline:
        time.sleep(0.1)
        assert running.poll() is None
    os.kill(running.pid, number)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 128 + number
    assert "once more to stop at once" in said and "Traceback" not in said
    assert names(tmp_path) == {"n.png", "g.mp4"}
    assert probe(tmp_path / "g.mp4").frames > 30


def test_a_dead_neuron_is_told_and_not_drawn(own: Path, tmp_path: Path) -> None:
    import keras
    from keras import layers

    picture = keras.Input((None, None, 3))
    deaf = layers.Conv2D(1, 1, activation="relu", kernel_initializer="zeros", name="deaf")
    keras.Model(picture, deaf(picture)).save(tmp_path / "deaf.keras")
    small = ("--network", "deaf.keras", "--size", 32, "--steps", 2)
    done = here("still", "neuron", "deaf:0", *small, folder=tmp_path)
    assert done.returncode == 1 and "deaf:0 of deaf.keras is dead" in done.stderr
    assert names(tmp_path) == {"deaf.keras"}
    done = here("still", "sheet", "--layer", "deaf", "--all", *small, folder=tmp_path)
    assert done.returncode == 0 and "dead: deaf:0" in done.stdout


def test_what_cannot_be_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "there.png").touch()
    (tmp_path / "empty").mkdir()
    refused = {
        ("neuron", "@@"): "'@@' is not an address",
        ("neuron", "one:3", "-o", "n.gif"): "ends in .png or .jpg",
        ("neuron", "one:3", "-o", "there.png"): "there.png exists; --force",
        ("neuron", "one:3", "-o", "gone/n.png"): "There is no folder",
        ("neuron", "one:3", "--film", "f.mp4", "--size", "33"): "33",
        ("neuron", "one:3", "--film", "f.txt"): "cannot be written as .txt",
        ("neuron", "one:3", "--budget", "soon"): "'soon' is not a time: write 30s, 5m or 1h",
        ("neuron", "one:3", "--budget", "-3s"): "is not a time",
        ("neuron", "one:3", "--size", "3"): "is not a size",
        ("neuron", "one:3", "--steps", "0"): "--steps",
        ("neuron", "one:3", "--network", "vgg17"): "did you mean 'vgg1",
        ("neuron", "one:3", "--method", "magic"): "'octaves'",
        ("class", "zebra", "--tv", "-1"): "--tv",
        ("class", "zebra", "--judge", "vgg17"): "did you mean 'vgg1",
        ("sheet", "--all"): "--all shows all channels of one layer",
        ("multifaceted", "zebra", "empty"): "The folder empty holds no picture",
        ("multifaceted", "zebra", "gone"): "There is no picture at gone",
    }  # fmt: skip
    for done, words, why in zip(
        one_by_one([("still", *words) for words in refused], tmp_path), refused, refused.values(), strict=True
    ):
        assert done.returncode == 2 and why in done.stderr and done.stdout == "", (words, done.stderr)
        assert not done.heavy, words
    assert names(tmp_path) == {"there.png", "empty"}


def test_what_the_network_has_not_is_refused(ask: Any, tmp_path: Path) -> None:
    for words, why in {
        ("neuron", "two:3"): "has no layer 'two'",
        ("neuron", "one:99"): "one:99",
        ("neuron", "one:1@99,1"): "one:1@99,1 is outside",
        ("class", "zebra"): "class:zebra",
        ("class", "7"): "class:7",
        ("sheet", "--layer", "tow"): "has no layer 'tow'",
    }.items():
        done = ask(*words)
        assert done.returncode == 2 and why in done.stderr and done.stdout == "", (words, done.stderr)
    assert names(tmp_path) == set()


def test_defaults_of_commands_are_those_of_the_functions() -> None:
    from inspect import signature

    import zoomdream
    from zoomdream.cli.stills.imagine import ideal, multifaceted, neuron, sheet

    pairs = {
        neuron.neuron: (zoomdream.still.neuron, ("steps", "method", "best", "seed", "size")),
        ideal.class_: (zoomdream.still.ideal, ("steps", "objective", "smoothness", "best", "seed", "size")),
        sheet.sheet: (zoomdream.still.sheet, ("steps", "neurons", "seed", "size")),
        multifaceted.multifaceted: (zoomdream.still.multifaceted, ("steps", "faces", "seed", "size")),
    }
    for command, (function, names_) in pairs.items():
        defaults = {option.name: option.default for option in command.params}
        for name in names_:
            own = signature(function).parameters[name].default
            asked = None if own is None else f"{own[0]}" if name == "size" else own
            assert defaults[name] == asked or (asked is None and not isinstance(defaults[name], str | int)), name
