"""``zoomdream still segment``."""

from __future__ import annotations

from typing import Any

import click

from zoomdream.cli.stills import options


@click.command()
@options.pictures
@options.output(
    "Where to write; .png by --view, .npy the mask; * stands for the picture's name.  [default: *-segment.png]"
)
@click.option(
    "--view",
    type=click.Choice(("cutout", "mask", "outline")),
    default="cutout",
    show_default=True,
    help="What a .png shows: the object on transparent ground, the mask, or the picture with a line.",
)
@click.option("--target", metavar="ADDRESS", help="What to cut out, e.g. class:zebra.  [default: the top class]")
@click.option(
    "--foreground",
    type=options.Number(0, 1),
    default=0.95,
    show_default=True,
    help="Quantile of the saliency from which a place is surely the object.",
)
@click.option(
    "--background",
    type=options.Number(0, 1),
    default=0.15,
    show_default=True,
    help="Quantile below which it surely is not.",
)
@options.seed
@options.whole  # fmt: skip
def segment(view: str, target: str | None, **given: Any) -> None:
    """Cut an object out of its picture: what is salient for its class, up to the nearest edges."""
    from zoomdream.cli.stills.request import check, split
    from zoomdream.network.addresses import parse_address

    address = parse_address(target) if target else None
    request, settings = split(given)
    tasks = check(request, (".png", ".npy"), "*-segment.png")

    from zoomdream.cli.stills.cutting import cut_pictures

    cut_pictures(request, tasks, address, view, settings)
