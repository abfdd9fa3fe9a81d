"""The heavy half of ``zoomdream still stylise``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from zoomdream.cli.progress import followed
from zoomdream.cli.recipe import recipe
from zoomdream.cli.signals import Stopper
from zoomdream.cli.stills.faststyle.request import FilmTask, Request
from zoomdream.cli.stills.request import Task
from zoomdream.cli.stills.running import Given, Told, answer_all, write_all
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.picture.image import save_image
from zoomdream.picture.warp import Image
from zoomdream.reel import Sound, encode, has_sound, read_frames
from zoomdream.reel.output import find_format
from zoomdream.reel.provenance import pack
from zoomdream.still.faststyle.painting import Style, load_style
from zoomdream.still.faststyle.steady import steadied


def paint(request: Request) -> None:
    """Paint pictures, then films; those that cannot be done are left out and reported.

    Raises:
        ZoomdreamError: in the end, if some could not be done.
    """
    style = load_style(request.style)
    wrong: list[ZoomdreamError] = list(request.unreadable)
    if request.pictures:
        try:
            _paint_pictures(request, style)
        except ZoomdreamError as why:
            wrong.append(why)
    for film in request.films:
        try:
            _paint_film(request, style, film)
        except ZoomdreamError as why:
            wrong.append(why)
    _report(wrong, len(request.films) + len(request.unreadable) + bool(request.pictures))


def _report(wrong: Sequence[ZoomdreamError], parts: int) -> None:
    if parts == 1 and wrong:
        raise wrong[0]
    for why in wrong:
        click.echo(f"Skipped: {why}", err=True)
    if len(wrong) == parts and all(isinstance(why, BadInput) for why in wrong):
        raise BadInput("Nothing of this could be painted.")
    if wrong:
        raise ZoomdreamError("Not all of this could be painted; what could be is.")


def _paint_pictures(request: Request, style: Style) -> None:
    def ask(some: Sequence[Given]) -> Iterator[Image]:
        return (style.paint(image) for _, image in some)

    def finish(task: Task, image: Image, painted: Image) -> Told:
        note = pack(_recipe(request, style, task.picture))
        names = write_all(task.files, request.force, partial(save_image, image=painted, note=note))
        return [], f"{task.picture}: wrote {names}"

    answer_all(request, request.pictures, ask, finish)


def _paint_film(request: Request, style: Style, task: FilmTask) -> None:
    """Paint a film frame by frame; a signal ends it early with what there is."""
    film = task.film
    heard = has_sound(film.path)
    sound = Sound(film.path, film.start) if heard and find_format(task.file).sound else None
    try:
        with Stopper() as stopper:
            frames = followed(stopper.watch(_painted(request, style, task)), film.frames, "frame")
            report = encode(
                task.file,
                frames,
                task.fps,
                (film.width, film.height),
                codec=request.codec,
                crf=request.crf,
                metadata={**_recipe(request, style, film.path), "steady": request.steady},
                force=request.force,
                frame_count=film.frames,
                sound=sound,
            )
    except SystemExit as stop:
        click.echo(" ".join(["Stopped.", *getattr(stop, "__notes__", ())]), err=True)
        raise
    kept = ", with its sound" if sound else f", without its sound: a {task.file.suffix} has none" if heard else ""
    click.echo(f"{film.path}: wrote {report.path}, {report.frames} frames at {float(report.fps):g} a second{kept}")


def _recipe(request: Request, style: Style, picture: Path) -> dict[str, Any]:
    """Return what made a painting; the style is told by what it was trained with."""
    return recipe("still stylise", {"style": style.name, "trained": style.made, "of": picture.name}, None)


def _painted(request: Request, style: Style, task: FilmTask) -> Iterator[Image]:
    frames = (np.asarray(frame, np.float32) / np.float32(255) for frame in read_frames(task.film.path))
    return steadied(((frame, style.paint(frame)) for frame in frames), request.steady)
