"""The heavy half of ``zoomdream still invert``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from zoomdream.cli.stills.imagine.running import Found, imagine
from zoomdream.cli.stills.imagine.wish import Wish
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.network import Network
from zoomdream.picture.sheet import sheet
from zoomdream.picture.warp import Image
from zoomdream.still.imagine.inversion import Inverted, Row, inversions, measured, row_of_layers, seen
from zoomdream.still.imagine.pace import Pace


def show_inversions(
    wish: Wish,
    output: Path,
    picture: Path,
    image: Image,
    first: Image | None,
    layers: Sequence[str],
    *,
    start: Path | None,
    size: tuple[int, int],
    steps: int,
    canvas: str,
    smoothness: float,
) -> None:
    """Invert and write a picture at one layer, or a row of them with what they look like.

    Args:
        layers: none for a row from shallow to deep.
    """
    asked = {"picture": str(picture), "layers": list(layers) or "all", "start": str(start) if start else None,
             "size": size, "steps": steps, "canvas": canvas, "smoothness": smoothness}  # fmt: skip

    def grow(network: Network, pace: Pace) -> Iterator[Row]:
        return inversions(network, image, layers or row_of_layers(network), size=size[::-1], start=first, steps=steps,
                          smoothness=smoothness, canvas=canvas, seed=wish.seed, pace=pace)  # fmt: skip

    def finish(network: Network, row: Row) -> Found:
        names = layers or row_of_layers(network)
        found = measured(network, image, names, row.every)
        drawn = row.pictures[0] if len(names) == 1 else _row(seen(image, size[::-1]), row, found)
        record = {"picture": str(picture), "layers": [asdict(each) for each in found]}
        return Found(drawn, record, f"{picture}: {', '.join(map(_told, found))}")

    imagine(wish, output, "invert", asked, grow, finish, size[::-1])


def _row(original: Image, row: Row, found: Sequence[Inverted]) -> Image:
    captions = [f"{each.layer}\nerror {each.error:.1%}" for each in found]
    return sheet([original, *row.every], ["the picture", *captions])


def _told(each: Inverted) -> str:
    return f"{each.layer} to {each.error:.1%} (its mean colour {each.mean_error:.0%})"
