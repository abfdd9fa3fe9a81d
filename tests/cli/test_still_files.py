"""``zoomdream still``: many pictures in, files out, and whatever happens none is half written."""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from shutil import copy

import numpy as np
import pytest
from PIL import Image as Pillow
from rich.console import Console

from tests.cli.command import here, one_by_one
from zoomdream.cli import progress
from zoomdream.cli.stills import files, mapping

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


def contents(folder: Path) -> dict[str, bytes | None]:
    """Return the files and folders in a folder, and what is in the files."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def spoil(album: Path) -> None:
    """Add three files that are no pictures."""
    (album / "empty.png").touch()
    (album / "text.png").write_text("not a picture")
    (album / "cut.jpg").write_bytes((album / "a.jpg").read_bytes()[:20_000])


BAD = ("empty.png", "text.png", "cut.jpg")


@pytest.mark.parametrize("kind", ["saliency", "classify"])
def test_what_cannot_be_read_is_left_out_and_the_others_are_done(album, flat, kind):
    spoil(album)
    (album / "maps").mkdir()
    done = here("still", kind, ".", *flat, "-o", "maps/*-m.png", "--json", folder=album)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [["Skipped:", name] for name in sorted(BAD)]
    assert lines[3:] == ["Error: 3 of 5 pictures could not be done; the others are."]
    assert [one["picture"] for one in json.loads(done.stdout)] == ["a.jpg", "b.jpg"]
    assert sorted(path.name for path in (album / "maps").iterdir()) == ["a-m.png", "b-m.png"]


def test_nothing_that_can_be_read(album, flat):
    spoil(album)
    done = here("still", "saliency", *BAD, *flat, folder=album)
    assert done.returncode == 2
    assert done.stderr.splitlines()[3:] == ["Error: None of the 3 pictures could be done."]
    assert done.stdout == ""


def test_pictures_that_cannot_be_dreamt_of_are_left_out(album):
    import keras
    from keras import layers

    picture = keras.Input((None, None, 3))
    light = layers.Conv2D(1, 1, activation="relu", use_bias=False, kernel_initializer="ones", name="light")
    keras.Model(picture, light(picture)).save(album / "light.keras")
    for name in ("black", "night"):
        Pillow.new("RGB", (40, 30)).save(album / f"{name}.png")
    own = ("--network", "light.keras", "--input-range", "0..1", "--target", "light", "--steps", 1, "--octaves", 1)
    done = here("still", "dream", "black.png", "a.jpg", *own, folder=album)
    assert done.returncode == 1
    skipped, last = done.stderr.splitlines()
    assert skipped.startswith("Skipped: black.png: light of light.keras cannot be excited here")
    assert last == "Error: 1 of 2 pictures could not be done; the others are."
    assert (album / "a-dream.png").exists()
    done = here("still", "dream", "black.png", "night.png", *own, folder=album)
    assert (done.returncode, done.stderr.splitlines()[2:]) == (1, ["Error: 2 of 2 pictures could not be done."])
    done = here("still", "dream", "black.png", *own, folder=album)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)


@pytest.fixture
def logarithm(album: Path) -> tuple[str, ...]:
    """Return the options that ask a network whose classes are no numbers for ``black.png``, beside the photographs."""
    import keras
    from keras import layers, ops

    picture = keras.Input((32, 32, 3))
    places = layers.Conv2D(3, 8, strides=8, activation="relu", use_bias=False, kernel_initializer="ones")(picture)
    classes = layers.Dense(3)(ops.log(layers.GlobalAveragePooling2D()(places)))
    keras.Model(picture, classes).save(album / "log.keras")
    for name in ("a.jpg", "b.jpg"):
        with Pillow.open(album / name) as opened:
            opened.resize((90, 60)).save(album / name)
    Pillow.new("RGB", (40, 30)).save(album / "black.png")
    return ("--network", "log.keras", "--input-range", "0..1")


LEFT_OUT: dict[str, tuple[object, ...]] = {
    "saliency": (),
    "gradcam": (),
    "classify": ("-o", "*-classify.png"),
    "adversarial": ("--method", "fgsm", "-o", "*-adversarial.png"),
    "segment": (),
    "report": (),
}


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_a_picture_without_an_answer_is_left_out_and_the_others_are_done(album, logarithm, kind):
    copy(album / "black.png", album / "ab.png")
    before = contents(album).keys()
    done = here("still", kind, ".", *logarithm, *LEFT_OUT[kind], folder=album)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert [line.split(": ")[:2] for line in lines[:2]] == [["Skipped", "ab.png"], ["Skipped", "black.png"]]
    assert "log.keras computes is not finite" in lines[0]
    assert lines[2:] == ["Error: 2 of 4 pictures could not be done; the others are."]
    made = contents(album).keys() - before
    assert {Path(name).stem for name in made} == {f"a-{kind}", f"b-{kind}"}


def test_a_picture_alone_without_an_answer_is_told_once_and_the_numbers_stay_json(album, logarithm):
    done = here("still", "classify", "black.png", *logarithm, "--json", folder=album)
    assert (done.returncode, json.loads(done.stdout)) == (1, [])
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: black.png: What log.keras computes is not finite")


def test_numbers_that_json_does_not_have_are_null(capsys):
    with files.reporting([{"gap": float("nan"), "classes": [{"logit": float("-inf")}], "most": 2.5}], as_json=True):
        pass
    assert json.loads(capsys.readouterr().out) == [{"gap": None, "classes": [{"logit": None}], "most": 2.5}]


def test_a_picture_too_small_for_a_layer_is_left_out_whatever_comes_first(album):
    import keras
    from keras import layers

    picture = keras.Input((None, None, 3))
    keras.Model(picture, layers.Conv2D(2, 9, name="wide")(picture)).save(album / "wide.keras")
    for name in ("0", "1"):
        Pillow.new("RGB", (4, 4), "red").save(album / f"{name}.png")
    own = ("--network", "wide.keras", "--input-range", "0..1", "--steps", 1, "--octaves", 1, "--lines", 64)
    done = here("still", "dream", "0.png", "1.png", "a.jpg", *own, "--target", "wide", folder=album)
    assert (done.returncode, (album / "a-dream.png").exists()) == (1, True)
    lines = done.stderr.splitlines()
    assert [line.startswith(f"Skipped: {name}.png: wide of") for line, name in zip(lines, "01", strict=False)] == [
        True
    ] * 2
    assert lines[2:] == ["Error: 2 of 3 pictures could not be done; the others are."]
    done = here("still", "dream", "0.png", "a.jpg", *own, "--target", "wyde", folder=album)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_folders_are_looked_through_but_not_what_is_hidden(album, flat):
    copy(album / "a.jpg", album / ".hidden.jpg")
    (album / "folder.png").mkdir()
    (album / "notes.txt").touch()
    done = here("still", "classify", ".", *flat, "--json", folder=album)
    assert (done.returncode, done.stderr) == (0, "")
    assert [one["picture"] for one in json.loads(done.stdout)] == ["a.jpg", "b.jpg"]


def test_names_of_outputs(album, flat):
    copy(album / "a.jpg", album / "st*r [1] %d.jpg")
    (album / "maps").mkdir()
    names = ("-o", "maps/", "-o", "maps/*-*.NPZ", "-o", "*.npy")
    done = here("still", "saliency", "a.jpg", "st*r [1] %d.jpg", *flat, *names, folder=album)
    assert (done.returncode, done.stderr) == (0, "")
    stems = ("a", "st*r [1] %d")
    made = {f"maps/{stem}.png" for stem in stems} | {f"maps/{stem}-{stem}.NPZ" for stem in stems}
    assert contents(album).keys() == made | {f"{stem}.npy" for stem in stems} | {f"{stem}.jpg" for stem in stems} | {
        "b.jpg",
        "maps",
    }
    for line, stem in zip(done.stdout.splitlines(), stems, strict=True):
        assert line.endswith(f"wrote maps/{stem}.png, maps/{stem}-{stem}.NPZ, {stem}.npy")


def test_what_a_link_leads_to_is_written(album, flat):
    (album / "real").mkdir()
    (album / "real" / "old.npy").write_bytes(b"old")
    (album / "link.npy").symlink_to("real/old.npy")
    (album / "new.npy").symlink_to("real/none-yet")
    words = ("-o", "link.npy", "-o", "new.npy", "--force")
    done = here("still", "saliency", "a.jpg", *flat, *words, folder=album)
    assert (done.returncode, done.stderr) == (0, "")
    assert (album / "link.npy").is_symlink()
    assert (album / "new.npy").is_symlink()
    assert np.load(album / "real" / "old.npy").shape == np.load(album / "real" / "none-yet").shape == (300, 451)


KINDS = {
    "saliency": ("-o", "m.npy"),
    "gradcam": ("-o", "m.npz"),
    "guided": ("-o", "m.png"),
    "segment": ("-o", "m.png"),
    "classify": ("-o", "m.png"),
    "dream": ("-o", "m.jpg", "--target", "one", "--steps", 1, "--octaves", 1),
    "adversarial": ("-o", "m.png", "--method", "fgsm"),
    "report": ("-o", "m.html"),
}


def test_a_disk_that_is_full_leaves_things_as_they_were(album, flat):
    commands = [("still", kind, "a.jpg", *flat, *more, "--force") for kind, more in KINDS.items()]
    for name in ("m.npy", "m.npz", "m.png"):
        (album / name).write_bytes(b"what was there before")
    before = contents(album)
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, resource.RLIM_INFINITY))"
    for done in one_by_one(commands, album, full):
        output = done.args[done.args.index("-o") + 1]
        assert (done.returncode, done.stdout) == (1, ""), done
        assert done.stderr == f"Error: {output} could not be written (File too large).\n"
    assert contents(album) == before


def test_a_full_disk_keeps_what_was_told_before_it(album, flat, monkeypatch):
    real = mapping.save_image
    told = []

    def save(path: Path, image: np.ndarray) -> None:
        real(path, image)
        told.append(path)
        if len(told) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(mapping, "save_image", save)
    done = here("still", "saliency", "a.jpg", "b.jpg", *flat, "--json", folder=album)
    assert (done.returncode, done.stderr) == (
        1,
        "Error: b-saliency.png could not be written (No space left on device).\n",
    )
    assert [one["picture"] for one in json.loads(done.stdout)] == ["a.jpg"]
    assert contents(album).keys() == {"a.jpg", "b.jpg", "a-saliency.png"}


def _meanwhile(change: Callable[[Path], object], album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = mapping.save_image

    def save(path: Path, image: np.ndarray) -> None:
        change(album / "m.png")
        real(path, image)

    monkeypatch.setattr(mapping, "save_image", save)


def test_what_comes_meanwhile_is_left_alone(album, flat, monkeypatch):
    _meanwhile(lambda place: place.write_bytes(b"someone else's"), album, monkeypatch)
    done = here("still", "saliency", "a.jpg", *flat, "-o", "m.png", folder=album)
    assert done.returncode == 1
    assert "so the file is kept as" in done.stderr
    (kept,) = album.glob("m-*.png")
    assert (album / "m.png").read_bytes() == b"someone else's"
    with Pillow.open(kept) as opened:
        assert opened.format == "PNG"


def test_an_interruption_leaves_whole_files(album, flat, monkeypatch):
    def interrupt(place: Path) -> None:
        if (album / "a-saliency.png").exists():
            raise KeyboardInterrupt

    _meanwhile(interrupt, album, monkeypatch)
    done = here("still", "saliency", ".", *flat, "--json", folder=album)
    assert (done.returncode, done.stderr.strip()) == (130, "Stopped.")
    assert [one["picture"] for one in json.loads(done.stdout)] == ["a.jpg"]
    assert contents(album).keys() == {"a.jpg", "b.jpg", "a-saliency.png"}


@pytest.mark.parametrize("words", [("saliency", "-o", "*.npy"), ("classify",), ("classify", "--json")])
def test_a_bar_on_the_terminal_takes_nothing_from_the_output(album, flat, monkeypatch, words):
    plain = here("still", *words, ".", *flat, "--force", folder=album).stdout
    screen = io.StringIO()
    monkeypatch.setattr(progress, "Console", lambda stderr: Console(file=screen, force_terminal=True, width=100))
    done = here("still", *words, ".", *flat, "--force", folder=album)
    assert done.stdout == plain
    assert "a.jpg" in plain
    assert "pictures" in screen.getvalue()


def test_the_bar_is_gone_before_an_error_is_told(album, flat, monkeypatch):
    def fail(_: Path) -> None:
        raise OSError(28, "No space left on device")

    _meanwhile(fail, album, monkeypatch)
    screen = io.StringIO()
    monkeypatch.setattr(progress, "Console", lambda stderr: Console(file=screen, force_terminal=True, width=100))
    done = here("still", "saliency", ".", *flat, folder=album)
    assert "No space left" in done.stderr
    assert screen.getvalue().rindex("\x1b[?25h") > screen.getvalue().rindex("\x1b[?25l")  # the cursor is back


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_a_name_that_is_no_text(album, flat):
    name = os.fsdecode(b"caf\xe9.jpg")
    with Pillow.open(album / "a.jpg") as opened:
        opened.resize((60, 40)).save(album / name)
    for kind in ("saliency", "report"):
        done = here("still", kind, name, *flat, folder=album)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"wrote caf\\udce9-{kind}" in done.stdout
    made = {os.fsencode(path) for path in contents(album)}
    assert {b"caf\xe9-saliency.png", b"caf\xe9-report.html"} <= made
    assert "<h1>caf?.jpg</h1>" in (album / os.fsdecode(b"caf\xe9-report.html")).read_text()
