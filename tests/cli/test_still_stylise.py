"""``zoomdream still stylise`` and ``train-style``: files, films, sound, signals, and what is refused."""

import re
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from shutil import copy

import numpy as np
import pytest

from tests.cli.command import here, one_by_one
from tests.reel.test_sound import beep_begins, samples, with_sound
from zoomdream.picture.image import load_image, save_image
from zoomdream.reel import encode, has_sound, probe, read_metadata

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


@pytest.fixture(scope="module")
def wave(tmp_path_factory):
    """Return the file of a tiny untrained style."""
    from zoomdream.still.faststyle.painter import painter
    from zoomdream.still.faststyle.style_file import save_style

    path = tmp_path_factory.mktemp("style") / "wave.keras"
    save_style(path, painter(4, 1), {"steps": 0})
    return path


@pytest.fixture
def film(tmp_path) -> Path:
    """Return a second of film, 64×48, 30000/1001 frames a second, with a beep."""
    return with_sound(tmp_path / "film.mp4", "aac")


def test_pictures_keep_their_sizes_and_bad_ones_are_skipped(wave, album, photo):
    save_image(album / "odd.png", photo[:37, :51])
    (album / "bad.jpg").write_text("no picture")
    (album / "out").mkdir()
    done = here("still", "stylise", wave, ".", "-o", "out/", folder=album)
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("Skipped") == 1
    assert "bad.jpg" in done.stderr
    assert sorted(path.name for path in (album / "out").iterdir()) == ["a-wave.png", "b-wave.png", "odd-wave.png"]
    assert load_image(album / "out" / "odd-wave.png").shape == (37, 51, 3)
    made = read_metadata(album / "out" / "odd-wave.png")
    assert (made["command"], made["style"], made["of"]) == ("still stylise", "wave", "odd.png")
    assert (load_image(album / "out" / "a-wave.png") == load_image(album / "out" / "b-wave.png")).all()


def test_a_film_keeps_frames_rate_and_sound(wave, film):
    before = probe(film)
    done = here("still", "stylise", wave, film, "--steady", 0.5, folder=film.parent)
    assert done.returncode == 0, done.stderr
    assert f"wrote film-wave.mp4, {before.frames} frames at 29.97 a second, with its sound" in done.stdout
    made = probe(film.parent / "film-wave.mp4")
    assert (made.frames, made.fps) == (before.frames, Fraction(30000, 1001))
    assert (made.width, made.height) == (64, 48)
    assert (samples(film.parent / "film-wave.mp4") == samples(film)).all()
    assert beep_begins(film.parent / "film-wave.mp4") == pytest.approx(0.5, abs=0.01)
    assert read_metadata(film.parent / "film-wave.mp4")["style"] == "wave"


def test_films_and_pictures_in_one_run(wave, film, photo):
    folder = film.parent
    save_image(folder / "photo.jpg", photo[:32, :40])
    encode(folder / "odd.gif", [photo[:33, n : n + 47] for n in range(3)], 10, (47, 33))
    save_image(folder / "still.gif", photo[:32, :40])
    (folder / "bad.mp4").write_text("no film")
    done = here("still", "stylise", wave, "film.mp4", "photo.jpg", "odd.gif", "still.gif", "bad.mp4", folder=folder)
    assert done.returncode == 1, done.stderr
    assert "Skipped: bad.mp4 cannot be decoded" in done.stderr
    made = {path.name for path in folder.glob("*-wave*")}
    assert made == {"film-wave.mp4", "photo-wave.png", "odd-wave.gif", "still-wave.png"}
    odd = probe(folder / "odd-wave.gif")
    assert (odd.frames, odd.width, odd.height, odd.fps) == (3, 47, 33, 10)
    assert not has_sound(folder / "odd-wave.gif")


def test_the_sound_that_a_film_has_not_is_not_told(wave, film, photo):
    encode(film.parent / "mute.mp4", [photo[:48, :64]] * 3, 10, (64, 48))
    done = here("still", "stylise", wave, "mute.mp4", folder=film.parent)
    assert (done.stdout, done.stderr) == ("mute.mp4: wrote mute-wave.mp4, 3 frames at 10 a second\n", "")
    done = here("still", "stylise", wave, "film.mp4", "-o", "film.gif", folder=film.parent)
    assert done.stdout.endswith(" a second, without its sound: a .gif has none\n")


