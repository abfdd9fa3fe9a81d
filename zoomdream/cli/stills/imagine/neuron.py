"""``zoomdream still neuron``."""

from __future__ import annotations

from typing import Any

import click

from zoomdream.cli.stills.imagine import wish as wishes


@click.command()
@click.argument("address")
@click.option(
    "--method",
    type=click.Choice(("fourier", "plain", "regularised", "octaves", "raw")),
    default="fourier",
    show_default=True,
    help="Natural colours and forms; or a classic way on pixels.",
)
@click.option(
    "--steps", type=click.IntRange(1, 100_000), help="Steps to take; as many as suit the method if not given."
)
@wishes.free_size
@click.option(
    "--best",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Grow this many pictures and keep the one that excites the neuron most.",
)
@click.option("--diversity", type=click.IntRange(2, 16), help="Show this many pictures that are unlike one another.")
@wishes.imagining  # fmt: skip
def neuron(address: str, **given: Any) -> None:
    """Grow the picture that excites a neuron: ADDRESS is block9:4, block9:4@7,9, block9 or class:zebra."""
    from zoomdream.errors import BadInput
    from zoomdream.network.addresses import parse_address

    parse_address(address)
    wish, settings = wishes.split(given)
    if settings["diversity"] and (settings["best"] > 1 or settings["method"] != "fourier"):
        raise BadInput("--diversity shows all of its pictures, grown by fourier: leave out --best and --method.")
    width, height = settings["size"] or wishes.SIZE
    count = settings["diversity"] or settings["best"]
    output = wishes.check(wish, f"neuron {address}", film_size=(width * count, height))

    from zoomdream.cli.stills.imagine.exciting import show_neuron

    show_neuron(wish, output, address, **settings)
