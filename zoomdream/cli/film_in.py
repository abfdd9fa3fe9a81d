"""What is written in a film: someone else's word, that is looked at before it is believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoomdream.errors import BadInput, shown
from zoomdream.inspection.promise import FILMS
from zoomdream.network.families import is_path
from zoomdream.presets import read_film
from zoomdream.reel.provenance import read_metadata

if TYPE_CHECKING:
    from zoomdream.film.settings import Film


def recipe_in(file: Path) -> Mapping[str, Any]:
    """Return what is written in a film.

    Raises:
        BadInput: nothing is, or it is that of a still.
    """
    recipe = read_metadata(file)
    if recipe is None:
        raise BadInput(f"Nothing in {file} says what made it: another program did, or has taken it out.")
    if recipe.get("command") not in FILMS:
        command = shown(f"zoomdream still {recipe.get('command')}")
        raise BadInput(f"{file} was made by {command}; only films can be made again.")
    return recipe


def film_in(file: Path, recipe: Mapping[str, Any], trust: bool) -> Film:
    """Return the film that a recipe describes.

    Args:
        trust: whether it may name files outside the current folder.

    Raises:
        BadInput: it describes none, or names such a file.
    """
    document = recipe.get("film")
    if not isinstance(document, dict):
        raise BadInput(f"What is written in {file} describes no film.")
    film = read_film(document, f"what is written in {file}")
    for field, name in _files(film):
        if not trust and (Path(name).is_absolute() or ".." in Path(name).parts):
            raise BadInput(f"{file} names {shown(name)} ({field}), outside this folder; --trust reads it all the same.")
    return film


def _files(film: Film) -> Iterator[tuple[str, str]]:
    """Yield the files that a film names, with the setting that does."""
    if is_path(film.network):
        yield "network", film.network
    yield "start.image", film.start.image
    yield "grade.towards", film.grade.towards
