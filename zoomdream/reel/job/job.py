"""A job: one film in the making, in a hidden folder beside it, by one process at a time."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from zoomdream.errors import BadInput
from zoomdream.reel.job.clearing import check_ours, empty, sweep
from zoomdream.reel.job.journal import Journal
from zoomdream.reel.job.lock import Held, held, is_held
from zoomdream.reel.job.manifest import Manifest, differences, listed, read_manifest, write_manifest
from zoomdream.reel.job.place import film_of, is_begun, is_of, job_folder
from zoomdream.reel.job.segments import Segments, segment_plan
from zoomdream.reel.job.states import Array, States
from zoomdream.reel.job.whole import sha256
from zoomdream.reel.output import Plan
from zoomdream.reel.publish import to_disk, writing


@dataclass(frozen=True)
class Job:
    """A folder with a manifest, a journal, states and segments.

    Attributes:
        folder: where it is, see `place`.
        manifest: what it makes.
        plan: where the film is to be, and how it is encoded.
    """

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
        """Keep the state of a key, a picture (h, w, 3)."""
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


@contextmanager
def begun(manifest: Manifest, plan: Plan) -> Iterator[Job]:
    """Begin a job, in place of one that may be there, and hold it while entered.

    One that fails before it has made anything leaves nothing.

    Raises:
        BadInput: what stands in its place is no job.
        Held: another process is at work on it.
        ZoomdreamError: its folder cannot be written.
    """
    folder = job_folder(plan.path)
    check_ours(folder)
    with writing(folder):
        folder.mkdir(exist_ok=True)
    with held(folder):
        empty(folder)
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
        Held: another process is at work on it.
        ZoomdreamError: its folder cannot be written.
    """
    folder = job_folder(plan.path)
    with held(folder):
        old = read_manifest(folder)
        if different := [*differences(old.made, manifest.made), *differences(_cut(old), _cut(manifest))]:
            raise BadInput(
                f"{plan.path} cannot be gone on with, because it would be another film: {listed(different)}. "
                "--force begins it anew."
            )
        with writing(folder):
            sweep(folder)
            write_manifest(folder, manifest)
        yield Job(folder, manifest, plan)


def _cut(manifest: Manifest) -> dict[str, int]:
    """Return the numbers of frames that a film is made of, and cut into."""
    return {"frames": manifest.frames, "segment": manifest.segment}


def check_unbegun(plan: Plan, force: bool) -> None:
    """Refuse a film that would take the place of one that was begun.

    Args:
        force: whether it may, if it is of the same name.

    Raises:
        BadInput: there is such a film.
        Held: it is being made by another process.
    """
    folder = job_folder(plan.path)
    if not is_begun(folder):
        return
    if is_held(folder):
        raise Held(folder)
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


def throw_away(folder: Path) -> None:
    """Remove a job.

    Raises:
        Held: a process is at work on it.
        ZoomdreamError: something of it cannot be removed.
    """
    with held(folder):
        empty(folder)
        shutil.rmtree(folder)
