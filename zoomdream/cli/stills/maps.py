"""The kinds that answer with a map: one command each, all of one make."""

from __future__ import annotations

from typing import Any

import click

from zoomdream.cli.stills import options
from zoomdream.errors import BadInput

_OUTPUT = (
    "Where to write: .png a picture, .npy or .npz the raw map; * stands for the picture's name; may be repeated.  "
    "[default: *-KIND.png]"
)

_SHOWN = options.together(
    options.pictures,
    options.output(_OUTPUT),
    options.targets,
    click.option("--view", type=click.Choice(("panel", "overlay", "map")), default="panel", show_default=True,
                 help="What a .png shows: all side by side with captions, or at the picture's own size the map over "
                      "the picture or alone."),
    click.option("--alpha", type=options.Number(0, 1), default=0.75, show_default=True,
                 help="How much a map covers the picture."),
)  # fmt: skip
_COLORMAP = click.option("--colormap", metavar="NAME", help="Colours of the map, e.g. viridis.")
_COMMON = options.together(_SHOWN, _COLORMAP, options.given)
_COLOUR = options.together(_SHOWN, options.given)
"""The same for maps with one value for each colour, which are shown in these."""

_LAYER = click.option("--layer", metavar="NAME", help="Whose activations are weighed.  [default: the last one]")
_SIGNED = click.option("--signed", "relu", is_flag=True, flag_value=False, default=True,
                       help="Show also what speaks against the target.")  # fmt: skip


@click.command()
@_COMMON
def saliency(**given: Any) -> None:
    """Show how strongly the score follows each pixel: max over RGB of |gradient of the logit|."""
    _explain("saliency", **given)


@click.command()
@click.option("--copies", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Noisy copies.")
@click.option("--noise", type=options.Number(0, 10), default=0.15, show_default=True,
              help="Standard deviation, in parts of the picture's range.")  # fmt: skip
@options.seed
@_COMMON
def smoothgrad(**given: Any) -> None:
    """Show the saliency of the mean gradient over noisy copies of the picture."""
    _explain("smoothgrad", **given)


@click.command()
@click.option(
    "--baseline",
    type=options.Number(0, 1),
    default=0.0,
    show_default=True,
    help="Grey value of the plain picture that the path begins with.",
)
@click.option("--gap", type=options.Number(0, 1, min_open=True), default=0.01, show_default=True,
              help="Completeness gap that is small enough.")  # fmt: skip
@_COMMON
def integrated(**given: Any) -> None:
    """Show how much of the score each pixel makes, on the way from a plain picture to this one."""
    _explain("integrated", **given)


@click.command()
@_COLOUR
def guided(**given: Any) -> None:
    """Show the details that excite a class or a neuron: the gradient without what is negative at any ReLU."""
    _explain("guided", **given)


@click.command()
@_LAYER
@_SIGNED
@_COMMON
def gradcam(**given: Any) -> None:
    """Show the region that a layer decided by: its activations, weighed by the score's mean gradient to them."""
    _explain("gradcam", **given)


@click.command("gradcam++")
@_LAYER
@_SIGNED
@_COMMON
def gradcam_plus_plus(**given: Any) -> None:
    """Show the region that a layer decided by, with each place's gradient counted: better for several of a kind."""
    _explain("gradcam++", **given)


@click.command()
@_COMMON
def cam(**given: Any) -> None:
    """Show the class activation map of a network that pools its last layer and classifies."""
    _explain("cam", **given)


@click.command("guided-gradcam")
@_LAYER
@_COLOUR
def guided_gradcam(**given: Any) -> None:
    """Show the details of guided backprop within the region of Grad-CAM."""
    _explain("guided-gradcam", **given)


@click.command()
@click.option(
    "--patch",
    type=click.IntRange(1, 4096),
    help="Side of the square that covers, in pixels of what the network sees.  [default: a seventh of its side]",
)
@click.option("--stride", type=click.IntRange(1, 4096), help="From one square to the next.  [default: half a patch]")
@_COMMON
def occlusion(patch: int | None, stride: int | None, **given: Any) -> None:
    """Show how far the score falls when a part of the picture is covered with its mean colour."""
    if patch and stride and stride > patch:
        raise BadInput(f"--stride {stride} leaves places out: it is at most the --patch of {patch}.")
    _explain("occlusion", patch=patch, stride=stride, **given)


def _explain(
    kind: str, *, targets: tuple[str, ...], view: str, alpha: float, colormap: str | None = None, **given: Any
) -> None:
    """Check what can be checked without a tensor library, then make the maps."""
    from zoomdream.cli.stills.request import check, split
    from zoomdream.network.addresses import parse_address
    from zoomdream.picture.colormaps import check_colormap

    addresses = [parse_address(text) for text in targets]
    if colormap:
        check_colormap(colormap)
    request, settings = split(given)
    tasks = check(request, (".png", ".npy", ".npz"), f"*-{kind}.png")

    from zoomdream.cli.stills.mapping import View, make_maps

    make_maps(kind, settings, request, tasks, addresses, View(view, alpha, colormap))
