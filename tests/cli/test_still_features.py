"""``zoomdream still``: the kinds that show features write and tell what is promised, and lose nothing on the way."""

import csv
import inspect
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from shutil import copy
from typing import Any

import click
import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from tests.cli.command import here, one_by_one
from tests.cli.test_still_files import contents
from zoomdream import still as stills
from zoomdream.cli.still import KINDS, still
from zoomdream.network.catalogue import load_network
from zoomdream.picture.fit import Fit
from zoomdream.picture.image import load_image
from zoomdream.reel.provenance import read_metadata

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

FEATURES = {"filters": "filters", "activations": "activations", "patches": "patches", "neighbours": "neighbours",
            "map": "map_folder"}  # fmt: skip
FOLDERS = {"patches": ("--neuron", "top:3"), "neighbours": (), "map": ()}
"""Kinds that look at a folder, and what they have to be told."""


def grain(path: Path, seed: int) -> None:
    soft = cv2.GaussianBlur(np.random.default_rng(seed).random((40, 50, 3), np.float32), (0, 0), 2)
    Pillow.fromarray(np.rint(255 * np.clip(0.5 + 4 * (soft - 0.5), 0, 1)).astype(np.uint8)).save(path)


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that holds ``photos``, with eight pictures in it and in a folder in that."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "photos" / "more").mkdir(parents=True)
    for number in range(8):
        grain(tmp_path / "photos" / ("more" if number > 5 else "") / f"{number}.png", number)
    return tmp_path


@pytest.fixture
def ask(photos: Path, flat: tuple[str, ...]) -> Any:
    """Return a function (kind, words) → what the command answers about those pictures."""

    def run(kind: str, *words: object) -> subprocess.CompletedProcess:
        asked = {"neighbours": ("photos/0.png", "photos"), "filters": (), "activations": ("photos/0.png",)}
        given = asked.get(kind, ("photos",))
        index = () if kind in ("filters", "activations") else ("--index", "index")
        return here("still", kind, *given, *index, *flat, *words, folder=photos)

    return run


def test_every_kind_is_there_for_python_with_the_same_defaults():
    assert {kind for kind, (module, _) in KINDS.items() if ".features." in module} == set(FEATURES)
    for kind, name in FEATURES.items():
        words = {
            "patches": ["p", "--neuron", "a:1"],
            "neighbours": ["a.png", "p"],
            "activations": ["a.png", "--layer", "a"],
        }
        found = still.get_command(click.Context(still), kind)
        ours = found.make_context(kind, words.get(kind, ["p"] if kind == "map" else [])).params
        theirs = inspect.signature(getattr(stills, name)).parameters.values()
        shared = {one.name: one.default for one in theirs if one.kind is one.KEYWORD_ONLY and one.name in ours}
        assert shared or kind == "filters"
        assert {name: ours[name] for name in shared} == shared, kind


# What is written and told.


