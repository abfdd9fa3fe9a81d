"""``zoomdream jobs``: films that were begun and are not finished."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from zoomdream.errors import BadInput, ZoomdreamError

_EXISTING = click.Path(path_type=Path)


@click.group()
def jobs() -> None:
    """List the films that were begun and are not finished, go on with one, or throw it away."""


@jobs.command("list")
@click.argument("folder", type=_EXISTING, default=".")
def list_(folder: Path) -> None:
    """List the unfinished films in FOLDER, the current one if not given."""
    from zoomdream.cli.tables import print_table, table

    found = _jobs_in(folder)
    if not found:
        click.echo(f"No film in {folder} was begun and not finished.", err=True)
        return
    rows = table("film", "frames", "state")
    for job in found:
        rows.add_row(*_row(job))
    print_table(rows)


@jobs.command()
@click.argument("film", type=_EXISTING)
def resume(film: Path) -> None:
    """Go on with FILM, as it was asked for when it was begun."""
    from zoomdream.cli.movie import render
    from zoomdream.cli.request import request_of
    from zoomdream.reel.job.manifest import read_manifest

    folder = _folder(film).absolute()
    manifest = read_manifest(folder)
    # The folder may have been moved since; the names of other files are relative to where they were.
    there = Path(manifest.request["folder"])
    if not there.is_dir():
        raise BadInput(f"{film} was asked for in {there}, which is gone; --resume goes on with it from elsewhere.")
    slash = "/" if manifest.request["output"].endswith("/") else ""
    os.chdir(there)
    render(replace(request_of(manifest.request), output=f"{folder.with_name(manifest.film)}{slash}"))


@jobs.command()
@click.argument("films", type=_EXISTING, nargs=-1)
@click.option("--all", "every", metavar="FOLDER", type=_EXISTING, help="All that were begun in FOLDER.")
def clean(films: tuple[Path, ...], every: Path | None) -> None:
    """Throw away what was begun of each of FILMS; the films themselves stay."""
    from zoomdream.reel.job.job import throw_away
    from zoomdream.reel.job.place import film_of

    if not films and every is None:
        raise BadInput("Name the films whose jobs to throw away, or --all FOLDER.")
    held = None
    for folder in [*map(_folder, films), *(_jobs_in(every) if every else [])]:
        film = film_of(folder)
        try:
            throw_away(folder)
        except ZoomdreamError as why:
            held = why
        else:
            click.echo(f"The job of {film} is thrown away.")
    if held:
        raise held


def _row(folder: Path) -> tuple[str, str, str]:
    """Return what the list says of a job: its film, how far it is, and whether somebody is at work on it."""
    from zoomdream.reel.job.journal import Journal
    from zoomdream.reel.job.lock import is_held
    from zoomdream.reel.job.manifest import read_manifest
    from zoomdream.reel.job.place import film_of

    try:
        manifest = read_manifest(folder)
    except BadInput:
        return str(film_of(folder)), "?", "damaged"
    facts = (fact for fact in Journal(folder / "journal").facts() if fact["kind"] == "segment")
    done = sum({fact["number"]: fact["frames"] for fact in facts}.values())
    state = "being made" if is_held(folder) else "done, kept" if done == manifest.frames else "waiting"
    return str(film_of(folder)), f"{done} of {manifest.frames}", state


def _jobs_in(folder: Path) -> list[Path]:
    from zoomdream.reel.job.place import is_job

    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder; name the one that the films are in.")
    return sorted(path for path in folder.iterdir() if is_job(path))


def _folder(film: Path) -> Path:
    """Return the folder of a film's job; ``BadInput`` if there is none."""
    from zoomdream.reel.job.place import is_job, is_of, job_folder, stem_of

    folder = film if is_job(film) else job_folder(film)
    named = film.name in (folder.name, stem_of(folder).name)
    if not is_job(folder) or not (named or is_of(folder, film)):
        raise BadInput(f"No film {film} was begun and not finished; 'zoomdream jobs list' names those that were.")
    return folder
