"""A job: one film in the making, in a hidden folder beside it, by one process at a time."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.reel.job.journal import Journal
from zoomdream.reel.job.manifest import NAME, Manifest, differences, read_manifest, write_manifest
from zoomdream.reel.job.segments import Segments, segment_plan
from zoomdream.reel.job.states import Array, States
from zoomdream.reel.job.whole import sha256
from zoomdream.reel.output import Plan
from zoomdream.reel.publish import to_disk, writing

MARK = ".zoomdream"
"""Suffix of a job's folder."""
LOCK = "lock"


@dataclass(frozen=True)
class Job:
    """A folder with a manifest, a journal, states and segments."""

    folder: Path
    manifest: Manifest
    plan: Plan

    @cached_property
    def journal(self) -> Journal:
        """What has been done."""
        return Journal(self.folder / "journal")

    @cached_property
    def segments(self) -> Segments:
        """The closed pieces of the film, those that verify."""
        found = (fact for fact in self.journal.facts() if fact["kind"] == "segment")
        plan = segment_plan(self.plan)
        return Segments(self.folder, plan, self.manifest.segment, self.manifest.frames, found)

    @cached_property
    def states(self) -> States:
        """What the film can be gone on with."""
        found = {fact["key"]: fact["sha256"] for fact in self.journal.facts() if fact["kind"] == "state"}
        return States(self.folder, found)

    @property
    def shelf(self) -> Path:
        """The file that a loop closes with."""
        return self.folder / "beginning"

    @property
    def shelf_holds(self) -> bool:
        """Whether that file is what it was."""
        told = [fact["sha256"] for fact in self.journal.facts() if fact["kind"] == "beginning"]
        return bool(told) and sha256(self.shelf) == told[-1]

    def keep(self, key: int, state: Array) -> None:
        """Keep a state."""
        self.journal.add(kind="state", key=key, sha256=self.states.save(key, state))

    def keep_shelf(self) -> None:
        """Note what the file that a loop closes with holds."""
        to_disk(self.shelf)
        self.journal.add(kind="beginning", sha256=sha256(self.shelf))

    def publishing(self, part: Path) -> None:
        """Note that a film, whole or in part, is about to get its name."""
        self.journal.add(kind="published", sha256=sha256(part))

    def owns_output(self) -> bool:
        """Whether what is under the film's name is what this job has put there."""
        told = {fact["sha256"] for fact in self.journal.facts() if fact["kind"] == "published"}
        return sha256(self.plan.path) in told

    def facts(self) -> Iterator[Mapping[str, Any]]:
        """Yield what the journal says of the closed segments, in order."""
        return (self.segments.closed[number] for number in sorted(self.segments.closed))


def job_folder(output: Path) -> Path:
    """Return where the job of a film is, whatever the film's type."""
    return output.with_name(f".{output.stem}{MARK}")


def output_of(folder: Path) -> Path:
    """Return the name of a job's film, but for its suffix."""
    return folder.with_name(folder.name[1 : -len(MARK)])


def film_of(folder: Path) -> Path:
    """Return a job's film, without its suffix if the manifest does not tell it."""
    try:
        return folder.with_name(read_manifest(folder).film)
    except BadInput:
        return output_of(folder)


def is_of(folder: Path, film: Path) -> bool:
    """Say whether a job is that of a film, as far as it can tell."""
    try:
        return read_manifest(folder).film == film.name
    except BadInput:
        return output_of(folder).name == film.stem


def is_job(folder: Path) -> bool:
    """Say whether a folder is that of a job, or what is left of one."""
    named = folder.name.startswith(".") and folder.suffix == MARK and not folder.is_symlink()
    return named and any((folder / name).is_file() for name in (NAME, LOCK))


