"""The heavy half of ``zoomdream still dream``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from zoomdream.cli.stills.files import queued, written
from zoomdream.cli.stills.request import Request, Task
from zoomdream.errors import ZoomdreamError
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.picture.image import save_image
from zoomdream.picture.warp import Image, resize
from zoomdream.still.octave_dream import amplifying, dream


def dream_pictures(
    request: Request,
    tasks: Sequence[Task],
    targets: Sequence[str],
    example: Image | None,
    mask: Image | None,
    **settings: Any,
) -> None:
    """Dream every picture."""
    network = request.load_network()
    amplifying(network, targets, example)  # what is wrong for all of them is said once
    with queued([task.picture for task in tasks]) as queue:
        for number, image in (each for some in queue for each in some):
            task = tasks[number]
            fitted = resize(mask, (image.shape[0], image.shape[1])) if mask is not None else None
            try:
                dreamt = dream(network, image, targets, example=example, mask=fitted, **settings)
            except ZoomdreamError as why:
                queue.leave_out(type(why)(f"{task.picture}: {why}"))
                continue
            for path in task.files:
                with written(path, request.force) as part:
                    save_image(part, dreamt)
            click.echo(f"{task.picture}: wrote {', '.join(map(str, task.files))}")
