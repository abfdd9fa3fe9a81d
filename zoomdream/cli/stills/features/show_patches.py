"""The heavy half of ``zoomdream still patches``."""

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
from zoomdream.network.addresses import Address
from zoomdream.picture.fit import Box
from zoomdream.picture.image import save_image
from zoomdream.picture.sheet import sheet, within
from zoomdream.picture.warp import Image
from zoomdream.still.features.patches import Patch, patches, read_neuron

TILE = 160
"""Longer side of a patch in the sheet, in pixels."""


def show_patches(
    request: Request, files: Sequence[Path], folder: Path, neuron: Address, settings: dict[str, Any]
) -> None:
    """Find the patches that excite a neuron most, write them and tell where they are."""
    records: list[dict[str, Any]] = []
    network = request.load_network()
    target = read_neuron(neuron, network)
    title = target.title(network)
    with reporting(records, request.as_json), watched() as watch:
        found = patches(network, folder, neuron, fit=request.fit, watch=watch, **settings)
        asked = {name: value for name, value in settings.items() if name != "index"}
        recipe = note("patches", request, network, folder=folder, neuron=str(target), **asked)
        told = write_all(files, request.force, lambda path: save_image(path, draw(found, title), recipe))
        records += [_record(patch, str(target), files) for patch in found]
        if not request.as_json:
            click.echo(f"{folder}: {title}; wrote {told}\n{_listed(found)}")


def draw(found: Sequence[Patch], title: str) -> Image:
    """Return a sheet of patches, the best one first."""
    tiles = [within(patch.cut(), TILE) for patch in found]
    captions = [f"{patch.activation:.2f}\n{patch.path.name}" for patch in found]
    return sheet(tiles, captions, title=title)


def _record(patch: Patch, target: str, files: Sequence[Path]) -> dict[str, Any]:
    return {
        "picture": str(patch.path),
        "target": target,
        "activation": patch.activation,
        "row": patch.row,
        "column": patch.column,
        "box": _edges(patch.box),
        "field": _edges(patch.field),
        "files": names(files),
    }


def _edges(box: Box) -> dict[str, int]:
    rows, columns = box
    return {
        "left": columns.start,
        "top": rows.start,
        "width": columns.stop - columns.start,
        "height": rows.stop - rows.start,
    }


def _listed(found: Sequence[Patch]) -> str:
    rows = table("activation", "row", "column", "left", "top", "width", "height", "picture")
    for patch in found:
        place = ("–" if number is None else str(number) for number in (patch.row, patch.column))
        rows.add_row(f"{patch.activation:.3f}", *place, *map(str, _edges(patch.box).values()), str(patch.path))
    return table_text(rows)
