"""The run that all kinds that imagine share: steps behind a bar, a film of them, a picture with its recipe."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import click
import numpy as np
from numpy.typing import NDArray

from zoomdream.ascent.ascend import Reached
from zoomdream.cli.recipe import recipe
from zoomdream.cli.signals import Stopper
from zoomdream.cli.stills.files import reporting
from zoomdream.cli.stills.imagine.watching import Watched, pace_of
from zoomdream.cli.stills.imagine.wish import FPS, REST, Wish
from zoomdream.cli.stills.running import write_all
from zoomdream.errors import ZoomdreamError
from zoomdream.network.network import Network
from zoomdream.picture.image import save_image
from zoomdream.picture.warp import Image, resize
from zoomdream.reel.encode import encode
from zoomdream.reel.provenance import pack
from zoomdream.still.imagine.pace import Pace

Growth = Iterator[Reached]


class Pictured(Protocol):
    """Where a growth is: ``pictures`` are (n, H, W, 3), RGB in [0, 1]."""

    @property
    def pictures(self) -> NDArray[np.float32]: ...


Stage = TypeVar("Stage", bound=Pictured)


class Found(NamedTuple):
    """What came out of a growth.

    Attributes:
        picture: (H, W, 3), what is written.
        record: numbers for JSON.
        sentence: the same for a person; the names of the files are added.
    """

    picture: Image
    record: Mapping[str, Any]
    sentence: str


def imagine(
    wish: Wish,
    output: Path,
    kind: str,
    asked: Mapping[str, Any],
    grow: Callable[[Network, Pace], Iterator[Stage]],
    finish: Callable[[Network, Stage], Found],
    size: tuple[int, int],
    asks_network: bool = True,
) -> None:
    """Grow a picture, write it with its recipe, and say what came out. A signal ends the growth with what there is.

    Args:
        asked: the kind's own settings, plain JSON values, for the recipe.
        size: (height, width) of the frames of a film of the growth.
        asks_network: whether one is loaded at all.
    """
    records: list[dict[str, Any]] = []
    with Stopper("step") as stopper, reporting(records, wish.as_json):
        pace = pace_of(wish)
        network: Any = wish.load_network() if asks_network else None
        made = recipe(f"still {kind}", {**asked, "seed": wish.seed, "budget": wish.budget}, network)
        watched = Watched(pace, stopper.until)
        reached, failed = _last(grow(network, watched), wish, size, made)
        picture, record, sentence = finish(network, reached)
        height, width = reached.pictures.shape[1:3]
        note = pack({**made, "size": [width, height], "steps taken": watched.taken})
        files = write_all([output], wish.force, lambda path: save_image(path, picture, note))
        records.append({**record, "files": [str(path) for path in (output, None if failed else wish.film) if path]})
        if not wish.as_json:
            click.echo(f"{sentence}; wrote {files}{f', {wish.film}' if wish.film and not failed else ''}")
        if failed:
            raise failed
        stopper.check()


def _last(
    growth: Iterator[Stage], wish: Wish, size: tuple[int, int], made: Mapping[str, Any]
) -> tuple[Stage, ZoomdreamError | None]:
    """Return where a growth ends, having written its film if that is wished for, and why there is no film.

    A film that fails does not take the picture with it, but ends the growth.
    """
    last: list[Stage] = []

    def frames() -> Iterator[Image]:
        for reached in growth:
            last[:] = [reached]
            yield resize(np.hstack(list(reached.pictures)), size)
        yield from [resize(np.hstack(list(last[0].pictures)), size)] * REST

    if not wish.film:
        return deque(growth, maxlen=1)[0], None
    try:
        encode(wish.film, frames(), FPS, (size[1], size[0]), metadata=made, force=wish.force)
    except ZoomdreamError as why:
        if not last:
            raise
        return last[0], why
    return last[0], None
