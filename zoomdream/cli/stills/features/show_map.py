"""The heavy half of ``zoomdream still map``."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills.features.watching import names, note, watched
from zoomdream.cli.stills.files import reporting
from zoomdream.cli.stills.request import Request
from zoomdream.cli.stills.running import write_all
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.picture.image import save_levels
from zoomdream.still.features.map import PictureMap, map_folder
from zoomdream.still.features.space import compared_layer
from zoomdream.still.features.thumbnails import draw_map


def show_map(
    request: Request, files: Sequence[Path], folder: Path, layout: str, side: int, settings: dict[str, Any]
) -> None:
    """Find the places of all pictures, and write them as numbers and as a picture."""
    records: list[dict[str, Any]] = []
    network = request.load_network()
    layer = compared_layer(network, settings.pop("layer"))
    with reporting(records, request.as_json), watched() as watch:
        found = map_folder(network, folder, layer=layer, fit=request.fit, watch=watch, **settings)
        asked = {"method": settings["method"], "layout": layout, "side": side, "seed": settings["seed"]}
        recipe = note("map", request, network, folder=folder, layer=layer, **asked)

        def save(path: Path) -> None:
            if path.suffix.lower() == ".csv":
                path.write_text(as_csv(found), encoding="utf-8", errors="surrogateescape", newline="")
            else:
                save_levels(path, draw_map(found, network.size, request.fit, layout, side), recipe)

        told = write_all(files, request.force, save)
        places = zip(found.paths, found.points.tolist(), strict=True)
        records += [{"picture": str(path), "x": x, "y": y, "files": names(files)} for path, (x, y) in places]
        if not request.as_json:
            click.echo(f"{folder}: {len(found.paths)} pictures by {layer}; wrote {told}")


def as_csv(found: PictureMap) -> str:
    """Return the places as a table with the columns file, x and y."""
    stream = io.StringIO(newline="")
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(("file", "x", "y"))
    rows.writerows((path, f"{x:.6g}", f"{y:.6g}") for path, (x, y) in zip(found.paths, found.points, strict=True))
    return stream.getvalue()
