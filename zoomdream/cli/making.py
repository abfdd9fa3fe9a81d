"""From a checked request to a file: the heavy half of ``movie`` and ``loop``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import partial
from statistics import median
from typing import Any

import click

from zoomdream.api import network_of, studio
from zoomdream.cli.preview import previewed
from zoomdream.cli.progress import follow
from zoomdream.cli.recipe import recipe
from zoomdream.cli.request import Request
from zoomdream.cli.signals import Stopper
from zoomdream.film.film import Studio, Tell
from zoomdream.film.length import frame_count
from zoomdream.film.settings import Film
from zoomdream.film.steps import step_size
from zoomdream.film.zoom import Fault
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image
from zoomdream.presets import to_document
from zoomdream.reel.encode import encode


def make(film: Film, request: Request) -> None:
    """Render a film into a file and say what came out; a signal ends it early with what there is."""
    try:
        with Stopper() as stopper:
            _render(film, request, stopper)
    except SystemExit as stop:
        click.echo(" ".join(["Stopped.", *getattr(stop, "__notes__", ())]), err=True)
        raise


def _render(film: Film, request: Request, stopper: Stopper) -> None:
    size, fps, loop = request.size, request.fps, request.loop
    faults = _Faults()
    network = network_of(film, size=size, weights=request.weights, input_range=request.input_range)
    ready = studio(film, network, size=size, seed=request.seed, warn=faults.note)
    count = frame_count(film.seconds, fps)
    seam = _Seam(ready, fps, count)

    def frames_of(tell: Tell) -> Iterator[Image]:
        return stopper.watch(seam.listen(ready.loop_frames(fps, tell)) if loop else ready.frames(fps, tell))

    names = partial(_names, ready, film.overlap if loop else 0.0)
    frames = follow(frames_of, count, float(fps), ready.zoom.pace, names)
    if request.preview:
        frames = previewed(frames, request.preview)
    made = _provenance(film, network, request)
    report = encode(request.target, frames, fps, size, metadata=made, frame_count=count, **request.encoding)
    click.echo(
        f"{report.path}: {report.frames} frames of {report.width}x{report.height} at {float(report.fps):g} a second, "
        f"{report.seconds:g} s, {report.bytes / 1e6:.1f} MB."
    )
    if faults.count:
        click.echo(f"{faults.count} of its keys could not be dreamt.", err=True)
    if loop:
        click.echo(f"Seam score {seam.score():.2f} (1 is an ordinary step).")


def _names(ready: Studio, delay: float, t: float) -> str:
    return ready.zoom.voices.names(t + delay)


class _Faults:
    """Counts keys that could not be dreamt, and says so once for each neuron."""

    def __init__(self) -> None:
        self.count = 0
        self._said: set[tuple[str, str]] = set()

    def note(self, fault: Fault) -> None:
        """Take notice of a fault."""
        self.count += 1
        if fault[1:] not in self._said:
            self._said.add((fault.names, fault.reason))
            click.echo(str(fault), err=True)


class _Seam:
    """Listens to a loop's frames and keeps from the encoder the last one, which is the first one again."""

    def __init__(self, ready: Studio, fps: Fraction, count: int) -> None:
        self._ready, self._fps, self._count = ready, fps, count
        self._steps: list[float] = []

    def listen(self, frames: Iterable[Image]) -> Iterator[Image]:
        before = None
        for number, frame in enumerate(frames):
            if before is not None:
                times = (float((number - 1) / self._fps), float(number / self._fps))
                self._steps.append(step_size(before, frame, self._ready.loop_moves(*times)))
            if number < self._count:
                yield frame
            before = frame

    def score(self) -> float:
        """Return the step over the seam over the median step."""
        usual = median(self._steps)
        return self._steps[-1] / usual if usual else 1.0


def _provenance(film: Film, network: Network, request: Request) -> dict[str, Any]:
    """Return what made the film: enough to make it again."""
    asked = {
        "film": to_document(film),
        "size": list(request.size),
        "fps": str(request.fps),
        "seed": request.seed,
    }
    return recipe("loop" if request.loop else "movie", asked, network)
