"""The heavy half of ``zoomdream still report``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from zoomdream.cli.stills.files import queued, written
from zoomdream.cli.stills.request import Request, Task
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.addresses import Address
from zoomdream.still.page import report


def make_pages(
    request: Request, tasks: Sequence[Task], target: Address | None, into: Address | None, seed: int
) -> None:
    """Write a page about every picture."""
    network = request.load_network()
    with queued([task.picture for task in tasks]) as queue:
        for number, image in (each for some in queue for each in some):
            task = tasks[number]
            page = report(network, image, task.picture.name, target, into=into, fit=request.fit, seed=seed)
            for path in task.files:
                with written(path, request.force) as part:
                    part.write_text(page, encoding="utf-8", errors="replace")  # a name may be no text
            click.echo(f"{task.picture}: wrote {', '.join(map(str, task.files))}")
