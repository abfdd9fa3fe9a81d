"""Jobs are gone on with where nothing has changed but the encoding, and told apart by their names."""

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from tests.cli.jobs.films import (
    RATE,
    SECONDS,
    Asked,
    Whole,
    check_failed,
    check_made,
    closed,
    copied,
    job_of,
    small,
    stopped,
)
from tests.cli.jobs.warm import Warm
from tests.damage import DAMAGE, flip
from zoomdream.reel import probe, read_frames
from zoomdream.reel.job.manifest import NAME, read_manifest, write_manifest

FILES = {
    "journal": ("a.mp4", "journal"),
    "newest state": ("a.mp4", "state-*.npy"),
    "first segment": ("a.mp4", "h264-17/000000.mp4"),
    "last segment": ("a.mp4", "h264-17/[0-9]*.mp4"),
    "beginning of a loop": ("l.mp4", "beginning"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize(("name", "which"), FILES.values(), ids=FILES)
def test_a_damaged_file_of_a_job_costs_time_and_no_frames(
    warm: Warm,
    asked: Asked,
    whole: Whole,
    halves: dict[str, Path],
    tmp_path: Path,
    name: str,
    which: str,
    damage: Callable[[Path], None],
) -> None:
    folder = copied(halves, name, tmp_path)
    damage(sorted(job_of(folder, Path(name).stem).glob(which))[-1])
    check_made(warm.run(*asked[name], "--resume", folder=folder), folder / name, whole)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_manifest_is_refused_until_the_film_is_begun_anew(
    warm: Warm,
    movie: Sequence[object],
    whole: Whole,
    halves: dict[str, Path],
    tmp_path: Path,
    damage: Callable[[Path], None],
) -> None:
    folder = copied(halves, "a.mp4", tmp_path)
    damage(job_of(folder) / NAME)
    for words in [(*movie, "-o", "a.mp4", "--resume"), ("jobs", "resume", "a.mp4")]:
        check_failed(warm.run(*words, folder=folder), 2, "holds no job that can be gone on with")
    check_made(warm.run(*movie, "-o", "a.mp4", "--force", folder=folder), folder / "a.mp4", whole)


def test_a_segment_damaged_long_after_is_made_again(
    warm: Warm, movie: Sequence[object], whole: Whole, tmp_path: Path
) -> None:
    words = (*movie, "-o", "a.mp4", "--keep-job")
    assert warm.run(*words, folder=tmp_path).returncode == 0
    (tmp_path / "a.mp4").unlink()
    flip(job_of(tmp_path) / "h264-17" / "000001.mp4")
    check_made(warm.run(*words, "--resume", folder=tmp_path), tmp_path / "a.mp4", whole)
    assert closed(job_of(tmp_path)) == SECONDS + 1


def _rewrite(job: Path, **changes: object) -> None:
    """Write the manifest of a job anew, with changes."""
    write_manifest(job, replace(read_manifest(job), **changes))


OTHERWISE = {
    "another seed": (("--seed", 5), "seed was 0 and is 5"),
    "a setting": (("--set", "camera.zoom=1.7"), "film.camera.zoom was 1.5 and is 1.7"),
    "its size": (("--size", "80x60"), "size was [64, 48] and is [80, 60]"),
    "its length": (("--seconds", 5), "film.seconds was 4.0 and is 5.0"),
    "its rate": (("--fps", 12), 'fps was "10" and is "12"'),
}


def test_a_film_that_would_be_another_is_refused_and_the_difference_named(
    warm: Warm, movie: Sequence[object], halves: dict[str, Path], tmp_path: Path
) -> None:
    folder = copied(halves, "a.mp4", tmp_path)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for change, said in OTHERWISE.values():
        check_failed(warm.run(*movie, *change, "-o", "a.mp4", "--resume", folder=folder), 2, said)
    made = read_manifest(job_of(folder)).made
    _rewrite(job_of(folder), made={**made, "versions": {**made["versions"], "numpy": "1.0"}})
    words = (*movie, "-o", "a.mp4", "--resume")
    check_failed(warm.run(*words, folder=folder), 2, 'versions.numpy was "1.0" and is')
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != NAME}
    assert after == {path: held for path, held in before.items() if path.name != NAME}


def test_other_weights_and_another_picture_are_another_film(warm: Warm, tiny: Path, tmp_path: Path) -> None:
    network, start = tmp_path / "tiny.keras", tmp_path / "start.png"
    shutil.copy(tiny, network)
    _noise(start, 1)
    words = ("movie", "reef", *small(network), "--start", start, "-o", "a.mp4")
    folder = tmp_path / "films"
    folder.mkdir()
    stopped(warm, words, folder)
    _noise(start, 2)
    check_failed(warm.run(*words, "--resume", folder=folder), 2, "pictures.start.image was")
    _noise(start, 1)
    assert warm.run("network", network, 2, folder=tmp_path).returncode == 0
    check_failed(warm.run(*words, "--resume", folder=folder), 2, "network.weights was")


def _noise(path: Path, seed: int) -> None:
    iio.imwrite(path, np.random.default_rng(seed).integers(0, 255, (48, 64, 3), np.uint8))


ENCODINGS = {
    "crf": ("a.mp4", ("--crf", 28)),
    "codec": ("a.mp4", ("--codec", "h265")),
    "container": ("a.mkv", ()),
    "both": ("a.webm", ()),
}


@pytest.mark.parametrize(("name", "change"), ENCODINGS.values(), ids=ENCODINGS)
def test_another_encoding_of_a_film_that_is_made_dreams_no_key(
    warm: Warm, kept: Path, tmp_path: Path, name: str, change: Sequence[object], movie: Sequence[object]
) -> None:
    folder = tmp_path / "films"
    shutil.copytree(kept, folder)
    done = warm.run(*movie, *change, "-o", name, "--resume", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "Dreaming" not in done.stderr
    assert ("Encoded 4 s of it in another way." in done.stderr) == (name != "a.mkv")
    before, after = (np.array(list(read_frames(place))).astype(float) for place in (kept / "a.mp4", folder / name))
    assert len(after) == SECONDS * RATE
    assert abs(before - after).mean() < 8


def test_another_encoding_of_a_film_that_is_half_made_dreams_only_the_rest(
    warm: Warm, movie: Sequence[object], halves: dict[str, Path], tmp_path: Path
) -> None:
    folder = copied(halves, "a.mp4", tmp_path)
    done = warm.run(*movie, "--crf", 28, "-o", "a.mp4", "--resume", folder=folder)
    assert done.returncode == 0, done.stderr
    assert re.search(r"Encoded [23] s of it in another way", done.stderr)
    assert probe(folder / "a.mp4").frames == SECONDS * RATE


NAMES = ["a b.mp4", 'it\'s "1".mkv', "a\nb.mp4", "-y.mp4", "%d.mp4", "é 100%.mov"]


@pytest.mark.parametrize("name", NAMES)
def test_a_film_of_any_name_is_listed_gone_on_with_and_thrown_away(
    warm: Warm, movie: Sequence[object], whole: Whole, halves: dict[str, Path], tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "50%d: -i"
    folder.mkdir()
    stopped(warm, (*movie, "-o", name), folder)
    listed = warm.run("jobs", "list", folder=folder)
    assert listed.returncode == 0
    assert "waiting" in listed.stdout
    for part in name.split("\n"):
        assert part in listed.stdout
    done = warm.run("jobs", "resume", "--", name, folder=folder)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in folder.iterdir()] == [name]
    assert probe(folder / name).frames == SECONDS * RATE
    done = warm.run("jobs", "clean", "--", name, folder=folder)
    check_failed(done, 2, "was begun and not finished")


def test_jobs_are_told_apart(
    warm: Warm, movie: Sequence[object], halves: dict[str, Path], kept: Path, tmp_path: Path
) -> None:
    none = warm.run("jobs", "list", folder=tmp_path)
    assert (none.returncode, none.stdout) == (0, "")
    for name in ("waiting", "damaged", "torn", "kept"):
        job = job_of(kept if name == "kept" else halves["a.mp4"])
        shutil.copytree(job, tmp_path / f".{name}.zoomdream")
        _rewrite(tmp_path / f".{name}.zoomdream", film=f"{name}.mp4")
    flip(tmp_path / ".damaged.zoomdream" / NAME)
    (tmp_path / ".torn.zoomdream" / NAME).unlink()
    (tmp_path / ".strange.zoomdream").mkdir()
    (tmp_path / "kept.mp4").write_bytes(b"a film")
    listed = warm.run("jobs", "list", tmp_path, folder=tmp_path).stdout
    names = ("waiting", "damaged", "torn", "kept")
    rows = {name: re.search(rf"/{name}(\.mp4)? .*", listed)[0].split()[-1] for name in names}
    assert rows == {"waiting": "waiting", "damaged": "damaged", "torn": "damaged", "kept": "kept"}
    assert len(listed.splitlines()) == 5
    cleaned = warm.run("jobs", "clean", "--all", tmp_path, folder=tmp_path)
    assert cleaned.returncode == 0, cleaned.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [".strange.zoomdream", "kept.mp4"]
    check_failed(warm.run("jobs", "clean", folder=tmp_path), 2, "--all FOLDER")
    for words in ("resume", "clean"):
        check_failed(warm.run("jobs", words, "kept.mp4", folder=tmp_path), 2, "was begun and not finished")


def test_two_films_of_one_name_cannot_take_each_others_place(
    warm: Warm, movie: Sequence[object], whole: Whole, halves: dict[str, Path], tmp_path: Path
) -> None:
    folder = copied(halves, "a.mp4", tmp_path)
    other = (*movie, "--seed", 5, "-o", "a.mkv")
    for words in [other, (*other, "--force")]:
        check_failed(warm.run(*words, folder=folder), 2, "a.mp4 of the same name was begun")
    (folder / "a.mkv").write_bytes(b"another film")
    check_failed(warm.run(*other, "--resume", folder=folder), 2, "seed was 0 and is 5")
    for words in ("resume", "clean"):
        check_failed(warm.run("jobs", words, "a.mkv", folder=folder), 2, "No film a.mkv was begun")
    done = warm.run(*movie, "-o", "a.mkv", "--resume", folder=folder)
    check_failed(done, 1, "a.mkv", "kept as")
    assert (folder / "a.mkv").read_bytes() == b"another film"
    check_made(warm.run(*movie, "-o", "a.mp4", "--resume", folder=folder), folder / "a.mp4", whole)


def test_a_job_goes_with_its_folder(
    warm: Warm, movie: Sequence[object], whole: Whole, halves: dict[str, Path], tmp_path: Path
) -> None:
    folder = copied(halves, "a.mp4", tmp_path)
    before = sorted(path.name for path in halves["a.mp4"].iterdir())
    done = warm.run("jobs", "resume", folder / "a.mp4", folder=tmp_path)
    check_made(done, folder / "a.mp4", whole)
    assert sorted(path.name for path in halves["a.mp4"].iterdir()) == before


def test_a_film_that_is_finished_stays_as_it_is(
    warm: Warm, movie: Sequence[object], kept: Path, tmp_path: Path
) -> None:
    shutil.copy(kept / "a.mp4", tmp_path)
    done = warm.run(*movie, "-o", "a.mp4", "--resume", folder=tmp_path)
    assert done.returncode == 0
    assert "a.mp4 is finished already" in done.stderr
    assert (tmp_path / "a.mp4").read_bytes() == (kept / "a.mp4").read_bytes()
    done = warm.run(*movie, "--seed", 5, "-o", "a.mp4", "--resume", folder=tmp_path)
    check_failed(done, 2, "a.mp4 is another film (seed was 0 and is 5); add --force to replace it")
    (tmp_path / "a.mp4").write_bytes(b"holiday")
    done = warm.run(*movie, "-o", "a.mp4", "--resume", folder=tmp_path)
    check_failed(done, 2, "a.mp4 exists and was not begun here; add --force to replace it")
    assert (tmp_path / "a.mp4").read_bytes() == b"holiday"