@contextmanager
def begun(manifest: Manifest, plan: Plan) -> Iterator[Job]:
    """Begin a job, in place of one that may be there, and hold it while entered.

    One that fails before it has made anything leaves nothing.

    Raises:
        ZoomdreamError: another process holds it, or its folder cannot be written.
    """
    folder = job_folder(plan.path)
    _check_ours(folder)
    with writing(folder):
        folder.mkdir(exist_ok=True)
    with _held(folder):
        _empty(folder)
        job = Job(folder, manifest, plan)
        try:
            with writing(folder):
                write_manifest(folder, manifest)
            yield job
        except BaseException:
            if not job.segments.pieces():
                shutil.rmtree(folder, ignore_errors=True)
            raise


@contextmanager
def resumed(manifest: Manifest, plan: Plan) -> Iterator[Job]:
    """Go on with a job, and hold it while entered.

    What changes only how its frames are encoded may differ: the segments are then made anew from those that are there.

    Raises:
        BadInput: there is none that can be read, or it makes other frames; the differences are named.
        ZoomdreamError: another process holds it.
    """
    folder = job_folder(plan.path)
    with _held(folder):
        old = read_manifest(folder)
        if different := [*differences(old.made, manifest.made), *_cut_otherwise(old, manifest)]:
            raise BadInput(
                f"{plan.path} cannot be gone on with, because it would be another film: {'; '.join(different[:5])}. "
                "--force begins it anew."
            )
        with writing(folder):
            _sweep(folder)
            write_manifest(folder, manifest)
        yield Job(folder, manifest, plan)


def _cut_otherwise(old: Manifest, new: Manifest) -> Iterator[str]:
    for name in ("frames", "segment"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{name} was {before} and is {after}"


def check_unbegun(plan: Plan, force: bool) -> None:
    """Refuse a film that would take the place of one that was begun.

    Args:
        force: whether it may, if it is of the same name.

    Raises:
        BadInput: there is such a film.
        ZoomdreamError: it is being made by another process.
    """
    folder = job_folder(plan.path)
    if not (folder / NAME).exists():
        return
    if is_held(folder):
        raise _being_made(folder)
    if not is_of(folder, plan.path):
        raise BadInput(
            f"{film_of(folder)} of the same name was begun and is not finished: choose another name, or throw it away "
            "with 'zoomdream jobs clean'."
        )
    if not force:
        raise BadInput(
            f"{plan.path} was begun already: --resume goes on with it, --force begins it anew, "
            "and 'zoomdream jobs clean' throws it away."
        )


def _check_ours(folder: Path) -> None:
    """Refuse what stands in the place of a job and is none: nobody's files are to be emptied out.

    Raises:
        BadInput: something else is there.
    """
    if os.path.lexists(folder) and (folder.is_symlink() or not (is_job(folder) or _is_empty(folder))):
        raise BadInput(f"{folder} is in the way and is no film in the making: move it, or choose another name.")


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def throw_away(folder: Path) -> None:
    """Remove a job.

    Raises:
        ZoomdreamError: a process holds it.
    """
    with _held(folder):
        _empty(folder)
        shutil.rmtree(folder)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a job's folder; the system lets go of it when this process ends, however that happens."""
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise _being_made(folder) from error
    except OSError as error:
        raise ZoomdreamError(f"The job in {folder} cannot be held ({error.strerror or error}).") from error
    try:
        yield
    finally:
        lock.release()


def _being_made(folder: Path) -> ZoomdreamError:
    return ZoomdreamError(f"{film_of(folder)} is being made by another process.")


def _empty(folder: Path) -> None:
    """Remove all that an earlier job has left but the lock, which is held; the manifest first, or there is a job."""
    for path in sorted(folder.iterdir(), key=lambda path: path.name != NAME):
        if path.name != LOCK:
            _remove(path)


def _sweep(folder: Path) -> None:
    """Remove what a process that was killed had not finished, all of which has hidden names."""
    for path in [*folder.glob(".*"), *folder.glob("*/.*")]:
        _remove(path)


def _remove(path: Path) -> None:
    with writing(path):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def is_held(folder: Path) -> bool:
    """Say whether a process is at work on a job."""
    try:
        with _held(folder):
            return False
    except ZoomdreamError as why:
        return isinstance(why.__cause__, Timeout)
