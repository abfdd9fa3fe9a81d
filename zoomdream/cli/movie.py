"""``zoomdream movie`` and ``zoomdream loop``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoomdream.cli.request import Request
from zoomdream.cli.sizes import Size
from zoomdream.errors import BadInput

if TYPE_CHECKING:
    from zoomdream.film.settings import Film


class _Rate(click.ParamType[Fraction]):
    """Frames per second, e.g. 30, 23.976 or 30000/1001."""

    name = "FPS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        from zoomdream.reel.rate import frame_rate

        try:
            rate = frame_rate(Fraction(value) if "/" in str(value) else float(value))
        except (ValueError, ZeroDivisionError, OverflowError, BadInput):
            self.fail(f"{value!r} is not a frame rate: write a number such as 30 or 30000/1001.")
        if not 1 <= rate <= 240:
            self.fail(f"{value} frames a second is out of range: from 1 to 240.")
        return rate


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what movie and loop have in common."""
    path = click.Path(path_type=Path)
    for option in reversed(
        [
            click.argument("preset"),
            click.option("-o", "--output", metavar="FILE", help="Where to write; the name decides the type: .mp4 .mkv "
                         ".webm .mov .gif .webp, or a folder of PNGs. Default: PRESET.mp4."),
            click.option("--seconds", type=float, help="Length of the film; the preset's own otherwise."),
            click.option("--fps", type=_Rate(), default="30", show_default=True, help="Frames per second."),
            click.option("--size", type=Size(), default="640x360", show_default=True, help="Width and height."),
            click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, metavar="N",
                         help="Another seed, another film.  [default: 0]"),
            click.option("--network", metavar="NAME", help="A network, or a .keras file, instead of the preset's."),
            click.option("--weights", metavar="FILE", help="A local weights file, or 'random'."),
            click.option("--input-range", metavar="RANGE", help="What a .keras file expects, e.g. -1..1."),
            click.option("--start", metavar="IMAGE", help="Begin with this picture; a loop cannot."),
            click.option("--set", "changes", metavar="SECTION.KEY=VALUE", multiple=True,
                         help="Change any setting of the preset; may be repeated."),
            click.option("--codec", metavar="NAME", help="h264, h265, av1, vp9, prores, hap, or a hardware encoder."),
            click.option("--crf", type=int, help="Quality of the encoding, lower is better.  [h264: 17]"),
            click.option("--preview", type=path, metavar="FILE.png", help="A picture rewritten every few seconds."),
            click.option("--force", is_flag=True, help="Replace the output if it exists, and begin anew."),
            click.option("--resume", is_flag=True, help="Go on with this film if it was begun and not finished."),
            click.option("--keep-job", is_flag=True, help="Keep the folder from which it can be encoded otherwise."),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@_options
def movie(**given: Any) -> None:
    """Render a film from PRESET, a name from 'zoomdream presets list' or the path of a .toml file."""
    render(Request(loop=False, **given))


@click.command()
@_options
def loop(**given: Any) -> None:
    """Render PRESET as a film that closes onto itself, and print how its seam compares with an ordinary step.

    Rotation is rounded to whole turns and the camera's path to whole rounds. A loop has no beginning: it cannot begin
    with a picture, and does not unfold.
    """
    render(Request(loop=True, **given))


def render(request: Request) -> None:
    """Make a film as it was asked for."""
    film, before = _made_before(request) if request.again else (_from_preset(request), None)

    from zoomdream.cli.making import make

    make(film, request, before)


def _from_preset(request: Request) -> Film:
    from zoomdream.presets import load_preset

    changes = _changes(request)
    film = load_preset(request.preset, changes)
    _check(film, request)
    return _closed(film, request.fps, changes) if request.loop else film


def _made_before(request: Request) -> tuple[Film, Mapping[str, Any]]:
    """Return the film that is written in another one, and what that one was made with."""
    from zoomdream.cli.film_in import film_in, recipe_in

    file = Path(str(request.again))
    recipe = recipe_in(file)
    film = film_in(file, recipe, request.trust)
    _check(film, request)
    return film, recipe


def _changes(request: Request) -> dict[str, Any]:
    """Return the settings that the command line changes."""
    from zoomdream.presets import parse_change

    changes = dict(parse_change(text) for text in request.changes)
    options = {"seconds": request.seconds, "network": request.network, "start.image": request.start}
    changes |= {key: value for key, value in options.items() if value is not None}
    if request.start is not None:
        changes["start.kind"] = "image"
    return changes


def _closed(film: Film, fps: Fraction, changes: Collection[str]) -> Film:
    """Return the film as a loop, saying what had to change."""
    from zoomdream.film.length import looped

    around = looped(film, fps, changes)
    if around.camera.rotate != film.camera.rotate:
        turned = f"{film.camera.rotate:g} to {around.camera.rotate:g} degrees a second"
        click.echo(f"Rotation goes from {turned}, for whole turns in {film.seconds:g} s.", err=True)
    return around


def _check(film: Film, request: Request) -> None:
    """Refuse, before a tensor library is loaded, what cannot become a file."""
    from zoomdream.film.pictures import check_pictures
    from zoomdream.network.request import check_request
    from zoomdream.reel.encode import plan_film
    from zoomdream.reel.job.job import check_unbegun

    check_request(film.network, request.weights, request.input_range)
    plan = plan_film(request.target, request.size, request.fps, **request.encoding)
    if not request.resume:
        check_unbegun(plan, request.force)
    check_pictures(film)
    if request.preview:
        _check_preview(request.preview, request.target)


def _check_preview(preview: Path, target: str) -> None:
    if preview.suffix != ".png" or not preview.absolute().parent.is_dir() or preview.is_dir():
        raise BadInput(f"--preview {preview}: a .png file in an existing folder would be right.")
    if (preview.parent.resolve() / preview.name).is_relative_to(Path(target).resolve()):
        raise BadInput(f"--preview {preview}: a name outside {target}, the folder of the film, would be right.")
