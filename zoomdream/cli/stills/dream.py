"""``zoomdream still dream``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills import options


@click.command()
@options.pictures
@options.output("Where to write a .png or .jpg; * stands for the picture's name.  [default: *-dream.png]")
@click.option(
    "--target",
    "targets",
    metavar="ADDRESS",
    multiple=True,
    help="A layer, channel or class to amplify; may be repeated.  [default: two thirds through the network]",
)
@click.option(
    "--guide",
    metavar="IMAGE",
    type=click.Path(path_type=Path),
    help="A picture whose features at the layers are amplified.",
)
@click.option(
    "--mask",
    metavar="IMAGE",
    type=click.Path(path_type=Path),
    help="A grey picture: how much of the dream each place gets; white all of it.",
)
@click.option(
    "--octaves",
    type=click.IntRange(1, 12),
    default=4,
    show_default=True,
    help="Sizes at which the network looks at the picture.",
)
@click.option(
    "--ratio",
    type=options.Number(1, 4, min_open=True),
    default=1.4,
    show_default=True,
    help="From one size to the next.",
)
@click.option("--steps", type=click.IntRange(1, 1000), default=10, show_default=True, help="Steps at each size.")
@click.option(
    "--step",
    type=options.Number(0, 50, min_open=True),
    default=2.0,
    show_default=True,
    help="Size of one step, in 1/255 of the range.",
)
@click.option(
    "--lines",
    type=click.IntRange(64, 8192),
    default=720,
    show_default=True,
    help="Height of the finest size; less: larger motifs.",
)
@options.seed
@options.dreaming  # fmt: skip
def dream(targets: tuple[str, ...], guide: Path | None, mask: Path | None, **given: Any) -> None:
    """Amplify what the network believes to see in a picture, at several sizes."""
    from zoomdream.cli.stills.request import check, split
    from zoomdream.network.addresses import parse_address
    from zoomdream.picture.image import load_image

    for text in targets:
        parse_address(text)
    request, settings = split(given)
    tasks = check(request, (".png", ".jpg", ".jpeg"), "*-dream.png", [path for path in (guide, mask) if path])
    extra = {"example": load_image(guide) if guide else None, "mask": load_image(mask).mean(2) if mask else None}

    from zoomdream.cli.stills.dreaming import dream_pictures

    dream_pictures(request, tasks, targets, **extra, **settings)
