"""The heavy half of ``zoomdream still segment``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoomdream.cli.stills.files import save_array
from zoomdream.cli.stills.request import Request, Task
from zoomdream.cli.stills.running import Given, Told, answer_all, write_all
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.addresses import Address
from zoomdream.picture.image import save_image
from zoomdream.picture.warp import Image
from zoomdream.still.cutout import cut_out, outlined, segment


def cut_pictures(
    request: Request, tasks: Sequence[Task], target: Address | None, view: str, settings: dict[str, Any]
) -> None:
    """Cut the object out of every picture."""
    network = request.load_network()

    def ask(some: Sequence[Given]) -> Iterator[Image]:
        return (segment(network, image, target, fit=request.fit, **settings) for _, image in some)

    def finish(task: Task, image: Image, mask: Image) -> Told:
        names = write_all(task.files, request.force, lambda path: _write(path, image, mask, view))
        share, files = float(mask.mean()), [str(path) for path in task.files]
        record = {"picture": str(task.picture), "share": share, "files": files}
        return [record], f"{task.picture}: the object takes {share:.0%}; wrote {names}"

    answer_all(request, tasks, ask, finish)


def _write(path: Path, image: Image, mask: Image, view: str) -> None:
    if path.suffix.lower() == ".npy":
        save_array(path, mask)
    else:
        save_image(path, _shown(image, mask, view))


def _shown(image: Image, mask: Image, view: str) -> Image:
    if view == "mask":
        return np.repeat(mask[..., None], 3, axis=2)
    return outlined(image, mask) if view == "outline" else cut_out(image, mask)
