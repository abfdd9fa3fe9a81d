"""``zoomdream still neighbours``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills import options
from zoomdream.cli.stills.features import folder as options_of_folders


@click.command()
@click.argument("image", metavar="IMAGE", type=click.Path(path_type=Path))
@options_of_folders.folder
@options.output("A .png with the neighbours; * stands for the picture's name.  [default: *-neighbours.png]")
@click.option("--most", type=click.IntRange(1, 1000), default=8, show_default=True, help="How many of each.")
@options_of_folders.layer
@options_of_folders.given
def neighbours(image: Path, folder: Path, **given: Any) -> None:
    """Show the pictures in FOLDER, and in the folders in it, that are nearest to a picture.

    Nearest as the network sees them, beside nearest pixel by pixel.
    """
    from zoomdream.cli.stills.features.folder import check_folder, split
    from zoomdream.picture.image import load_image

    load_image(image, least=1)
    request, settings = split(given)
    files, _ = check_folder(
        request, folder, settings["index"], (".png",), "*-neighbours.png", name=image.stem, read=[image]
    )

    from zoomdream.cli.stills.features.show_neighbours import show_neighbours

    show_neighbours(request, files, image, folder, settings)
