"""``zoomdream still multifaceted``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills.imagine import wish as wishes


@click.command()
@click.argument("label")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--faces", type=click.IntRange(1, 16), default=4, show_default=True, help="How many faces to show.")
@wishes.steps(192)
@wishes.size("256")
@wishes.imagining  # fmt: skip
def multifaceted(label: str, folder: Path, faces: int, **given: Any) -> None:
    """Grow several faces of a class, LABEL, each from photographs of it in FOLDER that are alike."""
    from zoomdream.cli.stills.files import find_pictures

    wish, settings = wishes.split(given)
    width, height = settings["size"]
    pictures = find_pictures([folder])
    output = wishes.check(wish, f"faces of {label}", film_size=(width * faces, height), read=pictures)

    from zoomdream.cli.stills.imagine.exciting import show_faces

    show_faces(wish, output, label, pictures, faces, **settings)
