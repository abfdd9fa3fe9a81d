"""``zoomdream still invert``, ``texture`` and ``style`` on the real command line."""

import json
import signal
import subprocess
import sys
import time
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.command import here, one_by_one
from zoomdream.picture.image import load_image, save_image
from zoomdream.picture.warp import resize
from zoomdream.reel import probe, read_metadata

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


@pytest.fixture
def easel(album: Path) -> Path:
    """Return a folder with small pictures, ``a.png`` and ``b.png``, and masks that fit and do not."""
    for name in ("a", "b"):
        save_image(album / f"{name}.png", resize(load_image(album / f"{name}.jpg"), (40, 60)))
    mask = np.zeros((40, 60, 3), np.float32)
    mask[:, 30:] = 1
    save_image(album / "mask.png", mask)
    save_image(album / "hidden.png", 0 * mask)
    save_image(album / "wide.png", np.ones((40, 61, 3), np.float32))
    save_image(album / "tiny.png", np.ones((20, 61, 3), np.float32))
    save_image(album / "strip.png", np.ones((32, 640, 3), np.float32))
    (album / "text.png").write_text("no picture")
    return album


@pytest.fixture
def ask(own: Path, easel: Path) -> Any:
    """Return a function of a command's words that runs it on a small network."""
    small = ("--network", own / "flat.keras", "--input-range", "-1..1")

    def run(kind: str, *words: object) -> Any:
        return here("still", kind, *words, *small, folder=easel)

    return run


def test_an_inversion_is_shown_and_told(ask: Any, easel: Path) -> None:
    done = ask("invert", "a.png", "--layer", "file", "--size", 32, "--steps", 3, "--film", "f.mp4")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("a.png: file to ")
    assert done.stdout.endswith("; wrote a-invert-file.png, f.mp4\n")
    assert load_image(easel / "a-invert-file.png").shape == (32, 32, 3)
    film = probe(easel / "f.mp4")
    assert (film.frames, film.width, film.height) == (33, 32, 32)
    made = read_metadata(easel / "a-invert-file.png")
    assert made is not None
    assert (made["command"], made["picture"], made["layers"]) == ("still invert", "a.png", ["file"])


def test_a_row_of_inversions_from_another_picture(ask: Any, easel: Path) -> None:
    done = ask("invert", "a.png", "--all", "--start", "b.png", "--size", 32, "--steps", 2, "--json")
    assert done.returncode == 0
    (record,) = json.loads(done.stdout)
    assert [each["layer"] for each in record["layers"]] == ["one", "file", "top"]
    assert all(each["mean_error"] > 0 for each in record["layers"])
    assert load_image(easel / "a-invert-all.png").shape[1] > 3 * 32


def test_a_texture_and_a_tile(ask: Any, easel: Path) -> None:
    words = ("texture", "a.png", "--size", "40x32", "--steps", 2, "--tile")
    assert ask(*words).returncode == 0
    found = load_image(easel / "a-texture.png")
    assert found.shape == (32, 40, 3)
    again = ask(*words, "-o", "again.png", "--json")
    (record,) = json.loads(again.stdout)
    assert record["loss"] > 0
    np.testing.assert_array_equal(load_image(easel / "again.png"), found)
    made = read_metadata(easel / "again.png")
    assert made is not None
    assert (made["method"], made["tile"], made["network"]["name"][-10:]) == ("gram", True, "flat.keras")


def test_a_texture_by_neighbours_asks_no_network(easel: Path) -> None:
    words = ("texture", "a.png", "--method", "neighbours", "--size", 24, "--window", 7, "--film", "n.mp4")
    done = here("still", *words, folder=easel)
    assert done.returncode == 0
    assert done.stdout == "a.png: 100% of the pixels by their neighbours; wrote a-texture.png, n.mp4\n"
    assert probe(easel / "n.mp4").frames > 30
    made = read_metadata(easel / "a-texture.png")
    assert made is not None
    assert (made["window"], "network" in made) == (7, False)


def test_a_painting(ask: Any, easel: Path) -> None:
    done = ask("style", "a.png", "b.png", "a.png", "--style-weight", 3, "--style-weight", 1, "--mask", "mask.png",
               "--size", 65, "--steps", 2, "--film", "f.mp4", "--json")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    (record,) = json.loads(done.stdout)
    assert record["content"] == "a.png"
    assert record["files"] == ["a-b.png", "f.mp4"]
    assert record["style_loss"] > 0
    found = load_image(easel / "a-b.png")
    assert found.shape == (43, 65, 3)
    assert np.abs(found[:, :28] - resize(load_image(easel / "a.png"), (43, 65))[:, :28]).max() < 0.01
    made = read_metadata(easel / "f.mp4")
    assert made is not None
    assert (made["shares"], made["mask"]) == ([0.75, 0.25], "mask.png")


