"""What the kinds that look at a folder have in common on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills import options
from zoomdream.cli.stills.request import Request

folder = click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
layer = click.option(
    "--layer", metavar="NAME", help="Whose features are compared.  [default: the last before the head]"
)
index = click.option(
    "--index",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where to keep what was found, for the next time.  [default: in the user's cache folder]",
)
given = options.together(index, options.given)
"""What every kind takes besides what it asks, and outputs."""


def split(given: dict[str, Any]) -> tuple[Request, dict[str, Any]]:
    """Return the options that every kind has, and those that are left: the kind's own."""
    from zoomdream.cli.stills.request import split as split_request

    return split_request({"pictures": (), **given})


def check_alone(
    request: Request, name: str, suffixes: Sequence[str], usual: str, read: Sequence[Path] = ()
) -> list[Path]:
    """Return the files to write, refusing what cannot be done, without a tensor library.

    Args:
        name: what ``*`` stands for in the name of an output.
        suffixes: what the names of outputs may end in.
        usual: the output where none is named.
        read: files that are read.
    """
    from zoomdream.cli.stills.files import plan
    from zoomdream.network.request import check_request

    check_request(request.network, request.weights, request.input_range)
    (files,) = plan([Path(name.replace(".", "-"))], request.outputs or [usual], suffixes, request.force, read=read)
    return files


def check_folder(
    request: Request,
    folder: Path,
    index: Path | None,
    suffixes: Sequence[str],
    usual: str,
    name: str = "",
    read: Sequence[Path] = (),
) -> tuple[list[Path], int]:
    """Return the files to write and the number of pictures, refusing what cannot be done, without a tensor library.

    Args:
        name: what ``*`` stands for in the name of an output; the folder's own if not given.
    """
    from zoomdream.still.features.folder import pictures_of
    from zoomdream.still.features.index import check_index

    pictures = pictures_of(folder)
    name = name or folder.resolve().name or "pictures"
    files = check_alone(request, name, suffixes, usual, [*read, *pictures, *([index] if index else [])])
    check_index(index)
    return files, len(pictures)
