"""``zoomdream still patches``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills import options
from zoomdream.cli.stills.features import folder as options_of_folders


@click.command()
@options_of_folders.folder
@click.option("--neuron", metavar="ADDRESS", required=True,
              help="What is excited: block9:4, block9:4@7,9 for one place alone, or class:zebra.")  # fmt: skip
@options.output("A .png with the patches; * stands for the folder's name.  [default: *-patches.png]")
@click.option("--most", type=click.IntRange(1, 1000), default=24, show_default=True, help="How many patches.")
@click.option("--each", type=click.IntRange(1, 16), default=16, show_default=True, help="How many of one picture.")
@click.option("--field", type=options.Number(0, 1, min_open=True), default=0.9, show_default=True,
              help="How much of what influences the neuron is cut out; 1: its whole receptive field.")  # fmt: skip
@click.option("--side", type=click.IntRange(8, 1024), metavar="PIXELS",
              help="How large the network looks at the pictures.  [default: its own size]")  # fmt: skip
@options_of_folders.given
def patches(folder: Path, neuron: str, **given: Any) -> None:
    """Show the patches of the pictures in FOLDER, and in the folders in it, that excite a neuron most.

    Patches of one picture do not overlap. They are cut out of the pictures at full size.
    """
    from zoomdream.cli.stills.features.folder import check_folder, split
    from zoomdream.network.addresses import parse_address

    address = parse_address(neuron)
    request, settings = split(given)
    files, _ = check_folder(request, folder, settings["index"], (".png",), "*-patches.png")

    from zoomdream.cli.stills.features.show_patches import show_patches

    show_patches(request, files, folder, address, settings)
