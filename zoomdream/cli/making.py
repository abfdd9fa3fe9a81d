"""From a checked request to a file: the heavy half of ``movie`` and ``loop``."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from zoomdream.api import network_of, studio
from zoomdream.cli.faults import Faults
from zoomdream.cli.film_recipe import check_alike, film_recipe
from zoomdream.cli.preview import previewed
from zoomdream.cli.progress import follow, say
from zoomdream.cli.request import Request
from zoomdream.cli.signals import Stopper
from zoomdream.errors import BadInput, StopNow, ZoomdreamError
from zoomdream.film.film import Studio, Tell
from zoomdream.film.length import frame_count
from zoomdream.film.rendering import Rendering
from zoomdream.film.seam import Seam, seam_score
from zoomdream.film.settings import Film
from zoomdream.picture.warp import Image
from zoomdream.reel.encode import Report, plan_film
from zoomdream.reel.job.converting import convert
from zoomdream.reel.job.job import Job, begun, resumed, throw_away
from zoomdream.reel.job.manifest import Manifest, differences, listed
from zoomdream.reel.job.place import is_begun, is_job, job_folder
from zoomdream.reel.job.publishing import publish
from zoomdream.reel.job.room import check_room, full_disk
from zoomdream.reel.output import Plan
from zoomdream.reel.probe import probe
from zoomdream.reel.provenance import read_metadata

PIECE = 1
"""Seconds of a segment, which is what a film loses at most when it is killed."""


def make(film: Film, request: Request, before: Mapping[str, Any] | None = None) -> None:
    """Render a film into a file and say what came out; a signal ends it early with what there is.

    Args:
        before: what made it when it was made the last time; other weights or pictures are refused.
    """
    try:
        with Stopper() as stopper:
            _make(film, request, stopper, before)
    except SystemExit as stop:
        click.echo(" ".join(["Stopped.", *getattr(stop, "__notes__", ())]), err=True)
        raise


def _make(film: Film, request: Request, stopper: Stopper, before: Mapping[str, Any] | None) -> None:
    faults = Faults()
    network = network_of(film, size=request.size, weights=request.weights, input_range=request.input_range)
    made = film_recipe(film, network, request)
    if before:
        check_alike(before, made)
    ready = studio(film, network, size=request.size, seed=request.seed, warn=faults.note)
    manifest = _manifest(film, made, request)
    room = (ready.state_pixels, ready.overlap + 1 if request.loop else 0)
    plan = replace(plan_film(request.target, request.size, request.fps, **request.encoding), force=request.force)
    note = {**made, "encoding": {"codec": plan.codec.name, "crf": plan.crf}}
    if request.resume and _is_whole(plan, note, manifest.frames):
        say(f"{request.target} is finished already.")
    else:
        with _job(manifest, plan, request, note) as job:
            check_room(job, *room)
            try:
                _render(ready, job, request, faults, stopper, note)
            except (OSError, ZoomdreamError) as why:
                raise _interrupted(job, request, why, full_disk(job, why, *room)) from why
    if not request.keep_job and is_job(job_folder(plan.path)):
        throw_away(job_folder(plan.path))


def _render(ready: Studio, job: Job, request: Request, faults: Faults, stopper: Stopper, note: dict[str, Any]) -> None:
    count = job.manifest.frames
    seam = Seam(ready, request.fps, count) if request.loop else None
    rendering = Rendering(ready, job, request.fps, seam, faults.take)
    if encoded := convert(job):
        click.echo(f"Encoded {encoded} s of it in another way.", err=True)
    try:
        rendering.fill(partial(_watched, ready, count, request, stopper), say)
    except (SystemExit, KeyboardInterrupt) as stop:
        if _stays(job, request) and not isinstance(stop, StopNow):
            publish(job, note)
            stop.add_note(f"{job.plan.path} holds what there is; --resume goes on with it.")
        raise
    stopper.begun = False  # nothing is lost now by stopping at once
    report = publish(job, note)
    if not request.verify:
        _introduce(request.target, report)
    _tell(job, request.loop)


def _is_whole(plan: Plan, note: dict[str, Any], frames: int) -> bool:
    """Say whether a film is there, whole, and the one that would be made."""
    try:
        return plan.path.exists() and read_metadata(plan.path) == note and probe(plan.path).frames == frames
    except BadInput:
        return False


def _stays(job: Job, request: Request) -> bool:
    """Say whether there is something of a film, and it is kept."""
    return bool(job.segments.pieces()) and not request.verify


def _interrupted(job: Job, request: Request, why: OSError | ZoomdreamError, full: str | None) -> ZoomdreamError:
    """Return a failure, its message saying whether what there is is lost.

    Args:
        full: what there is to say of a full disk, if it is one.
    """
    if isinstance(why, BadInput):
        return why
    if not job.folder.is_dir():
        return ZoomdreamError(f"{job.folder} is gone, and with it what there was of {job.plan.path}.")
    said = f"{why.filename or job.plan.path}: {why.strerror or why}." if isinstance(why, OSError) else str(why)
    kept = f" What there is of {job.plan.path} is kept; --resume goes on with it."
    return ZoomdreamError((full or said) + (kept if _stays(job, request) else ""))


def _introduce(name: str, film: Report) -> None:
    """Say what a film is."""
    size, rate = f"{film.width}x{film.height}", f"{float(film.fps):g} a second"
    click.echo(f"{name}: {film.frames} frames of {size} at {rate}, {film.seconds:g} s, {film.bytes / 1e6:.1f} MB.")


def _tell(job: Job, loop: bool) -> None:
    """Say what a film's segments have told of it."""
    if lost := sum(fact["faults"] for fact in job.facts()):
        click.echo(f"{lost} of its keys could not be dreamt.", err=True)
    if loop:
        steps = [step for fact in job.facts() for step in fact["steps"]]
        click.echo(f"Seam score {seam_score(steps):.2f} (1 is an ordinary step).")


