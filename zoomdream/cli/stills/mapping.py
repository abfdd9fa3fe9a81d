"""From checked requests to maps in files: the heavy half of the kinds that answer with a map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from zoomdream.cli.stills.files import save_array, save_arrays
from zoomdream.cli.stills.request import Request, Task
from zoomdream.cli.stills.running import Given, Told, answer_all, write_all
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.addresses import Address
from zoomdream.network.network import Network
from zoomdream.picture.colormaps import common_limit, overlay, paint
from zoomdream.picture.image import save_image
from zoomdream.picture.panel import ColourScale, Tile, panel, tile_size
from zoomdream.picture.warp import Image, resize
from zoomdream.still.kinds import METHODS
from zoomdream.still.maps import Explanation, explain_all


@dataclass(frozen=True)
class View:
    """How a map is shown in a picture.

    Attributes:
        kind: ``panel``, ``overlay`` or ``map``.
        alpha: how much the map covers the picture, in [0, 1].
        colormap: name, or ``None`` for the usual one.
    """

    kind: str
    alpha: float
    colormap: str | None


def make_maps(
    kind: str,
    settings: dict[str, Any],
    request: Request,
    tasks: Sequence[Task],
    addresses: Sequence[Address],
    view: View,
) -> None:
    """Explain every picture, write its files and say so."""
    network = request.load_network()
    method = partial(METHODS[kind], **settings)
    targets: Sequence[Address | None] = addresses or [None]

    def ask(some: Sequence[Given]) -> Iterator[tuple[Explanation, ...]]:
        images = [image for _, image in some]
        return zip(*(explain_all(network, images, method, target, request.fit) for target in targets), strict=True)

    def finish(task: Task, image: Image, found: tuple[Explanation, ...]) -> Told:
        write_all(task.files, request.force, lambda path: _write(path, image, found, view, network))
        return [_record(kind, task, one, network) for one in found], _said(task, found, network)

    answer_all(request, tasks, ask, finish)


def _write(path: Path, image: Image, found: Sequence[Explanation], view: View, network: Network) -> None:
    if path.suffix.lower() == ".png":
        save_image(path, show(image, found, view, network))
    elif path.suffix.lower() == ".npy":
        save_array(path, found[0].values if len(found) == 1 else np.stack([one.values for one in found]))
    else:
        save_arrays(path, {str(one.target): one.values for one in found})


def show(image: Image, found: Sequence[Explanation], view: View, network: Network) -> Image:
    """Return a picture of maps, all under one colour scale."""
    limit, signed = common_limit([one.values for one in found]), found[0].signed
    if view.kind == "panel":  # it is shown small: drawing it small is faster
        size = tile_size(image.shape[0], image.shape[1])
        image, found = resize(image, size), [replace(one, values=resize(one.values, size)) for one in found]
    if view.kind == "map" or (view.kind == "panel" and found[0].values.ndim == 3):
        drawn = [paint(one.values, limit, signed, view.colormap) for one in found]
    else:
        drawn = [overlay(image, one.values, limit, signed, view.alpha, view.colormap) for one in found]
    if view.kind != "panel":
        return drawn[0] if len(drawn) == 1 else np.concatenate(drawn, axis=1)
    titles = [one.target.title(network) for one in found]
    tiles = [Tile(image, "picture"), *(Tile(each, title) for each, title in zip(drawn, titles, strict=True))]
    scale = ColourScale(limit, signed, view.colormap) if found[0].values.ndim == 2 else None
    return panel(tiles, scale)


def _record(kind: str, task: Task, found: Explanation, network: Network) -> dict[str, Any]:
    """Return the numbers of one map."""
    strength = np.abs(found.values) if found.values.ndim == 2 else np.abs(found.values).max(-1)
    row, column = np.unravel_index(int(strength.argmax()), strength.shape)
    return {
        "picture": str(task.picture),
        "kind": kind,
        "target": str(found.target),
        "title": found.target.title(network),
        **found.facts,
        "least": float(found.values.min()),
        "most": float(found.values.max()),
        "strongest_at": {"row": int(row), "column": int(column)},
        "files": [str(path) for path in task.files],
    }


def _said(task: Task, found: Sequence[Explanation], network: Network) -> str:
    targets = ", ".join(f"{one.target.title(network)} {one.facts['score']:.2f}" for one in found)
    left = "".join(_gap(one) for one in found if "gap" in one.facts)
    return f"{task.picture}: {targets}{left}; wrote {', '.join(map(str, task.files))}"


def _gap(found: Explanation) -> str:
    """Return what to say of how complete an integral is."""
    gap, points = found.facts["gap"], found.facts["points"]
    return f"; completeness gap {gap:.2%}" + ("" if found.facts["complete"] else f", no less after {points:.0f} points")
