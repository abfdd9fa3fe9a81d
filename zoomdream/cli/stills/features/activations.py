"""``zoomdream still activations``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zoomdream.cli.stills import options

if TYPE_CHECKING:
    from zoomdream.still.features.feature_maps import Order


@click.command()
@options.pictures
@options.output("Where to write: .png a grid, .npy or .npz all channels; * stands for the picture's name; may be "
                "repeated.  [default: *-activations.png]")  # fmt: skip
@click.option("--layer", metavar="NAME", required=True, help="The layer whose channels are shown.")
@click.option(
    "--most", type=click.IntRange(1, 10_000), default=48, show_default=True, help="How many channels to draw."
)
@click.option("--order", type=click.Choice(("strength", "index")), default="strength", show_default=True,
              help="Which come first: the strongest, or by their number.")  # fmt: skip
@options.given
def activations(layer: str, most: int, order: Order, **given: Any) -> None:
    """Show what every channel of a layer puts out at every place: its feature maps."""
    from zoomdream.cli.stills.request import check, split

    request, _ = split(given)
    tasks = check(request, (".png", ".npy", ".npz"), "*-activations.png")

    from zoomdream.cli.stills.features.show_activations import show_activations

    show_activations(request, tasks, layer, most, order)