def test_filters_of_the_first_layer_are_a_picture_and_an_array(ask, photos):
    done = ask("filters", "-o", "f.png", "-o", "f.npy", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    (told,) = json.loads(done.stdout)
    assert (told["layer"], told["filters"], told["inputs"], told["colours"]) == ("one", 8, 3, True)
    assert told["files"] == ["f.png", "f.npy"]
    assert np.load(photos / "f.npy").shape == (8, 3, 3, 3)
    assert read_metadata(photos / "f.png")["command"] == "still filters"
    colours = load_image(photos / "f.png")
    assert np.ptp(colours, axis=2).max() > 0.2


def test_filters_of_a_deeper_layer_are_grey(ask, photos):
    done = ask("filters", "--layer", "top", "--most", 5, "--order", "strength")
    assert done.stdout == "top: 12 filters of 3×3 over 12 channels; wrote flat-top-filters.png\n"
    assert np.ptp(load_image(photos / "flat-top-filters.png"), axis=2).max() < 0.05


def test_activations_are_the_networks_own(ask, photos, own):
    done = ask("activations", "--layer", "top", "-o", "a.png", "-o", "a.npy", "-o", "a.npz", "--most", 4, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    (told,) = json.loads(done.stdout)
    found = np.load(photos / "a.npy")
    assert found.shape == (told["rows"], told["columns"], told["channels"]) == (16, 16, 12)
    network = load_network(str(own / "flat.keras"), input_range="-1..1")
    image = load_image(photos / "photos" / "0.png")
    seen = Fit((40, 50), (32, 32)).to(image)[None]
    np.testing.assert_allclose(found, np.asarray(network.activations(seen, {"top"})["top"])[0], atol=1e-4)
    with np.load(photos / "a.npz") as arrays:
        np.testing.assert_array_equal(arrays["top"], found)
    strongest = np.argsort(-np.square(found).mean((0, 1)))[:4]
    assert [one["channel"] for one in told["shown"]] == strongest.tolist()
    assert load_image(photos / "a.png").shape[1] > 2 * 112
    made = read_metadata(photos / "a.png")
    assert (made["command"], made["image"], made["layer"]) == ("still activations", "photos/0.png", "top")


def test_patches_are_told_with_their_places(ask, photos, own):
    done = ask("patches", "--neuron", "top:3", "--most", 6, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert len(told) == 6
    network = load_network(str(own / "flat.keras"), input_range="-1..1")
    for one in told:
        seen = Fit((40, 50), (32, 32)).to(load_image(photos / one["picture"]))[None]
        found = np.asarray(network.activations(seen, {"top"})["top"])[0, one["row"], one["column"], 3]
        assert one["activation"] == pytest.approx(found, rel=1e-4)
        assert one["field"]["left"] <= one["box"]["left"]
        assert one["field"]["width"] >= one["box"]["width"] > 0
    made = read_metadata(photos / "photos-patches.png")
    assert (made["command"], made["neuron"], made["most"], made["field"]) == ("still patches", "top:3", 6, 0.9)
    table = ask("patches", "--neuron", "top:3", "--most", 6, "-o", "again.png").stdout
    assert table.startswith("photos: top:3; wrote again.png\nactivation")
    assert f"{told[0]['activation']:.3f}" in table
    assert (photos / "again.png").read_bytes() == (photos / "photos-patches.png").read_bytes()


def test_neighbours_begin_with_the_picture_itself(ask, photos):
    done = ask("neighbours", "--most", 3, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    (told,) = json.loads(done.stdout)
    for row in (told["features"], told["pixels"]):
        assert row[0] == {"picture": "photos/0.png", "distance": 0}
        assert len(row) == 3
    assert (told["layer"], told["files"]) == ("top", ["0-neighbours.png"])
    height, width = load_image(photos / "0-neighbours.png").shape[:2]
    assert width > 3 * 160
    assert height > 2 * 128


def test_rows_of_neighbours_are_as_long_as_each_other(photos):
    from zoomdream.cli.stills.features.show_neighbours import draw
    from zoomdream.still.features.neighbours import Neighbour, Neighbours

    itself, *others = (Neighbour(photos / "photos" / f"{number}.png", 0.0) for number in range(4))
    plain = draw(itself.path, Neighbours([itself, *others[:2]], [itself, *others[1:]]))
    twins = draw(itself.path, Neighbours([others[0], itself, others[1]], [itself, *others[1:]]))
    crowded = draw(itself.path, Neighbours(others, [itself, *others[1:]]))
    assert plain.shape == twins.shape == crowded.shape


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize("layout", ["cloud", "grid"])
def test_a_map_is_a_picture_and_a_table(ask, photos, method, layout):
    words = ("--method", method, "--layout", layout, "--side", 300, "-o", "m.png", "-o", "m.csv")
    done = ask("map", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "photos: 8 pictures by top; wrote m.png, m.csv\n"
    rows = list(csv.DictReader((photos / "m.csv").read_text().splitlines()))
    assert [row["file"] for row in rows] == [
        *(f"photos/{n}.png" for n in range(6)),
        "photos/more/6.png",
        "photos/more/7.png",
    ]
    places = np.asarray([(row["x"], row["y"]) for row in rows], float)
    assert places.std(0).min() > 0
    assert max(load_image(photos / "m.png").shape[:2]) <= 300
    before = (photos / "m.csv").read_bytes()
    assert ask("map", *words, "--force").returncode == 0
    assert (photos / "m.csv").read_bytes() == before


@pytest.mark.parametrize("kind", FOLDERS)
def test_what_was_drawn_of_a_folder_is_not_one_of_its_pictures(ask, photos, kind):
    words = (*FOLDERS[kind], "-o", "photos/more/drawn.png", "--json")
    first = ask(kind, *words)
    assert (first.returncode, first.stderr) == (0, "")
    again = ask(kind, *words, "--force")
    assert (again.returncode, again.stdout, again.stderr) == (0, first.stdout, "")
    assert ask("map", "--method", "pca").stdout.startswith("photos: 8 pictures by top")


def test_a_folder_of_nothing_but_drawings_holds_no_picture(ask, photos, flat):
    (photos / "drawn").mkdir()
    assert ask("map", "-o", "drawn/map.png").returncode == 0
    done = here("still", "map", "drawn", "--index", "index", *flat, folder=photos)
    assert done.returncode == 2
    assert done.stderr == "Error: The folder drawn holds no picture but sheets and maps that were drawn of others.\n"


# The index.


def test_the_index_is_in_the_cache_of_the_user_unless_one_is_named(photos, flat):
    done = here("still", "map", "photos", *flat, "--method", "pca", folder=photos)
    assert done.returncode == 0, done.stderr
    kept = [path for path in (photos / "cache").rglob("*") if path.is_file()]
    assert len(kept) == 1 or sys.platform != "linux"
    assert not (photos / "index").exists()


def test_a_second_run_reads_the_index_and_no_picture(ask, photos, monkeypatch):
    assert ask("neighbours", "--most", 3).returncode == 0
    from zoomdream.still.features import scan

    seen = []
    look = scan.Scan.see
    monkeypatch.setattr(scan.Scan, "see", lambda self, path: seen.append(path.name) or look(self, path))
    assert ask("neighbours", "--most", 3, "--force").returncode == 0
    assert seen == []
    grain(photos / "photos" / "2.png", 99)
    os.utime(photos / "photos" / "2.png", (5, 5))
    assert ask("neighbours", "--most", 3, "--force").returncode == 0
    assert seen == ["2.png"]


KILLED = """
import os, sys
from zoomdream.cli.main import main
from zoomdream.still.features import index
keep = index.Index.keep
def once(self, *given):
    keep(self, *given)
    print("kept", flush=True)
    sys.stdin.readline()
index.Index.keep = once
sys.argv = ["zoomdream", *sys.argv[1:]]
main()
"""


@pytest.mark.skipif(os.name != "posix", reason="a signal that cannot be caught")
def test_a_run_that_is_killed_goes_on_where_it_was(ask, photos, flat, monkeypatch):
    for number in range(8, 20):
        grain(photos / "photos" / f"{number}.png", number)
    words = ("still", "map", "photos", "--index", "index", *flat, "--method", "pca")
    running = subprocess.Popen([sys.executable, "-c", KILLED, *words], cwd=photos, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
    assert running.stdout.readline() == "kept\n"
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert not list(photos.glob("*.png"))
    from zoomdream.still.features import scan

    seen = []
    look = scan.Scan.see
    monkeypatch.setattr(scan.Scan, "see", lambda self, path: seen.append(path.name) or look(self, path))
    done = ask("map", "--method", "pca")
    assert (done.returncode, len(seen)) == (0, 4)
    assert "20 pictures" in done.stdout


# What cannot be done.


@pytest.mark.parametrize("kind", FOLDERS)
def test_what_cannot_be_read_is_said_and_the_others_are_done(ask, photos, kind):
    (photos / "photos" / "1.png").write_text("no picture")
    (photos / "photos" / "more" / "7.png").write_bytes((photos / "photos" / "more" / "7.png").read_bytes()[:500])
    done = ask(kind, *FOLDERS[kind], "-o", "out.png", "--json")
    assert done.returncode == 1
    skipped, damaged, last = done.stderr.splitlines()
    assert skipped.startswith("Skipped: photos/1.png is not a picture")
    assert damaged.startswith("Skipped: photos/more/7.png is damaged")
    assert last == "Error: 2 of 8 pictures could not be done; the others are."
    told = json.loads(done.stdout)
    assert "photos/1.png" not in json.dumps(told)
    assert "photos/2.png" in json.dumps(told)
    assert load_image(photos / "out.png").size


@pytest.mark.parametrize("kind", FOLDERS)
def test_links_that_lead_nowhere_are_said_and_counted(ask, photos, kind):
    (photos / "photos" / "circle.png").symlink_to("circle.png")
    (photos / "photos" / "gone.png").symlink_to("nothing")
    done = ask(kind, *FOLDERS[kind])
    assert done.returncode == 1
    assert [line.partition(" (")[0] for line in done.stderr.splitlines()] == [
        "Skipped: photos/circle.png cannot be read",
        "Skipped: photos/gone.png cannot be read",
        "Error: 2 of 10 pictures could not be done; the others are.",
    ]


@pytest.mark.parametrize("kind", FOLDERS)
def test_every_name_is_a_name(ask, photos, kind):
    (photos / "photos" / "b[").mkdir()
    for number, name in enumerate(("[b]:cat:.png", "b[/b].png", "50%.png", "two\nlines.png", "日本.png")):
        grain(photos / "photos" / name, number + 20)
    words = ("--most", 40) if kind != "map" else ("-o", "m.csv", "-o", "m.png")
    done = ask(kind, *FOLDERS[kind], *words)
    assert (done.returncode, done.stderr) == (0, "")
    told = (photos / "m.csv").read_text() if kind == "map" else done.stdout
    for name in ("[b]:cat:.png", "b[/b].png", "50%.png", "日本.png"):
        assert f"photos/{name}" in told


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_of_which_nothing_can_be_read_is_refused(ask, photos, flat, kind):
    for path in (photos / "photos").rglob("*.png"):
        if kind != "neighbours" or path.name != "0.png":
            path.write_text("no picture")
    if kind == "neighbours":  # of a picture that can be read
        (photos / "photos" / "0.png").rename(photos / "a.png")
        (photos / "photos" / "0.png").write_text("no picture")
        done = here("still", kind, "a.png", "photos", "--index", "index", *flat, folder=photos)
    else:
        done = ask(kind, *FOLDERS[kind])
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("Error: None of the 8 pictures")
    assert not list(photos.glob("*-*.png"))


AT_ONCE: dict[str, tuple[tuple[Any, ...], str]] = {
    "no such folder": (("map", "gone"), "There is no folder gone"),
    "empty folder": (("map", "nothing"), "The folder nothing holds no picture"),
    "a file as folder": (("patches", "photos/0.png", "--neuron", "a:1"), "photos/0.png is a file: name the folder"),
    "one picture for neighbours": (("map", "one"), "t-SNE needs at least two pictures"),
    "no neuron": (("patches", "photos"), "Missing option '--neuron'"),
    "no address": (("patches", "photos", "--neuron", "@@"), "'@@' is not an address"),
    "no layer": (("activations", "photos/0.png"), "Missing option '--layer'"),
    "text as image": (("activations", "text.png", "--layer", "one"), "text.png is not a picture"),
    "text to find neighbours of": (("neighbours", "text.png", "photos"), "text.png is not a picture"),
    "missing picture": (("neighbours", "gone.png", "photos"), "There is no picture at gone.png"),
    "missing network": (("filters", "--network", "gone.keras"), "gone.keras"),
    "suffix of filters": (("filters", "-o", "f.jpg"), ".png or .npy"),
    "suffix of a map": (("map", "photos", "-o", "m.npy"), ".png or .csv"),
    "suffix of patches": (("patches", "photos", "--neuron", "a:1", "-o", "m.csv"), ".png here"),
    "existing file": (("map", "photos", "-o", "there.png"), "there.png exists; --force"),
    "one of the pictures": (("map", "photos", "-o", "photos/0.png", "--force"), "one of the pictures themselves"),
    "one name twice": (("map", "photos", "-o", "m.png", "-o", "./m.png"), "written twice"),
    "no folder to write in": (("map", "photos", "-o", "gone/m.png"), "There is no folder"),
    "no index": (("map", "photos", "--index", "text.png"), "text.png is no index"),
    "no folder for the index": (("map", "photos", "--index", "gone/index"), "gone for the index"),
    "a folder as index": (("map", "photos", "--index", "photos"), "photos is not an ordinary file"),
    "no such method": (("map", "photos", "--method", "umap"), "'tsne'"),
    "too large": (("patches", "photos", "--neuron", "a:1", "--side", "4096"), "--side"),
    "no share": (("patches", "photos", "--neuron", "a:1", "--field", "0"), "--field"),
    "no seed": (("map", "photos", "--seed", "-1"), "--seed"),
}


def test_what_shows_at_once_is_refused_at_once(photos):
    """All in one process, that has not imported a tensor library in the end."""
    (photos / "nothing" / "inner").mkdir(parents=True)
    (photos / "one").mkdir()
    copy(photos / "photos" / "0.png", photos / "one")
    copy(photos / "photos" / "0.png", photos / "there.png")
    (photos / "text.png").write_text("not a picture")
    before = contents(photos)
    commands = [("still", *words) for words, _ in AT_ONCE.values()]
    for done, (case, (_, said)) in zip(one_by_one(commands, photos), AT_ONCE.items(), strict=True):
        assert (done.returncode, done.stdout) == (2, ""), (case, done)
        assert said in done.stderr, (case, done.stderr)
        assert done.stderr.splitlines()[-1].startswith("Error: "), (case, done.stderr)
        assert not done.heavy, case
    assert {name: kept for name, kept in contents(photos).items() if not name.startswith("cache")} == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("filters", "--layer", "tpo"), "did you mean 'top'"),
        (("filters", "--layer", "pool"), "has no kernels of its own"),
        (("activations", "--layer", "tpo"), "did you mean 'top'"),
        (("activations", "--layer", "dense"), "no rows and columns"),
        (("patches", "--neuron", "tpo:1"), "did you mean 'top'"),
        (("patches", "--neuron", "top"), "top is a whole layer: name one of its neurons"),
        (("patches", "--neuron", "top:12"), "has channels 0 to 11"),
        (("patches", "--neuron", "top:1@16,0"), "rows 0 to 15"),
        (("patches", "--neuron", "class:9"), "has classes 0 to 4"),
        (("neighbours", "--layer", "tpo"), "did you mean 'top'"),
        (("map", "--layer", "dense"), "no rows and columns"),
    ],
)
def test_what_the_network_lacks_is_named(ask, photos, words, said):
    before = contents(photos)
    done = ask(*words)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert said in line
    assert {name: kept for name, kept in contents(photos).items() if name != "index"} == before


def test_how_far_a_long_scan_is_is_said_now_and_then(ask, photos, monkeypatch):
    from zoomdream.cli import progress

    monkeypatch.setattr(progress, "EVERY", 0)
    done = ask("map", "--method", "pca")
    assert done.returncode == 0
    assert done.stderr.startswith("picture 8/8, ")
    assert "pictures/s, 0 s left" in done.stderr


def test_light_halves_are_light(photos):
    began = time.monotonic()
    commands = [("still", kind, "--help") for kind in FEATURES]
    for done in one_by_one(commands, photos):
        assert (done.returncode, done.heavy) == (0, False)
    assert time.monotonic() - began < 60
