"""The heavy half of ``zoomdream still filters``."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import click
import numpy as np

from zoomdream.cli.stills.features.watching import names, note
from zoomdream.cli.stills.files import reporting, save_array
from zoomdream.cli.stills.request import Request
from zoomdream.cli.stills.running import write_all
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.picture.image import save_image
from zoomdream.picture.sheet import DARK, enlarged, sheet
from zoomdream.picture.warp import Image
from zoomdream.still.features.feature_maps import Order, chosen
from zoomdream.still.features.kernels import Filters, filters, strength

COLOURED, GREY = 64, 96
"""Least side of a filter's tile in pixels."""


def show_filters(request: Request, files: Sequence[Path], layer: str | None, most: int, order: Order) -> None:
    """Write the kernels of a layer."""
    network = request.load_network()
    found = filters(network, layer)
    recipe = note("filters", request, network, layer=found.layer, most=most, order=order)

    def save(path: Path) -> None:
        if path.suffix.lower() == ".npy":
            save_array(path, found.kernels)
        else:
            save_image(path, draw(found, chosen(strength(found.kernels), most, order)), recipe)

    records: list[dict[str, Any]] = []
    with reporting(records, request.as_json):
        told = write_all(files, request.force, save)
        count, height, width, inputs = found.kernels.shape
        records.append({"layer": found.layer, "filters": count, "height": height, "width": width, "inputs": inputs,
                        "colours": found.colours, "files": names(files)})  # fmt: skip
    if not request.as_json:
        click.echo(f"{title(found)}; wrote {told}")


def title(found: Filters) -> str:
    """Return what there is to say of a layer's filters."""
    count, height, width, inputs = found.kernels.shape
    reads = "red, green and blue" if found.colours else "1 channel" if inputs == 1 else f"{inputs} channels"
    return f"{found.layer}: {count} filters of {height}×{width} over {reads}"


def draw(found: Filters, numbers: Sequence[int]) -> Image:
    """Return a sheet of filters, each with a range of its own around 0, which is grey."""
    make, side = (_coloured, COLOURED) if found.colours else (_kernels, GREY)
    tiles = [enlarged(make(found.kernels[number]), side) for number in numbers]
    return sheet(tiles, [str(number) for number in numbers], title=title(found), look=DARK)


def _coloured(kernel: Image) -> Image:
    """Return a kernel (h, w, 3) as a picture of its colours."""
    return _around_grey(kernel)


def _kernels(kernel: Image) -> Image:
    """Return the kernels (h, w, inputs) of a filter as one picture, row after row, with lines between them."""
    height, width, inputs = kernel.shape
    columns = ceil(sqrt(inputs * height / width))
    gap = 0 if height == width == 1 else 1
    whole = np.zeros((ceil(inputs / columns) * (height + gap) - gap, columns * (width + gap) - gap), np.float32)
    grey = _around_grey(kernel)
    for number in range(inputs):
        row, column = divmod(number, columns)
        top, left = row * (height + gap), column * (width + gap)
        whole[top : top + height, left : left + width] = grey[..., number]
    return np.repeat(whole[..., None], 3, axis=2)


def _around_grey(values: Image) -> Image:
    return np.asarray(0.5 + values / (2 * max(float(np.abs(values).max()), 1e-12)), np.float32)
