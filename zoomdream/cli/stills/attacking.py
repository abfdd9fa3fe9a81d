"""The heavy half of ``zoomdream still adversarial``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoomdream.cli.stills.request import Request, Task
from zoomdream.cli.stills.running import Given, Told, answer_all, write_all
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
    shown = dict(zip((task.picture for task in tasks), panels, strict=True))

    def ask(some: Sequence[Given]) -> Iterator[Adversarial]:
        return (METHODS[method](network, image, into, fit=request.fit, **settings) for _, image in some)

    def finish(task: Task, image: Image, found: Adversarial) -> Told:
        def save(path: Path) -> None:
            save_image(path, found.image)
            _check(network, path, image, found, request.fit)

        write_all(task.files, request.force, save)
        write_all(shown[task.picture], request.force, lambda path: save_image(path, _side_by_side(image, found)))
        files = [str(path) for path in (*task.files, *shown[task.picture])]
        return [_record(task, found, files)], _said(task, found, files)

    answer_all(request, tasks, ask, finish)


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


def _said(task: Task, found: Adversarial, files: Sequence[str]) -> str:
    verdict = "" if found.succeeded else " It did not succeed: a larger --epsilon or more --steps may."
    aim = f" {found.aim_after.title} {found.aim_before.probability:.2%} → {found.aim_after.probability:.2%}."
    return (
        f"{task.picture}: {_sure(found.before)} → {_sure(found.after)}."
        f"{aim if found.targeted else ''} L∞ {found.linf}/255, L2 {255 * found.l2:.0f}/255, SSIM {found.ssim:.4f}; "
        f"wrote {', '.join(files)}.{verdict}"
    )


def _sure(guess: Guess) -> str:
    return f"{guess.title} {guess.probability:.1%}"
