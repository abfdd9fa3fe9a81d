"""``zoomdream still texture``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills import options
from zoomdream.cli.stills.imagine import wish as wishes

OWN = {"gram": ("steps", "network", "weights", "input_range"), "neighbours": ("window", "tolerance")}
"""Options that mean something to one method only."""


@click.command()
@click.argument("picture", metavar="IMAGE", type=click.Path(path_type=Path))
@click.option(
    "--method",
    type=click.Choice(("gram", "neighbours")),
    default="gram",
    show_default=True,
    help="Alike to a network, or copied pixel by pixel.",
)
@wishes.size("256")
@click.option("--tile", is_flag=True, help="Let it continue round its edges.")
@click.option(
    "--scale",
    type=options.Number(0, 16, min_open=True),
    help="How large IMAGE is seen.  [default: 1, less for a large one]",
)
@wishes.steps(300)
@click.option(
    "--window",
    type=click.IntRange(3, 99),
    default=11,
    show_default=True,
    help="Of neighbours: side of the surroundings that are compared, in pixels, odd.",
)
@click.option(
    "--tolerance",
    type=options.Number(0, 10),
    default=0.1,
    show_default=True,
    help="Of neighbours: how much worse than the best match one may be.",
)
@wishes.imagining  # fmt: skip
def texture(
    picture: Path,
    method: str,
    size: tuple[int, int],
    tile: bool,
    scale: float | None,
    steps: int,
    window: int,
    tolerance: float,
    **given: Any,
) -> None:
    """Make more of what IMAGE is made of, at any size."""
    from zoomdream.picture.image import load_image

    for name in OWN["neighbours" if method == "gram" else "gram"]:
        if click.get_current_context().get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.replace('_', '-')} means nothing to --method {method}.")
    wish, _ = wishes.split(given)
    output = wishes.check(wish, f"{picture.stem} texture", size, [picture])
    image = load_image(picture)
    if method == "neighbours":
        from zoomdream.still.imagine.neighbour_texture import shown

        shown(image, window, scale)
        from zoomdream.cli.stills.imagine.texturing import show_woven

        show_woven(wish, output, picture, image, size=size, scale=scale, tile=tile, window=window, tolerance=tolerance)
    else:
        from zoomdream.still.imagine.given import check_example

        check_example(image)
        from zoomdream.cli.stills.imagine.texturing import show_texture

        show_texture(wish, output, picture, image, size=size, steps=steps, scale=scale, tile=tile)