def test_colours_are_kept(ask: Any, easel: Path) -> None:
    for words in (("--keep-colour",), ("--keep-colour", "match")):
        done = ask("style", "a.png", "b.png", "--size", 64, "--steps", 1, "--force", *words)
        assert done.returncode == 0
        made = read_metadata(easel / "a-b.png")
        assert made is not None
        assert made["keep_colour"] == words[-1].replace("--keep-colour", "luminance")


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("invert", "a.png", "--layer", "one", "--size", 32), signal.SIGINT),
        (("texture", "a.png", "--size", 32), signal.SIGTERM),
        (("style", "a.png", "b.png", "--size", 64), signal.SIGINT),
    ],
    ids=lambda given: given[0] if isinstance(given, tuple) else given.name,
)
def test_a_signal_ends_a_growth_with_what_there_is(own: Path, easel: Path, words: Any, number: signal.Signals) -> None:
    before = {path.name for path in easel.iterdir()}
    small = ("--network", own / "flat.keras", "--input-range", "-1..1", "--steps", 100_000)
    command = [
        sys.executable,
        "-m",
        "zoomdream",
        "still",
        *map(str, (*words, *small)),
        "--film",
        "g.mp4",
        "-o",
        "n.png",
    ]
    running = subprocess.Popen(command, cwd=easel, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not any(path.stat().st_size for path in easel.glob(".zoomdream-*")) and time.monotonic() < deadline:
        time.sleep(0.1)
        assert running.poll() is None
    running.send_signal(number)
    told, said = running.communicate(timeout=120)
    assert running.returncode == 128 + number
    assert "wrote n.png, g.mp4" in told
    assert "once more to stop at once" in said and "Traceback" not in said
    assert {path.name for path in easel.iterdir()} == before | {"n.png", "g.mp4"}
    made = read_metadata(easel / "n.png")
    assert made is not None and 1 <= made["steps taken"] < 100_000
    assert probe(easel / "g.mp4").frames > 30


def test_what_cannot_be_is_refused_at_once(easel: Path) -> None:
    before = {path.name for path in easel.iterdir()}
    refused = {
        ("invert", "a.png"): "--layer NAME, or --all",
        ("invert", "a.png", "--layer", "x", "--all"): "--layer NAME, or --all",
        ("invert", "text.png", "--all"): "text.png is not a picture",
        ("invert", "tiny.png", "--all"): "61×20 pixels; it takes at least 32",
        ("invert", "a.png", "--all", "--start", "gone.png"): "There is no picture at gone.png",
        ("invert", "a.png", "--all", "-o", "a.png", "--force"): "one of the pictures themselves",
        ("invert", "a.png", "--all", "--film", "f.mp4", "--size", "33"): "33",
        ("texture", "text.png"): "text.png is not a picture",
        ("texture", "tiny.png"): "61×20 pixels",
        ("texture", "strip.png"): "640×32 pixels, one side more than 16 times the other",
        ("texture", "strip.png", "--method", "neighbours"): "one side more than 16 times the other",
        ("texture", "a.png", "--scale", "0"): "--scale",
        ("texture", "a.png", "--window", "9"): "--window means nothing to --method gram",
        ("texture", "a.png", "--method", "neighbours", "--steps", "9"): "--steps means nothing to --method neighbours",
        ("texture", "a.png", "--method", "neighbours", "--window", "8"): "an odd number from 3, not 8",
        ("texture", "a.png", "--method", "neighbours", "--window", "41"): "does not fit into a picture",
        ("texture", "a.png", "--method", "magic"): "'neighbours'",
        ("style", "a.png"): "STYLE",
        ("style", "a.png", "text.png"): "text.png is not a picture",
        ("style", "a.png", "tiny.png"): "tiny.png has 61×20 pixels",
        ("style", "a.png", "strip.png"): "strip.png has 640×32 pixels, one side more than 16 times the other",
        (
            "style",
            "a.png",
            "b.png",
            "--mask",
            "wide.png",
        ): "the rows and columns of its picture, 40 by 60, not 40 by 61",
        ("style", "a.png", "b.png", "--mask", "hidden.png"): "black everywhere",
        ("style", "a.png", "b.png", "--style-weight", "1", "--style-weight", "2"): "1 styles and 2 weights",
        ("style", "a.png", "b.png", "--style-weight", "0"): "not all 0",
        ("style", "a.png", "b.png", "--keep-colour", "hue"): "'luminance'",
        ("style", "a.png", "b.png", "--strength", "-1"): "--strength",
        ("style", "a.png", "b.png", "--start", "photo"): "'noise'",
        ("style", "a.png", "b.png", "--network", "vgg91"): "did you mean 'vgg19'",
        ("style", "a.png", "b.png", "-o", "text.png"): "text.png exists; --force",
    }
    commands = [("still", *words) for words in refused]
    for done, (words, why) in zip(one_by_one(commands, easel), refused.items(), strict=True):
        assert (done.returncode, done.stdout) == (2, ""), (words, done.stderr)
        assert why in done.stderr, (words, done.stderr)
        assert not done.heavy, words
    assert {path.name for path in easel.iterdir()} == before


def test_what_the_network_has_not_is_refused(ask: Any, easel: Path) -> None:
    before = {path.name for path in easel.iterdir()}
    for words, why in {
        ("invert", "a.png", "--layer", "tpo"): "did you mean 'top'",
        ("invert", "a.png", "--layer", "dense"): "has no rows and columns",
        ("style", "a.png", "b.png", "--style-layer", "tpo"): "did you mean 'top'",
    }.items():
        done = ask(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert why in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert {path.name for path in easel.iterdir()} == before


def test_defaults_of_commands_are_those_of_the_functions() -> None:
    import zoomdream
    from zoomdream.cli.stills.imagine import invert, style, texture

    pairs = [
        (invert.invert, zoomdream.still.invert, ("steps", "size", "canvas", "smoothness", "seed")),
        (texture.texture, zoomdream.still.texture, ("steps", "size", "scale", "seed")),
        (texture.texture, zoomdream.still.neighbour_texture, ("window", "tolerance", "scale", "seed")),
        (style.style, zoomdream.still.style, ("steps", "size", "strength", "scale", "keep_colour", "start", "seed")),
    ]
    for command, function, options in pairs:
        defaults = {option.name: option.default for option in command.params}
        for name in options:
            own = signature(function).parameters[name].default
            told = str(own[0]) if isinstance(own, tuple) else own
            assert defaults[name] == told or (told is None and not isinstance(defaults[name], str | int)), name
