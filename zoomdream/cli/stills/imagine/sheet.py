"""``zoomdream still sheet``."""

from __future__ import annotations

from typing import Any

import click

from zoomdream.cli.stills.imagine import wish as wishes


@click.command()
@click.option(
    "--layer",
    "layers",
    metavar="LAYER",
    multiple=True,
    help="A layer to draw from; may be repeated.  [default: six, from the first to the last]",
)
@click.option(
    "--neurons",
    type=click.IntRange(1, 4096),
    default=8,
    show_default=True,
    help="How many of each layer, drawn by the seed.",
)
@click.option("--all", "everything", is_flag=True, help="All channels of one --layer.")
@wishes.steps(128)
@wishes.size("160")
@wishes.unfilmed  # fmt: skip
def sheet(layers: tuple[str, ...], everything: bool, **given: Any) -> None:
    """Grow what excites many neurons, on one labelled sheet: a column for each layer, from the first to the last.

    Each picture also goes to a file of its own, in a folder beside the sheet; one that is there already is not grown
    again, so a sheet that was stopped goes on where it was.
    """
    from zoomdream.errors import BadInput

    wish, settings = wishes.split(given)
    if everything and len(layers) != 1:
        raise BadInput("--all shows all channels of one layer: name it with --layer.")
    output = wishes.check(wish, "-".join(("sheet", *layers)))
    folder = output.with_suffix("")
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file, where the folder of the sheet's pictures would be: choose another -o.")

    from zoomdream.cli.stills.imagine.sheeting import show_sheet

    show_sheet(wish, output, layers, everything, **settings)
