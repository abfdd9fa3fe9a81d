"""The heavy half of ``zoomdream still classify``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from zoomdream.cli.stills.files import queued, reporting, written
from zoomdream.cli.stills.request import Request, Task
from zoomdream.cli.tables import print_table, table
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.picture.bars import with_bars
from zoomdream.picture.image import save_image
from zoomdream.still.classes import Guess, classify_all


def tell_classes(request: Request, tasks: Sequence[Task], top: int) -> None:
    """Classify every picture, tell what it shows and draw it where asked to."""
    network = request.load_network()
    records: list[dict[str, Any]] = []
    with reporting(records, request.as_json), queued([task.picture for task in tasks]) as queue:
        for some in queue:
            images = [image for _, image in some]
            found = classify_all(network, images, top=top, fit=request.fit)
            for (number, image), guesses in zip(some, found, strict=True):
                task = tasks[number]
                for path in task.files:
                    with written(path, request.force) as part:
                        save_image(part, with_bars(image, *_labelled(guesses)))
                files = [str(path) for path in task.files]
                classes = [asdict(guess) for guess in guesses]
                records.append({"picture": str(task.picture), "classes": classes, "files": files})
                if not request.as_json:
                    _tell(task.picture, guesses, files)


def _tell(picture: Path, guesses: Sequence[Guess], files: Sequence[str]) -> None:
    rows = table("class", "label", "probability")
    for guess in guesses:
        rows.add_row(str(guess.index), guess.label or "–", f"{guess.probability:.3f}")
    click.echo(f"{picture}: wrote {', '.join(files)}" if files else str(picture))
    print_table(rows)


def _labelled(guesses: Sequence[Guess]) -> tuple[list[str], list[float]]:
    return [guess.title for guess in guesses], [guess.probability for guess in guesses]
