"""``zoomdream still class``."""

from __future__ import annotations

from typing import Any

import click

from zoomdream.cli.stills import options
from zoomdream.cli.stills.imagine import wish as wishes


@click.command(name="class")
@click.argument("label")
@click.option(
    "--objective",
    type=click.Choice(("logit", "likelihood")),
    default="logit",
    show_default=True,
    help="What grows: the logit, or the log probability, which also silences the other classes.",
)
@click.option(
    "--tv",
    "smoothness",
    type=options.Number(0),
    default=30.0,
    show_default=True,
    help="Weight of the total variation; with 0 nothing keeps the picture natural, and noise convinces too.",
)
@click.option("--judge", metavar="NETWORK", multiple=True, help="Ask another network what it sees; may be repeated.")
@wishes.steps(256)
@wishes.free_size
@click.option(
    "--best",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Grow this many pictures and keep the surest one.",
)
@wishes.imagining  # fmt: skip
def class_(label: str, judge: tuple[str, ...], **given: Any) -> None:
    """Grow the picture that a network is surest of: LABEL is the name or the number of a class."""
    from zoomdream.network.request import check_request

    wish, settings = wishes.split(given)
    for name in judge:
        check_request(name, None, None)
    width, height = settings["size"] or wishes.SIZE
    output = wishes.check(wish, f"class {label}", film_size=(width * settings["best"], height))

    from zoomdream.cli.stills.imagine.exciting import show_class

    show_class(wish, output, label, judge, **settings)
