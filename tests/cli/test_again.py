"""``zoomdream again``: the real command line, made anew from what is written in a film."""

import json
import shutil

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.cli.command import here, zoomdream
from zoomdream.reel import probe, read_metadata
from zoomdream.reel.comparison import compare

SMALL = ("--seconds", 1, "--size", "64x48", "--fps", 12, "--set", "dream.lines=48", "--set", "start.warmup=0")


@pytest.fixture(scope="module")
def films(tmp_path_factory, cat):
    """Return a folder with a film of a photograph, in its own quality, and a loop."""
    folder = tmp_path_factory.mktemp("films")
    shutil.copy(cat, folder / "cat.jpg")
    assert (
        here("movie", "reef", *SMALL, "--start", "cat.jpg", "--crf", 28, "-o", "a.mp4", folder=folder).returncode == 0
    )
    assert here("loop", "reef", *SMALL, "--seed", 7, "-o", "b.webm", folder=folder).returncode == 0
    return folder


def test_a_film_is_made_again_in_a_fresh_process_to_the_same_frames_and_settings(films):
    run = zoomdream("again", "a.mp4", folder=films)
    assert run.returncode == 0 and "a-again.mp4: 12 frames" in run.stdout
    assert compare(films / "a.mp4", films / "a-again.mp4").same
    assert read_metadata(films / "a.mp4") == read_metadata(films / "a-again.mp4")
    assert (films / "a.mp4").read_bytes() == (films / "a-again.mp4").read_bytes()


def test_a_loop_is_verified_and_nothing_is_kept(films):
    before = sorted(films.iterdir())
    run = here("again", "b.webm", "--verify", folder=films)
    assert run.returncode == 0, run.stderr
    seam, verdict = run.stdout.splitlines()
    assert seam.startswith("Seam score") and verdict == "b.webm: 12 of 12 frames are the same."
    assert sorted(films.iterdir()) == before


def test_another_type_is_made_by_its_name(films):
    assert here("again", "b.webm", "-o", "c.gif", folder=films).returncode == 0
    assert probe(films / "c.gif").frames == 12


def test_frames_that_are_others_are_found(films, tmp_path):
    """A folder of PNGs keeps its recipe whoever paints over a frame."""
    assert here("movie", "reef", *SMALL, "-o", tmp_path / "frames", folder=films).returncode == 0
    path = tmp_path / "frames" / "000005.png"
    with Image.open(path) as picture:
        note = PngInfo()
        note.add_text("Comment", picture.info["Comment"])
        picture.rotate(180).save(path, pnginfo=note)
    run = here("again", "frames", "--verify", folder=tmp_path)
    assert run.returncode == 1 and "11 of 12 frames are the same, frame 5 differs most" in run.stdout


@pytest.mark.parametrize("also", [("-o", "c.mp4"), ("--force",), ("--resume",)])
def test_what_verifying_would_pass_over_is_refused(films, also):
    run = here("again", "a.mp4", "--verify", *also, folder=films)
    assert run.returncode == 2 and "--verify keeps nothing" in run.stderr


def test_what_is_there_already_is_kept(films):
    (films / "taken.mp4").write_text("mine")
    run = here("again", "a.mp4", "-o", "taken.mp4", folder=films)
    assert run.returncode == 2 and "--force" in run.stderr
    assert (films / "taken.mp4").read_text() == "mine"


def test_another_photograph_under_the_name_is_told(films, tmp_path):
    for name in ("a.mp4", "cat.jpg"):
        shutil.copy(films / name, tmp_path)
    with (tmp_path / "cat.jpg").open("ab") as photograph:
        photograph.write(b"more")
    run = here("again", "a.mp4", folder=tmp_path)
    assert run.returncode == 2 and "pictures.start.image was" in run.stderr
    (tmp_path / "cat.jpg").unlink()
    run = here("again", "a.mp4", folder=tmp_path)
    assert run.returncode == 2 and "cat.jpg" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


WHOLE = {"command": "movie", "network": {"weights": "0"}, "fps": "1", "size": [16, 16], "seed": 0}


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        (None, "says what made it"),
        ({"command": "neuron"}, "zoomdream still neuron"),
        ({"command": "movie"}, "not what this version writes"),
        ({"command": "movie", "network": {"weights": "random"}, "fps": "0/0", "size": [1, 1], "seed": 0}, "not what"),
        ({"command": "movie", "network": [], "fps": "1", "size": 3, "seed": None}, "not what"),
        ({**WHOLE, "encoding": [1]}, "not what"),
        (WHOLE, "describes no film"),
        ({**WHOLE, "film": "abc"}, "describes no film"),
        ({**WHOLE, "film": {"grade": {"towards": "/etc/passwd"}}}, "outside this folder"),
        ({**WHOLE, "film": {"network": "../x.keras"}}, "outside this folder"),
        ({**WHOLE, "film": {"seconds": -1}}, "seconds"),
    ],
)
def test_what_is_no_film_of_ours_is_refused_in_a_sentence(tmp_path, recipe, sentence):
    note = PngInfo()
    if recipe is not None:
        note.add_text("Comment", json.dumps({"zoomdream": recipe}))
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png", pnginfo=note)
    run = here("again", "x.png", folder=tmp_path)
    assert run.returncode == 2 and sentence in run.stderr and "Traceback" not in run.stderr
