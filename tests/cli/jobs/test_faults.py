"""Whatever happens to a film in the making, it is gone on with, and its frames are those it would have had."""

import os
import random
import re
import shutil
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import run

import psutil
import pytest

from tests.cli.jobs.films import (
    RATE,
    SECONDS,
    Asked,
    Whole,
    begun,
    check_failed,
    check_made,
    copied,
    facts,
    job_of,
    mountable,
    reach,
)
from tests.cli.jobs.warm import Run, Warm, fill, shown, stand_in, until
from zoomdream.reel import probe
from zoomdream.reel.job.manifest import NAME


@pytest.mark.parametrize(("name", "kills"), [("a.mp4", 20), ("l.mp4", 8), ("a.gif", 6), ("a", 6)])
def test_a_film_whose_process_is_killed_again_and_again_is_the_film_it_would_have_been(
    warm: Warm, asked: Asked, whole: Whole, tmp_path: Path, name: str, kills: int
) -> None:
    chance, film, words = random.Random(name), tmp_path / name, (*asked[name], "--resume")
    while kills:
        run = warm.start(*words, folder=tmp_path)
        _reach_moment(run, chance, job_of(tmp_path, film.stem), kills)
        if not run.ended():
            run.kill()
            kills -= 1
            continue
        check_made(run.wait(), film, whole)
        shutil.rmtree(film) if film.is_dir() else film.unlink()
    check_made(warm.run(*words, folder=tmp_path), film, whole)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def _reach_moment(run: Run, chance: random.Random, job: Path, left: int) -> None:
    """Wait for a moment: the last few while the film is made of its segments, the others at any time."""
    if left <= 4:
        until(lambda: run.ended() or list(job.glob(".zoomdream-*")))
    time.sleep(chance.uniform(0, 0.1 if left <= 4 else 1.3))


def an_encoder(run: Run) -> psutil.Process:
    """Wait for an encoder; one look, for at the next it may have come to its end."""
    found: list[psutil.Process] = []
    until(lambda: found.extend(run.encoders) or found)
    return found[-1]


def kill_one(run: Run) -> None:
    """Kill an encoder that is at work; one that was at its end may have come to it."""
    for _ in range(5):
        encoder = an_encoder(run)
        with suppress(psutil.NoSuchProcess):
            encoder.kill()
        with suppress(AssertionError):
            until(lambda: "ended early" in run.said, 3)
            return


def test_a_film_whose_encoder_is_killed_is_made_all_the_same(
    warm: Warm, movie: Sequence[object], whole: Whole, tmp_path: Path
) -> None:
    run = begun(warm, (*movie, "-o", "a.mp4"), tmp_path)
    kill_one(run)
    done = run.wait()
    check_made(done, tmp_path / "a.mp4", whole)
    assert "The encoder ended early by signal 9" in done.stderr
    assert "made again" in done.stderr
    assert not run.encoders


def test_an_encoder_that_is_killed_every_time_is_named_and_the_film_waits(
    warm: Warm, movie: Sequence[object], whole: Whole, tmp_path: Path
) -> None:
    words = (*movie, "-o", "a.mp4")
    run = begun(warm, words, tmp_path)

    def ended() -> bool:
        for encoder in run.encoders:
            encoder.kill()
        return run.ended()

    until(ended, 60)
    check_failed(run.wait(), 1, "ended early by signal 9", "--resume goes on with it")
    assert not run.encoders
    assert not (tmp_path / "a.mp4").exists()
    check_made(warm.run(*words, "--resume", folder=tmp_path), tmp_path / "a.mp4", whole)


BROKEN = {
    "fails at the end": ('real "$@"; echo "cannot write the trailer" >&2; exit 1', "cannot write the trailer"),
    "floods stderr": ("yes complaint | head -c 3000000 >&2; head -c 20000 >/dev/null; exit 3", "complaint"),
    "floods stderr for ever": ("exec yes complaint >&2", "said more than 16 MB"),
    "stops reading": ("head -c 20000 >/dev/null; exec sleep 600", "no progress for 8 seconds"),
    "is gone": ("exit 127", "exit status 127"),
}


