"""The run that all kinds share: pictures in, answers, files out, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from zoomdream.cli.stills.files import queued, reporting, written
from zoomdream.cli.stills.request import Request, Task
from zoomdream.picture.warp import Image

Answer = TypeVar("Answer")
Told = tuple[Sequence[dict[str, Any]], str]
"""Records for JSON, and what to say without it."""


def answer_all(
    request: Request,
    tasks: Sequence[Task],
    ask: Callable[[Sequence[Image]], Iterable[Answer]],
    finish: Callable[[Task, Image, Answer], Told],
) -> None:
    """Answer every picture, some at a time, and tell of each when it is done.

    Args:
        ask: pictures → an answer for each, in their order.
        finish: writes one picture's files and says what there is to tell.
    """
    records: list[dict[str, Any]] = []
    with reporting(records, request.as_json), queued([task.picture for task in tasks]) as queue:
        for some in queue:
            answers = ask([image for _, image in some])
            for (number, image), answer in zip(some, answers, strict=True):
                found, line = finish(tasks[number], image, answer)
                records += found
                if not request.as_json:
                    click.echo(line)


def write_all(files: Sequence[Path], force: bool, save: Callable[[Path], None]) -> str:
    """Write files, each to a hidden name first; return their names as they are told.

    Args:
        save: writes to a path; its suffix is the file's own.
    """
    for path in files:
        with written(path, force) as part:
            save(part)
    return ", ".join(map(str, files))