def _watched(
    ready: Studio,
    count: int,
    request: Request,
    stopper: Stopper,
    frames_of: Callable[[Tell], Iterator[Image]],
    done: int,
) -> Generator[Image, None, None]:
    """Pass frames on, showing how far the film is, until a signal comes."""
    delay = ready.film.overlap if request.loop else 0.0

    def names(t: float) -> str:
        return ready.zoom.voices.names(t + delay)

    def until_stopped(tell: Tell) -> Iterator[Image]:
        return stopper.watch(frames_of(tell))

    frames = follow(until_stopped, count, float(request.fps), ready.zoom.pace, names, done)
    return previewed(frames, request.preview) if request.preview else frames


def _job(manifest: Manifest, plan: Plan, request: Request, note: dict[str, Any]) -> AbstractContextManager[Job]:
    """Return the job that makes a film: the one that was begun, if it is to be gone on with."""
    if request.resume and is_begun(job_folder(plan.path)):
        return resumed(manifest, plan)
    if plan.path.exists() and not plan.force:
        raise BadInput(f"{plan.path} {_why_not(plan, note)}; add --force to replace it, or give the new one a name.")
    return begun(manifest, plan)


def _why_not(plan: Plan, note: dict[str, Any]) -> str:
    """Say why what is there already cannot be gone on with."""
    try:
        found = read_metadata(plan.path)
    except BadInput:
        found = None
    if found == note:
        return "is cut short, and what it was made from is gone"
    different = [*differences(found, note)] if found else []
    return f"is another film ({listed(different)})" if different else "exists and was not begun here"


def _manifest(film: Film, made: dict[str, Any], request: Request) -> Manifest:
    name = Path(request.target).resolve().name
    frames = frame_count(film.seconds, request.fps)
    return Manifest(made, request.document(), name, frames, max(1, round(PIECE * request.fps)))
