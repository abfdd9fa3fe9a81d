"""``zoomdream still stylise``."""

from __future__ import annotations

from pathlib import Path

import click

from zoomdream.cli.stills import options
from zoomdream.still.faststyle.shelf import STYLES

_ALONG = "\n".join(f"  {name:<8} {look}" for name, look in STYLES.items())


@click.command(epilog=f"\b\nStyles that come along:\n{_ALONG}")
@click.argument("model", metavar="MODEL")
@click.argument("places", metavar="IMAGE|VIDEO...", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.output(
    "Where to write; * stands for the picture's name, a final / is a folder.  [default: *-MODEL.png, of a "
    "film *-MODEL with the film's own suffix, or .mp4]"
)
@click.option(
    "--steady",
    type=options.Number(0, 1),
    default=0.0,
    show_default=True,
    help="In films, how much of each frame is carried along from the one before; 0.6 flickers less.",
)
@click.option("--codec", metavar="NAME", help="How films are encoded, e.g. h265; see 'zoomdream movie --help'.")
@click.option("--crf", type=int, help="Quality of the encoding, lower is better.  [h264: 17]")
@options.force
def stylise(
    model: str,
    places: tuple[Path, ...],
    outputs: tuple[str, ...],
    steady: float,
    codec: str | None,
    crf: int | None,
    force: bool,
) -> None:
    """Paint pictures and films in a style, in one pass each, at their own size.

    MODEL is a style by name, or a .keras file made by 'zoomdream still train-style'. A film keeps its sound, its rate
    and its number of frames.
    """
    from zoomdream.cli.stills.faststyle.request import check

    request = check(model, places, outputs, steady=steady, codec=codec, crf=crf, force=force)

    from zoomdream.cli.stills.faststyle.painting import paint

    paint(request)