@pytest.mark.parametrize(("script", "words"), BROKEN.values(), ids=BROKEN)
def test_an_encoder_that_fails_is_quoted_and_the_film_waits(
    warm: Warm, movie: Sequence[object], whole: Whole, tmp_path: Path, script: str, words: str
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    asked = (*movie, "-o", "a.mp4")
    run = warm.start(*asked, folder=folder, ffmpeg=stand_in(tmp_path / "ffmpeg", script, 2))
    until(lambda: run.ended() or words in run.said, 60)
    check_failed(run.wait(), 1, words, "--resume goes on with it")
    until(lambda: not run.encoders)
    assert [path.name for path in folder.iterdir()] == [".a.zoomdream"]
    check_made(warm.run(*asked, "--resume", folder=folder), folder / "a.mp4", whole)


def test_an_encoder_that_says_a_lot_does_no_harm(
    warm: Warm, movie: Sequence[object], whole: Whole, tmp_path: Path
) -> None:
    ffmpeg = stand_in(tmp_path / "ffmpeg", 'yes complaint | head -c 3000000 >&2; real "$@"', 1)
    check_made(warm.run(*movie, "-o", "a.mp4", folder=tmp_path, ffmpeg=ffmpeg), tmp_path / "a.mp4", whole)


@mountable
@pytest.mark.parametrize(
    ("name", "left"), [("a.mp4", 0), ("a.mp4", 4096), ("l.mp4", 40960), ("a.gif", 90112), ("a", 0)]
)
def test_a_full_disk_is_told_of_and_the_film_waits_for_room(
    warm: Warm, asked: Asked, whole: Whole, disk: Path, name: str, left: int
) -> None:
    words, job = asked[name], job_of(disk, Path(name).stem)
    run = begun(warm, words, disk)
    ballast = fill(disk, left)
    done = run.wait()
    check_failed(done, 1, "The disk is full", "--resume goes on with it")
    assert re.search(r"needs about [1-9][\d.]* [kM]B more", done.stderr), done.stderr
    assert not (disk / name).exists()
    assert not run.encoders
    files = [job / fact["file"] for fact in facts(job, "segment")]
    assert [probe(path).frames for path in files] == [RATE] * len(files)
    refused = warm.run(*words, "--resume", folder=disk)
    assert refused.returncode in (1, 2)
    check_failed(refused, refused.returncode)
    ballast.unlink()
    check_made(warm.run(*words, "--resume", folder=disk), disk / name, whole)


@mountable
def test_a_film_that_does_not_fit_is_refused_before_it_is_begun(
    warm: Warm, movie: Sequence[object], disk: Path
) -> None:
    fill(disk, 150_000)
    done = warm.run(*movie, "-o", "a.mp4", folder=disk)
    check_failed(done, 2, "will need about", "kB are free")
    assert "Dreaming" not in done.stderr
    assert [path.name for path in disk.iterdir()] == ["ballast"]


def test_a_film_that_no_disk_can_take_is_refused_before_it_is_begun(
    warm: Warm, movie: Sequence[object], tmp_path: Path
) -> None:
    done = warm.run(*movie, "-o", "a.mp4", "--size", "7680x4320", "--seconds", 86400, folder=tmp_path)
    check_failed(done, 2, "will need about", "TB", "are free")
    assert "Dreaming" not in done.stderr
    assert not list(tmp_path.iterdir())


SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.mark.parametrize(("number", "status"), SIGNALS)
@pytest.mark.parametrize("name", ["a.mp4", "a.gif", "a"])
def test_a_signal_leaves_what_there_is_and_the_film_is_gone_on_with(
    warm: Warm, asked: Asked, whole: Whole, tmp_path: Path, name: str, number: int, status: int
) -> None:
    film = tmp_path / name
    run = begun(warm, asked[name], tmp_path)
    run.signal(number)
    done = run.wait()
    assert done.returncode == status, done.stderr
    assert "--resume goes on with it" in done.stderr
    seen = shown(film)
    # A segment that was cut is encoded otherwise than a whole one, where encoding loses anything.
    sure = RATE if film.suffix == ".mp4" else len(seen)
    assert seen[:sure] == whole[name][0][:sure]
    assert RATE <= probe(film).frames < SECONDS * RATE
    assert not run.encoders
    check_made(warm.run(*asked[name], "--resume", folder=tmp_path), film, whole)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_film_that_was_cut_short_cannot_be_gone_on_with_by_itself(warm: Warm, asked: Asked, tmp_path: Path) -> None:
    run = begun(warm, asked["a.mp4"], tmp_path)
    run.signal(signal.SIGINT)
    run.wait()
    shutil.rmtree(job_of(tmp_path))
    done = warm.run(*asked["a.mp4"], "--resume", folder=tmp_path)
    check_failed(done, 2, "a.mp4 is cut short, and what it was made from is gone; add --force to replace it")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


GOING_ON = [("again", "a.mp4", "--trust", "--resume"), ("jobs", "resume", "a-again.mp4")]


@pytest.mark.parametrize(("number", "status"), SIGNALS)
@pytest.mark.parametrize("words", GOING_ON, ids=" ".join)
def test_a_film_made_again_is_gone_on_with_after_a_signal(
    warm: Warm, kept: Path, whole: Whole, tmp_path: Path, words: Sequence[str], number: int, status: int
) -> None:
    shutil.copy(kept / "a.mp4", tmp_path)
    film = tmp_path / "a-again.mp4"
    run = warm.start("again", "a.mp4", "--trust", folder=tmp_path)
    reach(run, job_of(tmp_path, "a-again"), 1)
    run.signal(number)
    done = run.wait()
    assert done.returncode == status, done.stderr
    assert done.stderr.splitlines()[-1] == f"Stopped. {film} holds what there is; --resume goes on with it."
    assert RATE <= probe(film).frames < SECONDS * RATE
    check_made(warm.run(*words, folder=tmp_path), film, {film.name: whole["a.mp4"]})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-again.mp4", "a.mp4"]


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_a_film_that_is_only_compared_leaves_nothing_after_a_signal(
    warm: Warm, kept: Path, tmp_path: Path, number: int, status: int
) -> None:
    shutil.copy(kept / "a.mp4", tmp_path)
    run = warm.start("again", "a.mp4", "--verify", "--trust", folder=tmp_path)
    reach(run, _compared(run, tmp_path), 1)
    run.signal(number)
    done = run.wait()
    assert done.returncode == status, done.stderr
    assert done.stderr.splitlines()[-1] == "Stopped."
    assert "--resume" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_film_that_is_only_compared_does_not_wait_when_its_encoder_fails(
    warm: Warm, kept: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    shutil.copy(kept / "a.mp4", folder)
    broken = stand_in(tmp_path / "ffmpeg", "exit 127", 2)
    done = warm.run("again", "a.mp4", "--verify", "--trust", folder=folder, ffmpeg=broken)
    check_failed(done, 1, "exit status 127")
    assert "--resume" not in done.stderr
    assert [path.name for path in folder.iterdir()] == ["a.mp4"]


def _compared(run: Run, folder: Path) -> Path:
    """Return the folder of the job by which a film is compared, when it is there."""
    until(lambda: run.ended() or list(folder.glob(".zoomdream-*/.a.zoomdream")))
    assert not run.ended(), run.said
    return next(folder.glob(".zoomdream-*/.a.zoomdream"))


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_a_second_signal_stops_at_once(
    warm: Warm, movie: Sequence[object], whole: Whole, tmp_path: Path, number: int, status: int
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    # An encoder that takes its time to end, or the first signal might be done with before the second.
    slow = stand_in(tmp_path / "ffmpeg", 'real "$@"; sleep 6', 1)
    run = begun(warm, (*movie, "-o", "a.mp4"), folder, ffmpeg=slow)
    run.signal(number)
    until(lambda: "once more to stop at once" in run.said)
    run.signal(number)
    done = run.wait(30)
    assert done.returncode == status, done.stderr
    assert done.stderr.splitlines()[-1] == "Stopped."
    assert [path.name for path in folder.iterdir()] == [".a.zoomdream"]
    until(lambda: not run.encoders)
    check_made(warm.run(*movie, "-o", "a.mp4", "--resume", folder=folder), folder / "a.mp4", whole)


@pytest.mark.parametrize("stops", [False, True])
def test_a_strange_file_under_the_films_name_is_left_alone(
    warm: Warm, movie: Sequence[object], whole: Whole, tmp_path: Path, stops: bool
) -> None:
    run = begun(warm, (*movie, "-o", "a.mp4"), tmp_path)
    (tmp_path / "a.mp4").write_bytes(b"mine")
    if stops:
        run.signal(signal.SIGTERM)
    check_failed(run.wait(), 1, "something else has come there", "kept as")
    assert (tmp_path / "a.mp4").read_bytes() == b"mine"
    kept = next(path for path in tmp_path.glob("a-*.mp4"))
    assert stops or shown(kept) == whole["a.mp4"][0]
    (tmp_path / "a.mp4").unlink()
    check_made(warm.run(*movie, "-o", "a.mp4", "--resume", folder=tmp_path), tmp_path / "a.mp4", whole)


def test_a_film_stopped_before_its_first_second_leaves_nothing_to_stumble_over(
    warm: Warm, movie: Sequence[object], whole: Whole, tmp_path: Path
) -> None:
    run = warm.start(*movie, "-o", "a.mp4", folder=tmp_path)
    until(lambda: (job_of(tmp_path) / NAME).exists())
    run.signal(signal.SIGINT)
    assert run.wait().returncode == 130
    if job_of(tmp_path).exists():  # a first frame may have been made already
        assert (tmp_path / "a.mp4").exists()
    else:
        assert not list(tmp_path.iterdir())


def test_a_film_is_made_by_one_process_at_a_time(
    warm: Warm, movie: Sequence[object], whole: Whole, tmp_path: Path
) -> None:
    words = (*movie, "-o", "a.mp4")
    run = begun(warm, words, tmp_path)
    run.signal(signal.SIGSTOP)
    for others in [
        words,
        (*words, "--resume"),
        (*words, "--force"),
        ("jobs", "clean", "a.mp4"),
        ("jobs", "resume", "a"),
    ]:
        check_failed(warm.run(*others, folder=tmp_path), 1, "a.mp4 is being made by another process")
    assert "being made" in warm.run("jobs", "list", folder=tmp_path).stdout
    run.signal(signal.SIGCONT)
    check_made(run.wait(), tmp_path / "a.mp4", whole)


@mountable
def test_a_job_in_a_folder_that_cannot_be_written_is_refused_and_unharmed(
    warm: Warm, movie: Sequence[object], whole: Whole, halves: dict[str, Path], disk: Path
) -> None:
    folder = copied(halves, "a.mp4", disk)
    words = (*movie, "-o", "a.mp4", "--resume")
    run(["mount", "-o", "remount,ro", disk], check=True)
    check_failed(warm.run(*words, folder=folder), 2, "Nothing can be written in the folder", "Read-only file system")
    check_failed(warm.run("jobs", "clean", "a.mp4", folder=folder), 1, "Read-only file system")
    assert "waiting" in warm.run("jobs", "list", folder=folder).stdout
    run(["mount", "-o", "remount,rw", disk], check=True)
    check_made(warm.run(*words, folder=folder), folder / "a.mp4", whole)


def test_a_folder_that_vanishes_ends_its_film_with_one_sentence(
    warm: Warm, movie: Sequence[object], tmp_path: Path
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    run = begun(warm, (*movie, "-o", "a.mp4"), folder)
    folder.rename(tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "elsewhere")
    check_failed(run.wait(), 1, "is gone, and with it what there was of")
    assert not run.encoders
    assert not folder.exists()


@pytest.mark.parametrize("when", [0, 4_000_000_000])
def test_a_clock_that_is_set_makes_no_difference(
    warm: Warm, movie: Sequence[object], whole: Whole, halves: dict[str, Path], tmp_path: Path, when: int
) -> None:
    folder = copied(halves, "a.mp4", tmp_path)
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (when, when))
    done = warm.run(*movie, "-o", "a.mp4", "--resume", folder=folder)
    check_made(done, folder / "a.mp4", whole)
