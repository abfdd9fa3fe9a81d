"""The heavy half of ``zoomdream still report``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from zoomdream.cli.stills.request import Request, Task
from zoomdream.cli.stills.running import Given, Told, answer_all, write_all
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.addresses import Address
from zoomdream.picture.warp import Image
from zoomdream.still.page import report


def make_pages(
    request: Request, tasks: Sequence[Task], target: Address | None, into: Address | None, seed: int
) -> None:
    """Write a page about every picture."""
    network = request.load_network()

    def ask(some: Sequence[Given]) -> Iterator[str]:
        return (
            report(network, image, task.picture.name, target, into=into, fit=request.fit, seed=seed)
            for task, image in some
        )

    def finish(task: Task, image: Image, page: str) -> Told:
        def save(path: Path) -> None:
            path.write_text(page, encoding="utf-8", errors="replace")  # a name may be no text

        return [], f"{task.picture}: wrote {write_all(task.files, request.force, save)}"

    answer_all(request, tasks, ask, finish)
