"""``zoomdream still invert``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills import options
from zoomdream.cli.stills.imagine import wish as wishes


@click.command()
@click.argument("picture", metavar="IMAGE", type=click.Path(path_type=Path))
@click.option(
    "--layer", "layers", metavar="NAME", multiple=True, help="Whose activations are kept; several make a row."
)
@click.option("--all", "every", is_flag=True, help="A row of layers, from shallow to deep.")
@click.option(
    "--start", metavar="IMAGE", type=click.Path(path_type=Path), help="A picture to begin with.  [default: noise]"
)
@wishes.size("224")
@wishes.steps(256)
@click.option(
    "--canvas",
    type=click.Choice(("fourier", "pixels")),
    default="fourier",
    show_default=True,
    help="Natural colours, or plain pixels as in the paper.",
)
@click.option(
    "--smoothness", type=options.Number(0), default=0.1, show_default=True, help="Weight of the total variation."
)
@wishes.imagining  # fmt: skip
def invert(picture: Path, layers: tuple[str, ...], every: bool, start: Path | None, **given: Any) -> None:
    """Find a picture with the same activations: what is left of IMAGE in a layer."""
    from zoomdream.errors import BadInput
    from zoomdream.picture.image import load_image
    from zoomdream.still.imagine.given import check_picture

    if every == bool(layers):
        raise BadInput("Say whose activations are kept: --layer NAME, or --all for a row from shallow to deep.")
    wish, settings = wishes.split(given)
    named = "all" if every else " ".join(layers)
    output = wishes.check(
        wish, f"{picture.stem} invert {named}", settings["size"], [picture, *([start] if start else [])]
    )
    image, first = load_image(picture), load_image(start) if start else None
    for each in (image, first):
        if each is not None:
            check_picture(each)

    from zoomdream.cli.stills.imagine.inverting import show_inversions

    show_inversions(wish, output, picture, image, first, layers, start=start, **settings)
