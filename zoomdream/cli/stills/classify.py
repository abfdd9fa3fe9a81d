"""``zoomdream still classify``."""

from __future__ import annotations

from typing import Any

import click

from zoomdream.cli.stills import options


@click.command()
@options.pictures
@options.output("A .png with the picture and a bar chart; * stands for the picture's name.  [default: none]")
@click.option("--top", type=click.IntRange(1, 100_000), default=5, show_default=True, help="How many classes.")
@options.given
def classify(top: int, **given: Any) -> None:
    """Tell what the network takes each picture for."""
    from zoomdream.cli.stills.request import check, split

    request, _ = split(given)
    tasks = check(request, (".png",), None)

    from zoomdream.cli.stills.classifying import tell_classes

    tell_classes(request, tasks, top)
