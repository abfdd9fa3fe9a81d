"""``zoomdream movie`` and ``loop`` as people run them."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.cli.command import HEAVY, SMALL, imported, zoomdream
from zoomdream.reel import probe, read_frames, read_metadata


def test_a_film_is_what_was_asked_for(tmp_path):
    done = zoomdream("movie", "reef", *SMALL, "-o", "a.mp4", "--preview", "now.png", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "a.mp4: 12 frames of 64x48" in done.stdout
    film = probe(tmp_path / "a.mp4")
    assert (film.frames, film.width, film.height, film.fps) == (12, 64, 48, 12)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "now.png"]
    assert np.mean([frame.std() for frame in read_frames(tmp_path / "a.mp4")]) > 20


def test_the_file_says_what_made_it(tmp_path):
    zoomdream("movie", "reef", *SMALL, "--seed", 5, "--set", "camera.zoom=2", "-o", "a.mkv", folder=tmp_path)
    made = read_metadata(tmp_path / "a.mkv")
    assert (made["seed"], made["film"]["camera"]["zoom"], made["size"]) == (5, 2.0, [64, 48])
    assert made["network"]["weights"].startswith("57934424")
    assert {"zoomdream", "tensorflow", "numpy"} <= set(made["versions"])


def test_the_same_command_twice_gives_the_same_frames(tmp_path):
    for name in ("a", "b"):
        assert zoomdream("movie", "wanderer", *SMALL, "-o", f"{name}/", folder=tmp_path).returncode == 0
    first, second = (np.array(list(read_frames(tmp_path / name))) for name in ("a", "b"))
    assert (first == second).all()


def test_a_loop_closes(tmp_path):
    options = ("--size", "128x96", "--fps", 12, "--seconds", 6, "--set", "overlap=2.5", "--set", "dream.lines=96")
    done = zoomdream("loop", "reef", *options, "-o", "l.mp4", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert float(re.search(r"Seam score (\d+\.\d+)", done.stdout)[1]) <= 1.1
    assert probe(tmp_path / "l.mp4").frames == 72


def test_plain_lines_without_a_terminal(tmp_path):
    done = zoomdream("movie", "reef", *SMALL, "-o", "a.gif", folder=tmp_path)
    assert re.search(r"^frame 12/12, [\d.]+ keys/s, \d+ s elapsed, 0 s left, block9:2$", done.stderr, re.MULTILINE)
    assert "\x1b" not in done.stderr + done.stdout
    assert not re.search(r"WARNING|^[IWE]\d{4} ", done.stderr, re.MULTILINE)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_playable_film(tmp_path, number, status):
    command = [sys.executable, "-m", "zoomdream", "movie", "reef", "--seconds", "600", "--size", "64x48"]
    command += ["--set", "dream.lines=48", "--set", "start.warmup=0", "-o", "a.mp4", "--preview", "now.png"]
    running = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not (tmp_path / "now.png").exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(2)
    running.send_signal(number)
    assert running.wait(60) == status
    assert 1 <= probe(tmp_path / "a.mp4").frames < 18000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "now.png"]


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


@pytest.mark.parametrize("words, said", REFUSALS.values(), ids=REFUSALS.keys())
def test_bad_input_is_refused_at_once(around, words, said):
    before = {path.name: path.read_bytes() for path in around.iterdir()}
    done = zoomdream(*words, folder=around, imports=True)
    spoken = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("import time:"))
    assert done.returncode == 2, spoken
    assert said in spoken
    assert "Traceback" not in spoken
    assert not imported(done.stderr) & HEAVY
    assert {path.name: path.read_bytes() for path in around.iterdir()} == before


@pytest.mark.parametrize(
    "neuron, said", [("blok9:2", "did you mean 'block9'"), ("block9:500", "0 to 111"), ("class:zebrra", "zebra")]
)
def test_a_place_that_is_not_there_is_named(tmp_path, neuron, said):
    done = zoomdream("movie", "reef", *SMALL, "--set", f"score.neurons={neuron}", folder=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_place_that_is_not_there_is_named_before_weights_are_downloaded(tmp_path):
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = nowhere | {"no_proxy": "", "NO_PROXY": "", "KERAS_HOME": str(tmp_path)}
    words = ("movie", "reef", *SMALL, "--network", "mobilenet_v3_small")
    done = zoomdream(*words, folder=tmp_path, environment=environment)
    assert done.returncode == 2, done.stderr
    assert "The network mobilenet_v3_small has no layer 'block9'" in done.stderr
    assert "download" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    done = zoomdream("movie", "reef", *SMALL, folder=tmp_path)
    assert done.returncode == 2
    assert "write" in done.stderr
