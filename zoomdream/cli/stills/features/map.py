"""``zoomdream still map``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills import options
from zoomdream.cli.stills.features import folder as options_of_folders


@click.command()
@options_of_folders.folder
@options.output("Where to write: .png the map, .csv the place of each picture; * stands for the folder's name; may be "
                "repeated.  [default: *-map.png]")  # fmt: skip
@click.option("--method", type=click.Choice(("tsne", "pca")), default="tsne", show_default=True,
              help="Keep neighbours together, or show the two directions in which most differs.")  # fmt: skip
@click.option("--layout", type=click.Choice(("cloud", "grid")), default="cloud", show_default=True,
              help="Every picture near its own place, or all in a grid without gaps.")  # fmt: skip
@click.option("--side", type=click.IntRange(256, 8192), default=2400, show_default=True,
              help="Longer side of the map in pixels.")  # fmt: skip
@options_of_folders.layer
@options.seed
@options_of_folders.given
def map(folder: Path, layout: str, side: int, **given: Any) -> None:
    """Draw all pictures in FOLDER, and in the folders in it: what the network finds alike is close together."""
    from zoomdream.cli.stills.features.folder import check_folder, split
    from zoomdream.still.features.method import check_count

    request, settings = split(given)
    files, count = check_folder(request, folder, settings["index"], (".png", ".csv"), "*-map.png")
    check_count(count, settings["method"])

    from zoomdream.cli.stills.features.show_map import show_map

    show_map(request, files, folder, layout, side, settings)
