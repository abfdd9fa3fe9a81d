"""The heavy half of ``zoomdream still texture``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from zoomdream.ascent.ascend import Reached
from zoomdream.cli.stills.imagine.running import Found, Growth, imagine
from zoomdream.cli.stills.imagine.wish import Wish
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image
from zoomdream.still.imagine import gram_texture, neighbour_texture
from zoomdream.still.imagine.neighbour_texture import Woven
from zoomdream.still.imagine.pace import Pace


def show_texture(
    wish: Wish,
    output: Path,
    picture: Path,
    image: Image,
    *,
    size: tuple[int, int],
    steps: int,
    scale: float | None,
    tile: bool,
) -> None:
    """Grow and write a texture by Gram matrices."""
    asked = {"picture": str(picture), "method": "gram", "size": size, "steps": steps, "scale": scale, "tile": tile}

    def grow(network: Network, pace: Pace) -> Growth:
        return gram_texture.grow(network, image, size=size[::-1], scale=scale, tile=tile, steps=steps,
                                 seed=wish.seed, pace=pace)  # fmt: skip

    def finish(network: Network, reached: Reached) -> Found:
        grown = reached.pictures[0]
        loss, plain = gram_texture.measured(network, image, grown, scale)
        record = {"picture": str(picture), "method": "gram", "loss": loss, "mean_loss": plain}
        return Found(grown, record, f"{picture}: Gram matrices to {loss:.1%} (its mean colour {plain:.0%})")

    imagine(wish, output, "texture", asked, grow, finish, size[::-1])


def show_woven(
    wish: Wish,
    output: Path,
    picture: Path,
    image: Image,
    *,
    size: tuple[int, int],
    scale: float | None,
    tile: bool,
    window: int,
    tolerance: float,
) -> None:
    """Copy a texture pixel by pixel and write it."""
    asked = {"picture": str(picture), "method": "neighbours", "size": size, "scale": scale, "tile": tile,
             "window": window, "tolerance": tolerance}  # fmt: skip

    def grow(network: Network, pace: Pace) -> Iterator[Woven]:
        return neighbour_texture.weave(image, size[::-1], scale=scale, window=window, tolerance=tolerance, tile=tile,
                                       seed=wish.seed, pace=pace)  # fmt: skip

    def finish(network: Network, woven: Woven) -> Found:
        record = {"picture": str(picture), "method": "neighbours", "compared": woven.compared}
        return Found(woven.image, record, f"{picture}: {woven.compared:.0%} of the pixels by their neighbours")

    imagine(wish, output, "texture", asked, grow, finish, size[::-1], asks_network=False)
