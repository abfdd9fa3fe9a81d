"""The heavy half of ``zoomdream still dream``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import click

from zoomdream.cli.stills.files import queued
from zoomdream.cli.stills.request import Request, Task
from zoomdream.cli.stills.running import write_all
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
            names = write_all(task.files, request.force, partial(save_image, image=dreamt))
            click.echo(f"{task.picture}: wrote {names}")
