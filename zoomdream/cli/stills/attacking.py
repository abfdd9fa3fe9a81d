"""The heavy half of ``zoomdream still adversarial``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from zoomdream.cli.stills.files import queued, reporting, written
from zoomdream.cli.stills.request import Request, Task
from zoomdream.errors import ZoomdreamError
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.addresses import Address
from zoomdream.network.network import Network
from zoomdream.picture.fit import Mode
from zoomdream.picture.image import load_image, save_image
from zoomdream.picture.panel import Tile, panel
from zoomdream.picture.warp import Image
from zoomdream.still.adversarial import Adversarial, amplified, fgsm, fool, pgd
from zoomdream.still.classes import Guess, classify

METHODS = {"fgsm": fgsm, "pgd": pgd, "fool": fool}


def attack_pictures(
    request: Request,
    tasks: Sequence[Task],
    panels: Sequence[Sequence[Path]],
    method: str,
    into: Address | None,
    settings: dict[str, Any],
) -> None:
    """Change every picture, check what was written by reading it, and tell what came of it."""
    network = request.load_network()
    records: list[dict[str, Any]] = []
    with reporting(records, request.as_json), queued([task.picture for task in tasks]) as queue:
        for some in queue:
            for number, image in some:
                task = tasks[number]
                found = METHODS[method](network, image, into, fit=request.fit, **settings)
                for path in task.files:
                    with written(path, request.force) as part:
                        save_image(part, found.image)
                        _check(network, part, image, found, request.fit)
                for path in panels[number]:
                    with written(path, request.force) as part:
                        save_image(part, _side_by_side(image, found))
                files = [str(path) for path in (*task.files, *panels[number])]
                records.append(_record(task, found, files))
                if not request.as_json:
                    _tell(task, found, files)


def _check(network: Network, path: Path, image: Image, found: Adversarial, fit: Mode) -> None:
    """Read a file that was written, and see whether it holds what was found.

    Raises:
        ZoomdreamError: it does not.
    """
    read = load_image(path)
    change = np.rint(read * 255) - np.rint(np.clip(image, 0, 1) * 255)
    most, length = np.abs(change).max(), np.sqrt((change**2).sum(dtype=np.float64)) / 255
    top = classify(network, read, top=1, fit=fit)[0]
    if most != found.linf or not np.isclose(length, found.l2, rtol=1e-4) or top.index != found.after.index:
        raise ZoomdreamError(
            f"The picture that was written is not what was found: it is {top.title} and changed by {most:g}/255, "
            f"not {found.after.title} and {found.linf}/255."
        )


def _side_by_side(image: Image, found: Adversarial) -> Image:
    difference, times = amplified(image, found)
    return panel(
        [
            Tile(image, _sure(found.before)),
            Tile(found.image, _sure(found.after)),
            Tile(difference, f"difference, {times:.0f} times"),
        ]
    )


def _record(task: Task, found: Adversarial, files: Sequence[str]) -> dict[str, Any]:
    numbers = ("linf", "l2", "ssim", "steps", "queries", "flipped", "succeeded")
    guesses = ("before", "after", "aim_before", "aim_after")
    return {
        "picture": str(task.picture),
        **{name: vars(getattr(found, name)) for name in guesses},
        **{name: getattr(found, name) for name in numbers},
        "files": list(files),
    }


def _tell(task: Task, found: Adversarial, files: Sequence[str]) -> None:
    verdict = "" if found.succeeded else " It did not succeed: a larger --epsilon or more --steps may."
    aim = f" {found.aim_after.title} {found.aim_before.probability:.2%} → {found.aim_after.probability:.2%}."
    click.echo(
        f"{task.picture}: {_sure(found.before)} → {_sure(found.after)}."
        f"{aim if found.targeted else ''} L∞ {found.linf}/255, L2 {255 * found.l2:.0f}/255, SSIM {found.ssim:.4f}; "
        f"wrote {', '.join(files)}.{verdict}"
    )


def _sure(guess: Guess) -> str:
    return f"{guess.title} {guess.probability:.1%}"
