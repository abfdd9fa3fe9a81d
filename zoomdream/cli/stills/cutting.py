"""The heavy half of ``zoomdream still segment``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import numpy as np

from zoomdream.cli.stills.files import queued, reporting, save_array, written
from zoomdream.cli.stills.request import Request, Task
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
    records: list[dict[str, Any]] = []
    with reporting(records, request.as_json), queued([task.picture for task in tasks]) as queue:
        for some in queue:
            for number, image in some:
                task, mask = tasks[number], segment(network, image, target, fit=request.fit, **settings)
                for path in task.files:
                    with written(path, request.force) as part:
                        if path.suffix.lower() == ".npy":
                            save_array(part, mask)
                        else:
                            save_image(part, _shown(image, mask, view))
                share = float(mask.mean())
                files = [str(path) for path in task.files]
                records.append({"picture": str(task.picture), "share": share, "files": files})
                if not request.as_json:
                    click.echo(f"{task.picture}: the object takes {share:.0%}; wrote {', '.join(files)}")


def _shown(image: Image, mask: Image, view: str) -> Image:
    if view == "mask":
        return np.repeat(mask[..., None], 3, axis=2)
    return outlined(image, mask) if view == "outline" else cut_out(image, mask)
