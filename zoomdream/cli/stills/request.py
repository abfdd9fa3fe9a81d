"""What the command line was told when it was asked for stills of given pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoomdream.cli.stills.files import find_pictures, plan
from zoomdream.network.request import check_request
from zoomdream.picture.fit import Mode
from zoomdream.picture.image import load_image

if TYPE_CHECKING:
    from zoomdream.network.network import Network


@dataclass(frozen=True)
class Request:
    """The options that every kind has.

    Attributes:
        pictures: files and folders of pictures.
        outputs: names to write to, with ``*`` for the picture's own.
        network: name or path of a network.
        weights: a file of weights, or ``random``.
        input_range: name of what a network of the user's own expects.
        force: whether existing outputs are replaced.
        fit: how a picture comes to the network's size.
        as_json: whether to print the numbers as JSON.
    """

    pictures: tuple[Path, ...]
    outputs: tuple[str, ...]
    network: str
    weights: str | None
    input_range: str | None
    force: bool
    fit: Mode = "crop"
    as_json: bool = False

    def load_network(self) -> Network:
        """Load the network asked for."""
        from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
        from zoomdream.network.catalogue import load_network

        return load_network(self.network, weights=self.weights, input_range=self.input_range)


@dataclass(frozen=True)
class Task:
    """One picture and the files to be written for it."""

    picture: Path
    files: Sequence[Path]


def split(given: dict[str, Any]) -> tuple[Request, dict[str, Any]]:
    """Return the options that every kind has, and those that are left: the kind's own."""
    common = {field.name for field in fields(Request)}
    request = Request(**{name: value for name, value in given.items() if name in common})
    return request, {name: value for name, value in given.items() if name not in common}


def check(request: Request, suffixes: Sequence[str], usual: str | None, read: Sequence[Path] = ()) -> list[Task]:
    """Return what is to be done, refusing what cannot be, without a tensor library.

    Args:
        suffixes: what the names of outputs may end in.
        usual: the output where none is named; ``None`` for no file at all.
        read: files that are read besides the pictures.
    """
    check_request(request.network, request.weights, request.input_range)
    pictures = find_pictures(request.pictures)
    outputs = request.outputs or ([usual] if usual else [])
    planned = plan(pictures, outputs, suffixes, request.force, read=read)
    if len(pictures) == 1:
        load_image(pictures[0])  # a single one that is damaged is refused now
    return [Task(picture, files) for picture, files in zip(pictures, planned, strict=True)]
