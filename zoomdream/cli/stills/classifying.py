"""The heavy half of ``zoomdream still classify``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from zoomdream.cli.stills.request import Request, Task
from zoomdream.cli.stills.running import Given, Told, answer_all, write_all
from zoomdream.cli.tables import table, table_text
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.picture.bars import with_bars
from zoomdream.picture.image import save_image
from zoomdream.picture.warp import Image
from zoomdream.still.classes import Guess, classify_all


def tell_classes(request: Request, tasks: Sequence[Task], top: int) -> None:
    """Classify every picture, tell what it shows and draw it where asked to."""
    network = request.load_network()

    def ask(some: Sequence[Given]) -> Iterator[list[Guess]]:
        return classify_all(network, [image for _, image in some], top=top, fit=request.fit)

    def finish(task: Task, image: Image, guesses: list[Guess]) -> Told:
        def save(path: Path) -> None:
            save_image(path, with_bars(image, *_labelled(guesses)))

        names = write_all(task.files, request.force, save)
        files = [str(path) for path in task.files]
        record = {"picture": str(task.picture), "classes": [asdict(guess) for guess in guesses], "files": files}
        heading = f"{task.picture}: wrote {names}" if files else str(task.picture)
        return [record], f"{heading}\n{_listed(guesses)}"

    answer_all(request, tasks, ask, finish)


def _listed(guesses: Sequence[Guess]) -> str:
    rows = table("class", "label", "probability")
    for guess in guesses:
        rows.add_row(str(guess.index), guess.label or "–", f"{guess.probability:.3f}")
    return table_text(rows)


def _labelled(guesses: Sequence[Guess]) -> tuple[list[str], list[float]]:
    return [guess.title for guess in guesses], [guess.probability for guess in guesses]
