"""The heavy half of ``zoomdream still dream``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from zoomdream.cli.stills.request import Request, Task
from zoomdream.cli.stills.running import Given, Told, answer_all, write_all
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.picture.image import save_image
from zoomdream.picture.warp import Image, resize
from zoomdream.still.octave_dream import dream


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

    def ask(some: Sequence[Given]) -> Iterator[Image]:
        return (
            dream(network, image, targets, example=example, mask=_fitted(mask, image), **settings) for _, image in some
        )

    def finish(task: Task, image: Image, dreamt: Image) -> Told:
        return [], f"{task.picture}: wrote {write_all(task.files, request.force, partial(save_image, image=dreamt))}"

    answer_all(request, tasks, ask, finish)


def _fitted(mask: Image | None, image: Image) -> Image | None:
    return None if mask is None else resize(mask, (image.shape[0], image.shape[1]))
