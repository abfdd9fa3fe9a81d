"""``zoomdream still style``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills import options
from zoomdream.cli.stills.imagine import wish as wishes


@click.command()
@click.argument("content", metavar="CONTENT", type=click.Path(path_type=Path))
@click.argument("styles", metavar="STYLE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--strength",
    type=options.Number(0, 1e6),
    default=10.0,
    show_default=True,
    help="Weight of the styles against what is in CONTENT.",
)
@click.option(
    "--scale",
    type=options.Number(0.05, 16),
    default=1.0,
    show_default=True,
    help="How large the styles are seen, against the picture.",
)
@click.option(
    "--style-weight",
    "weights_of_styles",
    type=options.Number(0, 1e6),
    multiple=True,
    help="How much a style counts; once for each.  [default: all alike]",
)
@click.option(
    "--keep-colour",
    "keep_colour",
    type=click.Choice(("luminance", "match")),
    is_flag=False,
    flag_value="luminance",
    help="Keep CONTENT's colours: paint light and dark alone, or have the styles match its palette.",
)
@click.option(
    "--mask",
    metavar="IMAGE",
    type=click.Path(path_type=Path),
    help="A grey picture: where it is painted; white all of it.",
)
@click.option(
    "--start",
    type=click.Choice(("content", "noise", "style")),
    default="content",
    show_default=True,
    help="What it begins as.",
)
@click.option(
    "--style-layer",
    "style_layers",
    metavar="NAME",
    multiple=True,
    help="Whose Gram matrices are compared; may be repeated.",
)
@click.option(
    "--content-layer",
    "content_layers",
    metavar="NAME",
    multiple=True,
    help="Whose activations are compared; may be repeated.",
)
@click.option(
    "--size",
    type=click.IntRange(64, 4096),
    default=512,
    show_default=True,
    help="Longer side of the result, in pixels.",
)
@wishes.steps(300)
@wishes.imagining  # fmt: skip
def style(content: Path, styles: tuple[Path, ...], mask: Path | None, **given: Any) -> None:
    """Paint what is in CONTENT like STYLE, or between several styles."""
    from zoomdream.picture.image import load_image
    from zoomdream.still.imagine.given import check_example, check_mask, check_picture, fitted, shared

    wish, settings = wishes.split(given)
    shares = shared(settings.pop("weights_of_styles"), len(styles))
    read = [content, *styles, *([mask] if mask else [])]
    images = [load_image(path) for path in read]
    for path, image in zip(read, images, strict=True):
        (check_example if path in styles else check_picture)(image, str(path))
    shade = images.pop().mean(2) if mask else None
    if shade is not None:
        check_mask(shade, images[0])
    height, width = fitted(images[0], settings["size"])
    frame = (2 * round(width / 2), 2 * round(height / 2))  # most codecs take even sizes only
    output = wishes.check(wish, f"{content.stem} {styles[0].stem}", frame, read)
    names = {"content": str(content), "styles": [str(path) for path in styles], "mask": str(mask) if mask else None}

    from zoomdream.cli.stills.imagine.painting import show_painting

    show_painting(wish, output, names, images, shares, shade, frame[::-1], **settings)