def test_planning_takes_twice_as_long_for_twice_as_many(wave, tmp_path, monkeypatch):
    from zoomdream.cli.stills.faststyle.request import check

    counts, resolve = [], Path.resolve

    def counted(path, strict=False):
        counts[-1] += 1
        return resolve(path, strict)

    monkeypatch.setattr(Path, "resolve", counted)
    for most in (50, 100):
        for number in range(most):
            (tmp_path / f"{number}.jpg").touch()
        counts.append(0)
        request = check(str(wave), [tmp_path], [f"{tmp_path}/x-*.png"], steady=0, codec=None, crf=None, force=False)
        assert {task.files[0].name for task in request.pictures} == {f"x-{number}.png" for number in range(most)}
    assert counts[1] < 2.5 * counts[0]


def test_a_signal_leaves_a_film_that_plays(wave, tmp_path):
    with_sound(tmp_path / "long.mkv", "flac", seconds=60, size="640x360")
    command = [sys.executable, "-m", "zoomdream", "still", "stylise", str(wave), "long.mkv"]
    running = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert re.match(r"frame \d+/1799, \d+ s elapsed, \d+ s left$", running.stderr.readline())
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=60)[1]
    assert running.returncode == 130, said
    assert "long-wave.mkv holds what there is." in said
    made = probe(tmp_path / "long-wave.mkv")
    assert 1 <= made.frames < 1799
    assert len(samples(made.path)) / 8000 == pytest.approx(made.seconds, abs=0.6)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long-wave.mkv", "long.mkv"]


def test_a_style_is_trained_resumed_and_used(own, album, photo):
    save_image(album / "style.png", photo[:40, 100:160])
    (album / "photos" / "more").mkdir(parents=True)
    copy(album / "a.jpg", album / "photos" / "more")
    (album / "photos" / "bad.jpg").write_text("no picture")
    judge = ("--network", own / "flat.keras", "--style-layer", "one", "--content-layer", "one", "--crop", 32)
    small = ("--style-size", 32, "--batch", 1, *judge)
    train = ("still", "train-style", "style.png", "photos", *small)
    begun = here(*train, "--steps", 2, "--every", 1, folder=album)
    assert begun.returncode == 0, begun.stderr
    assert begun.stderr.count("Skipped: ") == 1
    assert read_metadata(album / "style-sheet.png")["sheet of"] == "style.keras"
    assert re.search(r"^step 1/2: content [\d.e-]+, style [\d.e-]+, smoothness", begun.stderr, re.MULTILINE)
    assert "style.keras: a style after 2 steps, 0." in begun.stdout
    refused = here(*train, "--steps", 3, folder=album)
    assert (refused.returncode, "style.keras exists; --force replaces it" in refused.stderr) == (2, True)
    other = here(*train, "--steps", 3, "--resume", "--style-weight", 2, folder=album)
    assert (other.returncode, "style 6.0, not 2.0" in other.stderr) == (2, True)
    gone_on = here(*train, "--steps", 3, "--resume", folder=album)
    assert "a style after 3 steps" in gone_on.stdout, gone_on.stderr
    anew = here(*train[:3], ".", *train[4:], "--steps", 1, "--force", folder=album)
    assert "a style after 1 steps" in anew.stdout, anew.stderr  # its own sheet is none of the photographs
    assert here("still", "stylise", "style.keras", "b.jpg", folder=album).returncode == 0
    assert load_image(album / "b-style.png").shape == load_image(album / "b.jpg").shape


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_training_with_what_has_been_learnt(own, album, photo, number):
    save_image(album / "style.png", photo[:40, 100:160])
    judge = ("--network", own / "flat.keras", "--style-layer", "one", "--content-layer", "one", "--crop", 32)
    words = ("still", "train-style", "style.png", ".", "--style-size", 32, "--batch", 1, *judge)
    command = [sys.executable, "-m", "zoomdream", *map(str, words), "--steps", "100000", "--every", "3"]
    running = subprocess.Popen(command, cwd=album, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stderr.readline().startswith("step 3/100000: content ")
    running.send_signal(number)
    told, said = running.communicate(timeout=60)
    assert running.returncode == 128 + number, said
    assert "once more to stop at once" in said and "Traceback" not in said
    steps = int(re.search(r"style.keras: a style after (\d+) steps", told)[1])
    made = {"style.keras", "style-sheet.png", "style.training.npz"}
    assert {path.name for path in album.iterdir()} == {"a.jpg", "b.jpg", "style.png"} | made
    gone_on = here(*words, "--steps", steps + 1, "--resume", folder=album)
    assert f"a style after {steps + 1} steps" in gone_on.stdout, gone_on.stderr


@pytest.fixture
def around(tmp_path, photo, wave):
    """Return a folder with what is refused."""
    save_image(tmp_path / "photo.jpg", photo[:40, :60])
    save_image(tmp_path / "other.jpg", photo[:40, :60])
    save_image(tmp_path / "a-sheet.png", photo[:40, :60])
    save_image(tmp_path / "strip.png", photo[:10, :400])
    save_image(tmp_path / "ribbon.png", np.zeros((40, 4000, 3), np.float32))
    encode(tmp_path / "film.mp4", [photo[:48, :64]] * 3, 30, (64, 48))
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "text.mp4").write_text("no film")
    (tmp_path / "note.txt").write_text("no film")
    (tmp_path / "nothing").mkdir()
    (tmp_path / "photo-dusk.png").touch()
    (tmp_path / "old.training.npz").touch()
    copy(wave, tmp_path)
    (tmp_path / "text.keras").write_text("no style")
    return tmp_path


