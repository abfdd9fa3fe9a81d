"""The heavy half of ``zoomdream still style``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from zoomdream.cli.stills.imagine.running import Found, imagine
from zoomdream.cli.stills.imagine.wish import Wish
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image, Size
from zoomdream.still.imagine.layers import Layers, layers_of
from zoomdream.still.imagine.pace import Pace
from zoomdream.still.imagine.style import Brief, Painted, measured, paint


def show_painting(
    wish: Wish,
    output: Path,
    names: Mapping[str, Any],
    images: Sequence[Image],
    shares: Sequence[float],
    mask: Image | None,
    frame: Size,
    *,
    size: int,
    steps: int,
    strength: float,
    scale: float,
    keep_colour: str | None,
    start: str,
    style_layers: Sequence[str],
    content_layers: Sequence[str],
) -> None:
    """Paint and write a picture.

    Args:
        names: of the files, for the recipe.
        images: the content, and the styles.
        frame: (height, width) of a film of the growth.
    """
    brief = Brief(images[0], images[1:], shares, strength, scale, keep_colour, mask, start)
    asked = {**names, "shares": list(shares), "size": size, "steps": steps, "strength": strength, "scale": scale,
             "keep_colour": keep_colour, "start": start, "style_layers": list(style_layers),
             "content_layers": list(content_layers)}  # fmt: skip

    def layers(network: Network) -> Layers:
        usual = layers_of(network) if not (style_layers and content_layers) else Layers((), ())
        return Layers(tuple(style_layers) or usual.style, tuple(content_layers) or usual.content)

    def grow(network: Network, pace: Pace) -> Iterator[Painted]:
        return paint(network, brief, size=size, steps=steps, layers=layers(network), seed=wish.seed, pace=pace)

    def finish(network: Network, painted: Painted) -> Found:
        picture = painted.pictures[0]
        losses = measured(network, brief, picture, layers(network))
        record = {**names, **{f"{name}_loss": loss for name, loss in losses._asdict().items()}}
        told = f"{names['content']}: style to {losses.style:.1%} from {losses.first_style:.0%}"
        return Found(picture, record, f"{told}, content to {losses.content:.0%}")

    imagine(wish, output, "style", asked, grow, finish, frame)
