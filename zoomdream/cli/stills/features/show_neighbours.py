"""The heavy half of ``zoomdream still neighbours``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills.features.watching import names, note, watched
from zoomdream.cli.stills.files import reporting
from zoomdream.cli.stills.request import Request
from zoomdream.cli.stills.running import write_all
from zoomdream.cli.tables import table, table_text
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.picture.image import load_image, save_image
from zoomdream.picture.sheet import sheet, within
from zoomdream.picture.warp import Image
from zoomdream.still.features.neighbours import Neighbour, Neighbours, neighbours
from zoomdream.still.features.space import compared_layer

TILE = 160
"""Longer side of a picture in the sheet, in pixels."""


def show_neighbours(
    request: Request, files: Sequence[Path], image: Path, folder: Path, settings: dict[str, Any]
) -> None:
    """Find the pictures nearest to one, write them in two rows and tell how far they are."""
    records: list[dict[str, Any]] = []
    network = request.load_network()
    layer = compared_layer(network, settings.pop("layer"))
    with reporting(records, request.as_json), watched() as watch:
        found = neighbours(network, image, folder, layer=layer, fit=request.fit, watch=watch, **settings)
        recipe = note("neighbours", request, network, image=image, folder=folder, layer=layer, most=settings["most"])
        told = write_all(files, request.force, lambda path: save_image(path, draw(image, found), recipe))
        records.append({"picture": str(image), "layer": layer, "features": _listed(found.features),
                        "pixels": _listed(found.pixels), "files": names(files)})  # fmt: skip
        if not request.as_json:
            click.echo(f"{image}: wrote {told}\n{_table(found)}")


def draw(image: Path, found: Neighbours) -> Image:
    """Return a sheet of two rows, each begun by the picture that was asked about."""
    tiles, captions = list[Image](), list[str]()
    rows = [[one for one in row if one.path.resolve() != image.resolve()] for row in (found.features, found.pixels)]
    for others in (row[: min(map(len, rows))] for row in rows):
        tiles += [_small(image), *(_small(one.path) for one in others)]
        captions += [f"{image.name}\nthe picture", *(f"{one.path.name}\n{one.distance:.3f}" for one in others)]
    return sheet(tiles, captions, len(tiles) // 2, rows=["features", "pixels"])


def _small(path: Path) -> Image:
    return within(load_image(path, least=TILE), TILE)


def _listed(row: Sequence[Neighbour]) -> list[dict[str, Any]]:
    return [{"picture": str(one.path), "distance": one.distance} for one in row]


def _table(found: Neighbours) -> str:
    rows = table("features", "picture", "pixels", "picture")
    for one, other in zip(found.features, found.pixels, strict=True):
        rows.add_row(f"{one.distance:.3f}", str(one.path), f"{other.distance:.3f}", str(other.path))
    return table_text(rows)
