"""``zoomdream movie`` and ``loop`` as people run them."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.cli.command import HEAVY, SMALL, here, imported, one_by_one, zoomdream
from zoomdream.reel import probe, read_frames, read_metadata

AROUND = ("--size", "128x96", "--fps", 12, "--seconds", 6, "--set", "overlap=2.5", "--set", "dream.lines=96")
IN_A_ROW = {
    "a film": ("movie", "reef", *SMALL, "-o", "a.mp4", "--preview", "now.png"),
    "another seed": ("movie", "reef", *SMALL, "--seed", 5, "--set", "camera.zoom=2", "-o", "b.mkv"),
    "a loop": ("loop", "reef", *AROUND, "-o", "loop.mp4"),
    "pictures": ("movie", "wanderer", *SMALL, "-o", "pictures/"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make films one after the other in one process; return their folder, and how the commands ended."""
    folder = tmp_path_factory.mktemp("made")
    return folder, dict(zip(IN_A_ROW, one_by_one([*IN_A_ROW.values()], folder), strict=True))


def test_a_film_is_what_was_asked_for(made):
    folder, ended = made
    assert ended["a film"].returncode == 0, ended["a film"].stderr
    assert "a.mp4: 12 frames of 64x48" in ended["a film"].stdout
    film = probe(folder / "a.mp4")
    assert (film.frames, film.width, film.height, film.fps) == (12, 64, 48, 12)
    assert sorted(path.name for path in folder.iterdir()) == ["a.mp4", "b.mkv", "loop.mp4", "now.png", "pictures"]
    assert np.mean([frame.std() for frame in read_frames(folder / "a.mp4")]) > 20


def test_the_file_says_what_made_it(made):
    told = read_metadata(made[0] / "b.mkv")
    assert (told["seed"], told["film"]["camera"]["zoom"], told["size"]) == (5, 2.0, [64, 48])
    assert told["network"]["weights"].startswith("57934424")
    assert {"zoomdream", "tensorflow", "numpy"} <= set(told["versions"])