REFUSALS = {
    "no such style": (("stylise", "duks", "photo.jpg"), "did you mean 'dusk'?"),
    "no style": (("stylise", "text.keras", "photo.jpg"), "is not a zip archive"),
    "no picture": (("stylise", "wave.keras", "no.jpg"), "There is no picture at no.jpg"),
    "text as picture": (("stylise", "wave.keras", "text.jpg"), "text.jpg is not a picture"),
    "text as film": (("stylise", "wave.keras", "text.mp4"), "text.mp4 cannot be decoded"),
    "text": (("stylise", "wave.keras", "note.txt"), "note.txt is not a picture"),
    "existing": (("stylise", "dusk", "photo.jpg"), "photo-dusk.png exists; --force"),
    "film as picture": (
        ("stylise", "wave.keras", "film.mp4", "-o", "a.png"),
        "a.png: the name of an output ends in .mp4",
    ),
    "picture as film": (
        ("stylise", "wave.keras", "photo.jpg", "-o", "a.mp4"),
        "a.mp4: the name of an output ends in .png",
    ),
    "one name for two": (
        ("stylise", "wave.keras", "photo.jpg", "other.jpg", "-o", "a.png"),
        "would be written 2 times",
    ),
    "onto itself": (("stylise", "wave.keras", "film.mp4", "-o", "film.mp4", "--force"), "is one of the pictures"),
    "codec": (("stylise", "wave.keras", "film.mp4", "--codec", "h266"), "did you mean 'h265'"),
    "steady": (("stylise", "wave.keras", "film.mp4", "--steady", "2"), "2.0 is not in the range"),
    "style that is no picture": (("train-style", "text.jpg", ".", "-o", "x.keras"), "text.jpg is not a picture"),
    "style that is tiny": (("train-style", "strip.png", "."), "strip.png has 400×10 pixels; it takes at least 32"),
    "style that is a strip": (("train-style", "ribbon.png", "."), "4000×40 pixels, one side more than 16 times"),
    "empty folder": (("train-style", "photo.jpg", "nothing"), "holds no picture"),
    "no folder": (("train-style", "photo.jpg", "photo.jpg"), "name the folder that it is in"),
    "crop": (("train-style", "photo.jpg", ".", "--crop", "50"), "a multiple of 4 from 32 on, not 50"),
    "not .keras": (("train-style", "photo.jpg", ".", "-o", "a.h5"), "ends in .keras"),
    "begun": (("train-style", "photo.jpg", ".", "-o", "old.keras"), "--resume goes on with that training"),
    "nothing to resume": (
        ("train-style", "photo.jpg", ".", "-o", "wave.keras", "--resume"),
        "wave.keras exists; --force",
    ),
    "sheet over the style": (("train-style", "a-sheet.png", ".", "-o", "a.keras"), "a-sheet.png is read and would be"),
    "sheet over a photograph": (
        ("train-style", "photo.jpg", ".", "-o", "a.keras", "--force"),
        "a-sheet.png is no sheet of a training and will not be replaced",
    ),
    "style over weights": (
        ("train-style", "photo.jpg", ".", "-o", "wave.keras", "--weights", "wave.keras", "--force"),
        "wave.keras is one of the pictures themselves",
    ),
    "capitals": (("train-style", "photo.jpg", ".", "-o", "a.KERAS"), "ends in .keras, in small letters"),
    "a folder": (("train-style", "photo.jpg", ".", "-o", "gone/"), "There is no folder"),
    "network": (("train-style", "photo.jpg", ".", "--network", "lite0"), "lite0"),
}


def test_bad_input_is_refused_at_once(around):
    before = contents(around)
    commands = [("still", *words) for words, _ in REFUSALS.values()]
    for done, (case, (_, said)) in zip(one_by_one(commands, around), REFUSALS.items(), strict=True):
        assert (done.returncode, done.stdout) == (2, ""), (case, done)
        assert said in done.stderr, (case, done.stderr)
        assert done.stderr.splitlines()[-1].startswith("Error: "), (case, done.stderr)
        assert not done.heavy, case
    assert contents(around) == before


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
