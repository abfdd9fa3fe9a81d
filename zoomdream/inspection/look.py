"""One look at a film: what made it, whether it is whole, and how its frames are."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import Any

from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.inspection.faults import faults, remarks
from zoomdream.inspection.gauge import Frame, Gauge
from zoomdream.inspection.promise import Promise, one_frame, promise_of
from zoomdream.inspection.quality import Quality, judge
from zoomdream.reel.kinds import kind_of
from zoomdream.reel.probe import Probe
from zoomdream.reel.provenance import read_metadata
from zoomdream.reel.viewing import view

Follow = Callable[[Iterable[Frame], int | None], Iterator[Frame]]
"""(frames, how many to expect) → the same frames."""


@dataclass(frozen=True)
class Inspection:
    """What was found in a file.

    Attributes:
        path: the file, or the folder of PNGs.
        bytes: its size.
        recipe: what is written in it about its making, None if it is not ours.
        promise: what the recipe says the film is.
        probe: what the film is, None if no frame could be decoded. A folder has the rate that its recipe promises.
        quality: what its frames are like, None if there is none.
        faults: why the file is broken, a sentence each; empty for a whole one.
        remarks: what a person may want to look at, a sentence each; the file is whole nevertheless.
    """

    path: Path
    bytes: int
    recipe: dict[str, Any] | None
    promise: Promise
    probe: Probe | None
    quality: Quality | None
    faults: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether the file is not broken."""
        return not self.faults

    @property
    def fps(self) -> Fraction | None:
        """Frames per second of the file, or else those that were promised."""
        return (self.probe.fps if self.probe else None) or self.promise.fps

    @property
    def seconds(self) -> float | None:
        """Running time; None where there is no rate, and for a picture."""
        if self.probe is None or self.fps is None:
            return None
        return self.probe.seconds or float(self.probe.frames / self.fps)


def inspect(path: str | PathLike[str], follow: Follow = lambda frames, count: iter(frames)) -> Inspection:
    """Decode a film, a folder of PNGs or a picture once, and return what was found.

    Memory does not grow with the length of the film but for 36 bytes a frame. The film may be anybody's; only one of
    ours says what it should be. A broken file is no error but has ``faults``.

    Args:
        follow: told of the frames as they pass, for a progress bar.

    Raises:
        BadInput: there is no such file, or a folder that holds no numbered PNGs.
    """
    place = Path(path)
    viewing = view(place)
    recipe = _recipe(place)
    promise, notes = _promise(place, recipe)
    gauge = Gauge(promise.moves, promise.fps)
    for frame in follow(viewing.frames(), promise.frames or viewing.expected):
        gauge.take(frame)
    found = viewing.facts()
    fps = (found.fps if found else None) or promise.fps
    quality = judge(gauge.series(), fps, promise.settled) if found else None
    notes += remarks(promise, quality, fps)
    return Inspection(place, _bytes(place), recipe, promise, found, quality, faults(viewing, promise), notes)


def _recipe(path: Path) -> dict[str, Any] | None:
    try:
        return read_metadata(path)
    except (ZoomdreamError, RecursionError):  # a file that is broken says so when it is decoded
        return None


def _promise(path: Path, recipe: dict[str, Any] | None) -> tuple[Promise, tuple[str, ...]]:
    """Return what the recipe promises, and what is strange about it."""
    try:
        promise = promise_of(recipe)
    except BadInput as why:
        return Promise(), (f"What it should be is not known: {str(why).rstrip('.')}.",)
    return one_frame(promise) if kind_of(path) in ("png", "jpeg") else promise, ()


def _bytes(path: Path) -> int:
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)