def test_a_loop_closes(made):
    folder, ended = made
    assert ended["a loop"].returncode == 0, ended["a loop"].stderr
    assert float(re.search(r"Seam score (\d+\.\d+)", ended["a loop"].stdout)[1]) <= 1.1
    assert probe(folder / "loop.mp4").frames == 72


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Make a film in a process of its own; return its folder, and how the command ended."""
    folder = tmp_path_factory.mktemp("alone")
    words = ("movie", "wanderer", *SMALL, "-o", "frames/", "--preview", "frames.png")
    return folder, zoomdream(*words, folder=folder)


def test_the_same_command_gives_the_same_frames_whatever_was_made_before(made, alone):
    first, second = (np.array(list(read_frames(place))) for place in (alone[0] / "frames", made[0] / "pictures"))
    assert len(first) == 12
    assert (first == second).all()


def test_a_preview_beside_the_folder_of_the_film_is_fine(alone):
    folder, ended = alone
    assert ended.returncode == 0, ended.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["frames", "frames.png"]
    assert len(list((folder / "frames").iterdir())) == 12


def test_plain_lines_without_a_terminal(alone):
    done = alone[1]
    assert re.search(r"^frame 12/12, [\d.]+ keys/s, \d+ s elapsed, 0 s left, block\d+:\d+$", done.stderr, re.MULTILINE)
    assert "\x1b" not in done.stderr + done.stdout
    assert not re.search(r"WARNING|^[IWE]\d{4} ", done.stderr, re.MULTILINE)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_playable_film(tmp_path, number, status):
    command = [sys.executable, "-m", "zoomdream", "movie", "reef", "--seconds", "600", "--size", "64x48"]
    command += ["--set", "dream.lines=48", "--set", "start.warmup=0", "-o", "a.mp4", "--preview", "now.png"]
    running = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not (tmp_path / "now.png").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.5)
    running.send_signal(number)
    assert running.wait(60) == status
    assert 1 <= probe(tmp_path / "a.mp4").frames < 18000
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.zoomdream", "a.mp4", "now.png"]


REFUSALS = {
    "unknown preset": (("movie", "reeef"), "did you mean 'reef'"),
    "unknown command": (("moovie",), "did you mean 'movie'"),
    "unknown key": (("movie", "reef", "--set", "camera.zom=2"), "camera.zom"),
    "wrong value": (("movie", "reef", "--set", "camera.zoom=-1"), "camera.zoom"),
    "not a number": (("movie", "reef", "--set", "camera.zoom=nan"), "camera.zoom"),
    "not an address": (("movie", "reef", "--set", "score.neurons=@@"), "not an address"),
    "zero seconds": (("movie", "reef", "--seconds", "0"), "seconds"),
    "odd size": (("movie", "reef", "--size", "641x360"), "640x360"),
    "no size": (("movie", "reef", "--size", "big"), "WIDTHxHEIGHT"),
    "unknown suffix": (("movie", "reef", "-o", "a.avi"), ".avi"),
    "no such folder": (("movie", "reef", "-o", "nowhere/a.mp4"), "nowhere"),
    "existing file": (("movie", "reef", "-o", "there.mp4"), "--force"),
    "text as start": (("movie", "reef", "--start", "text.png"), "text.png"),
    "empty start": (("movie", "reef", "--start", "empty.png"), "empty.png"),
    "truncated start": (("movie", "reef", "--start", "cut.png"), "cut.png"),
    "missing start": (("movie", "reef", "--start", "gone.png"), "gone.png"),
    "missing image": (("movie", "reef", "--set", "start.image=gone.png"), "gone.png"),
    "loop from an image": (("loop", "reef", "--set", "start.image=whole.png"), "cannot begin with a picture"),
    "loop from a start": (("loop", "reef", "--start", "whole.png"), "cannot begin with a picture"),
    "missing palette": (("movie", "reef", "--set", "grade.towards=gone.png"), "gone.png"),
    "unknown network": (("movie", "reef", "--network", "vgg17"), "did you mean 'vgg1"),
    "not a network": (("movie", "reef", "--network", "text.h5"), ".keras"),
    "missing weights": (("movie", "reef", "--weights", "gone.h5"), "gone.h5"),
    "preview not png": (("movie", "reef", "--preview", "a.txt"), "--preview"),
    "crf without meaning": (("movie", "reef", "-o", "a.gif", "--crf", "20"), "crf"),
    "loop length": (("loop", "reef", "--seconds", "4.03"), "4 s"),
}


@pytest.fixture
def around(tmp_path):
    """A folder with files to stumble over."""
    (tmp_path / "there.mp4").write_bytes(b"mine")
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "text.h5").write_text("not a network")
    (tmp_path / "empty.png").touch()
    whole = tmp_path / "whole.png"
    import imageio.v3 as iio

    iio.imwrite(whole, np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:2000])
    return tmp_path


def test_bad_input_is_refused_at_once(around):
    """All in one process, that has not imported a tensor library in the end."""
    before = {path.name: path.read_bytes() for path in around.iterdir()}
    commands = [words for words, _ in REFUSALS.values()]
    for done, (case, (_, said)) in zip(one_by_one(commands, around), REFUSALS.items(), strict=True):
        assert (done.returncode, done.stdout) == (2, ""), (case, done)
        assert said in done.stderr, (case, done.stderr)
        assert done.stderr.splitlines()[-1].startswith("Error: "), (case, done.stderr)
        assert not done.heavy, case
    assert {path.name: path.read_bytes() for path in around.iterdir()} == before


@pytest.mark.parametrize("case", ["unknown preset", "existing file"])
def test_bad_input_ends_a_process(around, case):
    words, said = REFUSALS[case]
    done = zoomdream(*words, folder=around, imports=True)
    spoken = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("import time:"))
    assert done.returncode == 2, spoken
    assert said in spoken
    assert "Traceback" not in spoken
    assert not imported(done.stderr) & HEAVY


NOT_THERE = {
    ("--set", "score.neurons=blok9:2"): "did you mean 'block9'",
    ("--set", "score.neurons=block9:500"): "0 to 111",
    ("--set", "score.neurons=class:zebrra"): "zebra",
    ("--network", "mobilenet_v3_small"): "The network mobilenet_v3_small has no layer 'block9'",
}


def test_a_place_that_is_not_there_is_named_before_weights_are_downloaded(tmp_path, monkeypatch):
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    for name, value in {**nowhere, "no_proxy": "", "NO_PROXY": "", "KERAS_HOME": str(tmp_path / "keras")}.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "films"
    folder.mkdir()
    commands = [("movie", "reef", *SMALL, *words) for words in NOT_THERE]
    for done, said in zip(one_by_one(commands, folder), NOT_THERE.values(), strict=True):
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert "download" not in done.stderr
    assert not list(folder.iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    done = zoomdream("movie", "reef", *SMALL, folder=tmp_path)
    assert done.returncode == 2
    assert "write" in done.stderr


def test_keys_that_could_not_be_dreamt_are_told_once_and_counted(tmp_path):
    silent = ("--seconds", 2, "--fps", 4, "--size", "64x48", "--set", "dream.lines=48", "--set", "dream.keys=4")
    score = ("--set", 'score.neurons=["0 block9:2"]', "--set", "start.warmup=0")
    run = here("movie", "reef", *silent, *score, "-o", "a.mp4", folder=tmp_path)
    assert run.returncode == 0 and probe(tmp_path / "a.mp4").frames == 8
    assert run.stderr.count("the film goes on without it") == 1
    assert "8 of its keys could not be dreamt." in run.stderr
