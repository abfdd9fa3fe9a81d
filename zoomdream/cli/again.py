"""``zoomdream again``: a film made anew from what is written inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from zoomdream.cli.request import Request
from zoomdream.errors import BadInput


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="FILE", help="Where to write; the name decides the type. Default: NAME-again.")
@click.option("--verify", is_flag=True, help="Keep nothing; compare what comes out with FILE, frame by frame.")
@click.option("--weights", metavar="FILE", help="The weights file that it was made with, if it was one of your own.")
@click.option("--trust", is_flag=True, help="Read the pictures and networks that it names, wherever they are.")
@click.option("--force", is_flag=True, help="Replace the output if it exists, and begin anew.")
@click.option("--resume", is_flag=True, help="Go on if this was begun and not finished.")
def again(file: Path, output: str | None, verify: bool, **given: Any) -> None:
    """Render the film FILE anew from what is written inside it, or say what is missing for that.

    On the machine that it was made on, with the same versions, the frames are the same ones. --verify shows whether
    they are, and ends with status 1 if they are not.
    """
    from zoomdream.cli.film_in import recipe_in
    from zoomdream.cli.movie import render

    if verify and (output or given["force"] or given["resume"]):
        raise BadInput("--verify keeps nothing; leave out -o, --force and --resume, or --verify.")
    request = _request(file, recipe_in(file), output, **given)
    if not verify:
        render(request)
        return
    with TemporaryDirectory(prefix=".zoomdream-", dir=file.absolute().parent) as folder:
        made = Path(folder, file.name)
        render(replace(request, output=str(made), verify=True))
        _verify(file, made)


def _request(
    file: Path,
    recipe: Mapping[str, Any],
    output: str | None,
    weights: str | None,
    trust: bool,
    force: bool,
    resume: bool,
) -> Request:
    """Return how to ask for a film as its recipe says."""
    try:
        encoding = {} if output else recipe.get("encoding", {})
        random = recipe["network"]["weights"] == "random"
        return Request(
            loop=recipe["command"] == "loop",
            preset=str(file),
            output=output or str(file.with_name(f"{file.stem}-again{file.suffix}")),
            seconds=None,
            fps=Fraction(recipe["fps"]),
            size=(int(recipe["size"][0]), int(recipe["size"][1])),
            seed=int(recipe["seed"]),
            network=None,
            weights=weights or ("random" if random else None),
            input_range=None,
            start=None,
            changes=(),
            codec=encoding.get("codec"),
            crf=encoding.get("crf"),
            preview=None,
            force=force,
            resume=resume,
            keep_job=False,
            again=str(file),
            trust=trust,
        )
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError) as why:
        raise BadInput(f"What is written in {file} is not what this version writes ({why!r}).") from why


def _verify(file: Path, made: Path) -> None:
    """Say how two films differ; exit status 1 if they do."""
    from zoomdream.reel.comparison import compare

    found = compare(file, made)
    click.echo(f"{file}: {found}")
    if not found.same:
        raise click.exceptions.Exit(1)
