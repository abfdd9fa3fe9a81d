"""``zoomdream still train-style``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills import options
from zoomdream.cli.stills.imagine.wish import Seconds, Wish, steps
from zoomdream.still.faststyle.settings import STEPS, USUAL, Settings


def _number(name: str, field: str, text: str) -> Callable[[options.Command], options.Command]:
    usual: float = getattr(USUAL, field)
    return click.option(name, field, type=options.Number(0, 1e9), default=usual, show_default=True, help=text)


def _pixels(name: str, least: int, most: int, text: str) -> Callable[[options.Command], options.Command]:
    usual: int = getattr(USUAL, name.strip("-").replace("-", "_"))
    return click.option(name, type=click.IntRange(least, most), default=usual, show_default=True, help=text)


def _layers(kind: str) -> Callable[[options.Command], options.Command]:
    told = f"A layer at which the {kind} is compared; may be repeated.  [default: those that suit the network]"
    return click.option(f"--{kind}-layer", f"{kind}_layers", metavar="LAYER", multiple=True, help=told)


@click.command()
@click.argument("picture", metavar="STYLE", type=click.Path(path_type=Path))
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Where to write the .keras file; named after STYLE if not given.",
)
@steps(STEPS)
@_pixels("--crop", 32, 1024, "Side of the crops that are learnt from, in pixels; a multiple of 4.")
@_pixels("--batch", 1, 64, "Crops in a step.")
@_pixels("--style-size", 32, 4096, "Shorter side at which STYLE is looked at; less: smaller strokes.")
@_number("--content-weight", "content", "How much the photograph counts.")
@_number("--style-weight", "style", "How much the style counts.")
@_number("--smoothness", "smoothness", "How much evenness from pixel to pixel counts (total variation).")
@_number("--temporal", "temporal", "How much steadiness in films counts: noise is to change little.")
@_layers("style")
@_layers("content")
@click.option(
    "--held-out",
    metavar="IMAGE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A photograph for the sheet; may be repeated.  [default: a tenth of FOLDER, at most 4]",
)
@click.option(
    "--every",
    type=click.IntRange(1, 100_000),
    default=100,
    show_default=True,
    help="Steps from one checkpoint and sheet to the next.",
)
@click.option("--budget", type=Seconds(), help="Take as many steps as fit into this time, e.g. 10m.")
@click.option("--resume", is_flag=True, help="Go on where an interrupted training of that name was.")
@options.seed
@options.dreaming
def train_style(
    picture: Path,
    folder: Path,
    output: str | None,
    steps: int,
    every: int,
    budget: float | None,
    resume: bool,
    held_out: tuple[Path, ...],
    **given: Any,
) -> None:
    """Teach a small network to paint any picture in the style of one picture, STYLE, in one pass.

    It learns from the photographs in FOLDER and the folders in it. Beside the .keras file are kept a sheet of
    photographs that it has not learnt from, before and after, and a checkpoint from which --resume goes on.
    """
    from zoomdream.network.request import check_request
    from zoomdream.picture.folder import pictures_below
    from zoomdream.picture.image import load_image
    from zoomdream.still.faststyle.checkpoint import photographs
    from zoomdream.still.imagine.given import check_example

    common = {name: given.pop(name) for name in ("network", "weights", "input_range", "force")}
    wish = Wish(output=output, budget=budget, seed=given["seed"], film=None, as_json=False, **common)
    settings = _settings(given)
    check_request(wish.network, wish.weights, wish.input_range)
    read = [picture, *held_out, *(Path(name) for name in (wish.network, wish.weights) if name)]
    path = _place(wish, picture, resume, read)
    style = load_image(picture)
    check_example(style, str(picture))
    photos = photographs(pictures_below(folder), path)
    for photo in held_out:
        load_image(photo)

    from zoomdream.cli.stills.faststyle.training import train

    going: dict[str, Any] = {"steps": steps, "every": every, "resume": resume, "held_out": held_out}
    train(wish, path, picture.name, style, photos, settings, **going)


def _settings(given: dict[str, Any]) -> Settings:
    names = {field.name for field in fields(Settings)}
    return Settings(**{name: value for name, value in given.items() if name in names and value != ()})


def _place(wish: Wish, style: Path, resume: bool, read: Sequence[Path]) -> Path:
    """Return where the style is written; what is beside it may be replaced only if it is gone on from.

    Args:
        read: files that are read.
    """
    from zoomdream.cli.stills.files import plan
    from zoomdream.errors import BadInput
    from zoomdream.still.faststyle.checkpoint import check_places, checkpoint_of, sheet_of

    name = wish.output or f"{style.stem}.keras"
    may = wish.force or (resume and checkpoint_of(Path(name)).exists())
    [[path]] = plan([style], [name], (".keras",), may, read=read)
    check_places(path, read)
    for beside in (checkpoint_of(path), sheet_of(path)):
        if beside.is_dir() or (beside.exists() and not may):
            raise BadInput(f"{beside} exists: --resume goes on with that training, --force begins anew.")
    return path
