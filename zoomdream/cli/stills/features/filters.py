"""``zoomdream still filters``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zoomdream.cli.stills import options

if TYPE_CHECKING:
    from zoomdream.still.features.feature_maps import Order


@click.command()
@options.output("Where to write: .png a picture, .npy the kernels; * stands for network and layer.  "
                "[default: *-filters.png]")  # fmt: skip
@click.option("--layer", metavar="NAME", help="A convolution, or the activation behind it.  [default: the first one]")
@click.option("--most", type=click.IntRange(1, 10_000), default=64, show_default=True, help="How many filters to draw.")
@click.option("--order", type=click.Choice(("index", "strength")), default="index", show_default=True,
              help="Which come first: by their number, or the strongest.")  # fmt: skip
@options.alone
def filters(layer: str | None, most: int, order: Order, **given: Any) -> None:
    """Show the kernels of a layer: of the first one in colours, of deeper ones in grey."""
    from zoomdream.cli.stills.features.folder import check_alone, split

    request, _ = split(given)
    name = f"{request.network.rpartition('/')[2].removesuffix('.keras')}{f'-{layer}' if layer else ''}"
    files = check_alone(request, name.replace("/", "-"), (".png", ".npy"), "*-filters.png")

    from zoomdream.cli.stills.features.show_filters import show_filters

    show_filters(request, files, layer, most, order)
