"""The heavy half of ``zoomdream still activations``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoomdream.cli.stills.features.watching import names, note
from zoomdream.cli.stills.files import save_array, save_arrays
from zoomdream.cli.stills.request import Request, Task
from zoomdream.cli.stills.running import Given, Told, answer_all, write_all
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.network import Network
from zoomdream.picture.colormaps import common_limit
from zoomdream.picture.fit import Fit
from zoomdream.picture.image import save_image
from zoomdream.picture.sheet import DARK, enlarged, sheet
from zoomdream.picture.warp import Image, resize
from zoomdream.still.features.feature_maps import Order, activations, chosen

SMALLEST, LARGEST = 112, 224
"""Least and most side of a map's tile in pixels."""


def show_activations(request: Request, tasks: Sequence[Task], layer: str, most: int, order: Order) -> None:
    """Write the feature maps of every picture."""
    network = request.load_network()
    place = network.spatial_layer(layer)

    def ask(some: Sequence[Given]) -> Iterator[NDArray[np.float32]]:
        return (activations(network, image, place, fit=request.fit) for _, image in some)

    def finish(task: Task, image: Image, found: NDArray[np.float32]) -> Told:
        strengths = strength(found)
        numbers = chosen(strengths, most, order)
        recipe = note("activations", request, network, image=task.picture, layer=place, most=most, order=order)

        def save(path: Path) -> None:
            if path.suffix.lower() == ".npy":
                save_array(path, found)
            elif path.suffix.lower() == ".npz":
                save_arrays(path, {place: found})
            else:
                seen = _seen(image, network, request)
                save_image(path, draw(found, numbers, seen, f"{place}: {_said(found)}"), recipe)

        told = write_all(task.files, request.force, save)
        height, width, count = found.shape
        record = {
            "picture": str(task.picture),
            "layer": place,
            "rows": height,
            "columns": width,
            "channels": count,
            "shown": [{"channel": n, "mean": float(found[..., n].mean()), "most": float(found[..., n].max())}
                      for n in numbers],
            "files": names(task.files),
        }  # fmt: skip
        strongest = int(strengths.argmax())
        return [record], f"{task.picture}: {place}: {_said(found)}, the strongest {strongest}; wrote {told}"

    answer_all(request, tasks, ask, finish)


def strength(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the root mean square of every channel of (h, w, channels): (channels,)."""
    return np.asarray(np.sqrt(np.square(found).mean((0, 1))), np.float32)


def _said(found: NDArray[np.float32]) -> str:
    height, width, count = found.shape
    return f"{count} channels of {height}×{width}"


def _seen(image: Image, network: Network, request: Request) -> Image:
    return Fit((image.shape[0], image.shape[1]), network.size, request.fit).to(image)


def draw(found: NDArray[np.float32], numbers: Sequence[int], seen: Image, title: str) -> Image:
    """Return a sheet of what the network sees and of feature maps (h, w, channels), each with a range of its own.

    Where none of them is below 0 that is black, and else grey; white is the value that hardly any place exceeds.
    """
    signed = bool(found.min() < 0)
    tiles = [_tile(_toned(found[..., number], signed)) for number in numbers]
    captions = [f"{number}\n{_range(found[..., number], signed)}" for number in numbers]
    height, width = tiles[0].shape[:2]
    return sheet([resize(seen, (height, width)), *tiles], ["picture", *captions], title=title, look=DARK)


def _toned(values: NDArray[np.float32], signed: bool) -> NDArray[np.float32]:
    """Return a map (h, w) in tones of [0, 1]."""
    limit = common_limit([values])
    return np.asarray(np.clip(0.5 + values / (2 * limit) if signed else values / limit, 0, 1), np.float32)


def _tile(tones: NDArray[np.float32]) -> Image:
    """Return it (h, w, 3), its places seen as squares where they are few."""
    tile = enlarged(np.repeat(tones[..., None], 3, axis=2), SMALLEST)
    longer = max(tile.shape[:2])
    factor = min(1.0, LARGEST / longer)
    return resize(tile, (max(1, round(tile.shape[0] * factor)), max(1, round(tile.shape[1] * factor))))


def _range(values: NDArray[np.float32], signed: bool) -> str:
    """Return what white stands for, and black where that is not 0."""
    limit = common_limit([values])
    return f"±{limit:.3g}" if signed else f"0 to {limit:.3g}"
