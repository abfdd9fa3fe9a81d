"""The run that all kinds share: pictures in, answers, files out, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click
import numpy as np

from zoomdream.cli.stills.files import queued, reporting, written
from zoomdream.cli.stills.request import Task
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.picture.warp import Image

Answer = TypeVar("Answer")
Given = tuple[Task, Image]
Ask = Callable[[Sequence[Given]], Iterable[Answer]]
"""Pictures, each with what is to be done → an answer for each, in their order."""
Told = tuple[Sequence[dict[str, Any]], str]
"""Records for JSON, and what to say without it."""


class Asked(Protocol):
    """What is asked: ``as_json`` says whether to print the numbers as JSON."""

    @property
    def as_json(self) -> bool: ...


PLAIN = np.full((224, 224, 3), 0.5, np.float32)
"""A picture in which nothing can be wrong."""


def answer_all(
    request: Asked,
    tasks: Sequence[Task],
    ask: Ask[Answer],
    finish: Callable[[Task, Image, Answer], Told],
) -> None:
    """Answer every picture, some at a time, and tell of each when it is done; those without an answer are left out.

    Args:
        finish: writes one picture's files and says what there is to tell.

    Raises:
        BadInput: what is asked cannot be asked of any picture.
        ZoomdreamError: in the end, if some of several pictures could not be done.
    """
    records: list[dict[str, Any]] = []
    with reporting(records, request.as_json), queued([task.picture for task in tasks]) as queue:
        for batch in queue:
            some = [(tasks[number], image) for number, image in batch]
            for (task, image), answer in zip(some, _answers(ask, some), strict=True):
                if isinstance(answer, ZoomdreamError):
                    queue.leave_out(type(answer)(f"{task.picture}: {answer}"))
                    continue
                found, line = finish(task, image, answer)
                records += found
                if not request.as_json:
                    click.echo(line)


def _answers(ask: Ask[Answer], some: Sequence[Given]) -> Iterator[Answer | ZoomdreamError]:
    """Yield each picture's answer, or why it has none: where a batch fails, those that are left are asked one by one.

    Raises:
        BadInput: a plain picture would be refused as well, so the fault is not the picture's.
    """
    done = 0
    try:
        for answer in ask(some):
            yield answer
            done += 1
    except ZoomdreamError as why:
        if len(some) > 1:
            for each in some[done:]:
                yield from _answers(ask, [each])
        elif isinstance(why, BadInput) and _refused(ask, (some[0][0], PLAIN)):
            raise
        else:
            yield why


def _refused(ask: Ask[Answer], one: Given) -> bool:
    try:
        list(ask([one]))
    except ZoomdreamError as why:
        return isinstance(why, BadInput)
    return False


def write_all(files: Sequence[Path], force: bool, save: Callable[[Path], None]) -> str:
    """Write files, each to a hidden name first; return their names as they are told.

    Args:
        save: writes to a path; its suffix is the file's own.
    """
    for path in files:
        with written(path, force) as part:
            save(part)
    return ", ".join(map(str, files))
