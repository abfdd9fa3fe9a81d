"""What the command line was told when it was asked to paint in a style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from zoomdream.cli.stills.files import ANY, find_pictures, plan
from zoomdream.cli.stills.request import Task
from zoomdream.errors import BadInput
from zoomdream.picture.image import SUFFIXES, load_image, open_picture
from zoomdream.reel.encode import check_output
from zoomdream.reel.formats import FORMATS
from zoomdream.reel.probe import Probe, probe
from zoomdream.still.faststyle.shelf import check_style, find_style

PICTURES = (".png", ".jpg", ".jpeg")
FILMS = tuple(form.suffix for form in FORMATS)
MORE_FILMS = (".avi", ".m4v", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".wmv", ".flv", ".3gp", ".ogv", ".y4m")
"""Suffixes of films that are read and not written."""
LIKELY = Fraction(25)
"""Frames per second of a film that does not say."""


@dataclass(frozen=True)
class FilmTask:
    """A film and the file to be written for it."""

    film: Probe
    file: Path

    @property
    def fps(self) -> Fraction:
        """Frames per second."""
        return self.film.fps or LIKELY


@dataclass(frozen=True)
class Request:
    """What is to be painted.

    Attributes:
        style: the file of a style.
        pictures: what is to be written for each picture.
        films: the same for each film.
        unreadable: films that cannot be read, where there is something else to do.
        steady: how much of each frame is carried along from the one before.
        codec: of films.
        crf: of films.
        force: whether existing outputs are replaced.
        as_json: never; nothing is counted here.
    """

    style: Path
    pictures: Sequence[Task]
    films: Sequence[FilmTask]
    unreadable: Sequence[BadInput]
    steady: float
    codec: str | None
    crf: int | None
    force: bool
    as_json: bool = False


def check(
    model: str,
    places: Sequence[Path],
    outputs: Sequence[str],
    *,
    steady: float,
    codec: str | None,
    crf: int | None,
    force: bool,
) -> Request:
    """Return what is to be painted, refusing what cannot be, without a tensor library.

    Raises:
        BadInput: there is no such style, nothing at a place, or an output that cannot be written.
    """
    style = find_style(model)
    check_style(style)
    found = find_pictures(places)
    kinds = [(path, is_film(path)) for path in found]
    films, pictures = ([path for path, film in kinds if film is wanted] for wanted in (True, False))
    planned = _planned(pictures, films, outputs, style.stem, force)
    facts, unreadable = _probed(films, alone=len(found) == 1)
    tasks = [FilmTask(film, planned[film.path]) for film in facts]
    for task in tasks:
        check_output(task.file, (task.film.width, task.film.height), task.fps, codec=codec, crf=crf, force=force)
    if len(found) == 1 and pictures:
        load_image(pictures[0])  # a single one that is damaged is refused now
    return Request(
        style, [Task(path, [planned[path]]) for path in pictures], tasks, unreadable, steady, codec, crf, force
    )


def is_film(path: Path) -> bool:
    """Say whether a file goes by the name of a film; one of those that may be either has more than one frame."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        return suffix in (*FILMS, *MORE_FILMS)
    return suffix in FILMS and _frames(path) > 1


def _frames(path: Path) -> int:
    try:
        with open_picture(path) as opened:
            return getattr(opened, "n_frames", 1)
    except BadInput:
        return 1


def _planned(
    pictures: Sequence[Path], films: Sequence[Path], outputs: Sequence[str], style: str, force: bool
) -> dict[Path, Path]:
    """Return what is written for each input."""
    if len(outputs) > 1:
        raise BadInput("Each picture is painted once: give -o once, with * for the picture's name.")
    named = [output for output in outputs if not output.endswith(("/", "\\"))]
    if named and ANY not in named[0] and len(pictures) + len(films) > 1:
        plan([*pictures, *films], named, (Path(named[0]).suffix.lower(),), force)  # refuses, and says what would do
    groups: list[tuple[str, Sequence[str], Sequence[Path]]] = [(PICTURES[0], PICTURES, pictures)]
    for suffix in dict.fromkeys(map(_suffix, films)):
        groups.append((suffix, FILMS, [film for film in films if _suffix(film) == suffix]))
    planned: dict[Path, Path] = {}
    for suffix, allowed, some in groups:
        output = named[0] if named else f"{outputs[0] if outputs else ''}{ANY}-{style}{suffix}"
        files = plan(some, [output], allowed, force, taken=[*planned.values()], read=[*pictures, *films])
        planned |= {path: file for path, [file] in zip(some, files, strict=True)}
    return planned


def _suffix(film: Path) -> str:
    return film.suffix.lower() if film.suffix.lower() in FILMS else FILMS[0]


def _probed(films: Sequence[Path], alone: bool) -> tuple[list[Probe], list[BadInput]]:
    """Return the facts of the films, and why others have none; one on its own is refused."""
    facts, unreadable = [], []
    for path in films:
        try:
            facts.append(probe(path))
        except BadInput as why:
            if alone:
                raise
            unreadable.append(why)
    return facts, unreadable
