"""Tiny films, and what must be so when something happens to them."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.cli.jobs.warm import Run, Warm, can_mount, shown, until
from zoomdream.reel.job.journal import Journal

mountable = pytest.mark.skipif(not can_mount(), reason="disks cannot be mounted here")

SECONDS = 4
"""Length of the films, which is how many segments they have."""
RATE = 10
"""Frames per second."""


Asked = dict[str, Sequence[object]]
Whole = dict[str, tuple[list[str], bytes]]


def small(network: Path) -> Sequence[object]:
    """Return the words that make a film small and quick."""
    score = 'score.neurons=["two:1", "two:3", "one:7"]'
    length = ("--seconds", SECONDS, "--fps", RATE, "--size", "64x48")
    dream = changed(dream={"lines": 48, "keys": 8, "detail": 20, "rule": "std"})
    return ("--network", network, "--input-range", "0..1", "--set", score, *length, *dream)


def changed(**sections: dict[str, object]) -> Iterator[str]:
    """Yield the words that change settings."""
    for section, changes in sections.items():
        for name, value in changes.items():
            yield from ("--set", f"{section}.{name}={value}")


def job_of(folder: Path, name: str = "a") -> Path:
    """Return the folder of a film's job."""
    return folder / f".{name}.zoomdream"


def facts(job: Path, kind: str) -> list[dict[str, Any]]:
    """Return what a job's journal tells of one kind."""
    return [fact for fact in Journal(job / "journal").facts() if fact["kind"] == kind]


def closed(job: Path) -> int:
    """Return how many segments a job has closed."""
    return len(facts(job, "segment"))


def reach(run: Run, job: Path, count: int) -> None:
    """Wait until a run has closed some segments."""
    until(lambda: closed(job) >= count or run.ended())
    assert not run.ended(), run.said


def check_failed(done: CompletedProcess[str], status: int, *words: str) -> None:
    """Check that a command ended with a status and one sentence at the end that has the words."""
    last = (done.stderr.splitlines() or [""])[-1]
    assert done.returncode == status, done
    assert last.startswith("Error: "), done.stderr
    assert all(word in last for word in words), done.stderr
    assert "Traceback" not in done.stderr
    assert "Errno" not in done.stderr


def check_made(done: CompletedProcess[str], film: Path, whole: Whole) -> None:
    """Check that a command has made a film as it is when nothing happens to it."""
    frames, held = whole[film.name]
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert shown(film) == frames
    if film.suffix == ".mp4":
        assert film.read_bytes() == held


def begun(warm: Warm, words: Sequence[object], folder: Path, seconds: int = 1, ffmpeg: Path | None = None) -> Run:
    """Begin a film in a folder, the last word being its name, and return its run when some of it is closed."""
    run = warm.start(*words, folder=folder, ffmpeg=ffmpeg)
    reach(run, job_of(folder, Path(str(words[-1])).stem), seconds)
    return run


def stopped(warm: Warm, words: Sequence[object], folder: Path) -> Path:
    """Begin a film in a folder, and kill its process when two seconds of it are closed."""
    begun(warm, words, folder, 2).kill()
    return folder


def copied(halves: dict[str, Path], name: str, place: Path) -> Path:
    """Return a copy of the folder of a film that is half made."""
    shutil.copytree(halves[name], place / "films")
    return place / "films"
