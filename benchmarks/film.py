"""A whole film: how fast it is made, where its time goes, and what the encoder and the job cost it.

The film's step is one compiled function, so that within a film the gradient cannot be timed without the rolls, the rule
and the sum, and the stage "steps" holds all of these. "All but bare gradients" is stricter: it takes away only what the
same steps would take as bare gradients. That is the time of the steps divided by how many times as long a step takes as
a bare gradient, which is measured beforehand, in turns.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click
from idioms import SHIFT, Case, Idiom, others, ours, picture
from split import REST, STAGES, STEPS, Split, watched
from turns import ONCE, Patience, take_turns

from zoomdream.api import load_network, studio
from zoomdream.ascent.climb import Climb
from zoomdream.film.dream import octave_sizes, working_size
from zoomdream.film.film import Studio
from zoomdream.presets import load_preset
from zoomdream.reel import encode

Row = dict[str, Any]
Render = Callable[[Studio], None]

FPS = Fraction(30)
SIZE = (640, 360)
LENGTH = 8.0
"""Seconds of film."""
PATIENCE = Patience(90, 3)
BRIEFLY = Patience(20, 5)
"""For a step beside its bare gradient."""
QUICK = {"size": (64, 48), "length": 0.2, "patience": ONCE, "briefly": ONCE}
BESIDE = 2.0
"""Seconds of the film that is dreamt with other ways to write the gradient."""
CASE = Case("efficientnet-lite0", "block9", 82)
"""The neuron whose gradient they climb: one of the film's own."""
ALONE, ENCODED, JOB = "no encoder", "encoded", "as a job"


def rows(
    size: tuple[int, int] = SIZE, length: float = LENGTH, patience: Patience = PATIENCE, briefly: Patience = BRIEFLY
) -> Iterator[Row]:
    """Yield a row for the frames alone, for them encoded, for a film rendered as a job, and for other ways to climb.

    Shares are parts of the time from the first frame to the film; a film's warm-up is left out. By how much the encoder
    makes a film longer is given in parts of the film without it, and as its share of the film with it.
    """
    ready = _ready(size, length)
    gradients = _gradients_of_a_step(ready, briefly)
    with TemporaryDirectory(dir=".") as name:
        splits: dict[str, list[Split]] = defaultdict(list)
        ways = {ALONE: _alone, ENCODED: _encoded(Path(name), size), JOB: _as_a_job(Path(name), size)}
        steps = {way: _split(render, ready, splits[way]) for way, render in ways.items()}
        turns = take_turns(steps, patience)
    for way in ways:
        counting = [splits[way][1 + number] for number in turns.counting]  # the first was warming up
        yield {
            "way": way,
            "size": "×".join(map(str, size)),
            "film s/s": length / turns.seconds(way),
            "more time": turns.ratio(way, ALONE) - 1,
            "encoder's share": 1 - 1 / turns.ratio(way, ALONE),
            **_shares(counting, gradients),
            **turns.facts(),
        }
    yield from _beside(_ready(size, min(length, BESIDE)), patience)


def _ready(size: tuple[int, int], length: float) -> Studio:
    film = load_preset("reef", {"seconds": length, "start.warmup": 0})
    return studio(film, load_network(film.network), size=size)


def _beside(ready: Studio, patience: Patience) -> Iterator[Row]:
    """Yield a row for each other way to write the gradient: the frames alone of a film that climbs it.

    Rolls and rule are then taken one by one, in numpy and eagerly, as a notebook does. What that costs is seen by the
    first of them, which climbs zoomdream's own gradient.
    """
    network = load_network(CASE.network)
    idioms = {"zoomdream one by one": ours(network, CASE), **others(network, CASE)}
    ways = {ALONE: ready} | {f"{name}, no encoder": _climbing(ready, idiom) for name, idiom in idioms.items()}
    turns = take_turns({way: (lambda film=film: _alone(film)) for way, film in ways.items()}, patience)
    for way in list(ways)[1:]:
        yield {
            "way": way,
            "size": "×".join(map(str, ready.size[::-1])),
            "film s/s": ready.film.seconds / turns.seconds(way),
            "more time": turns.ratio(way, ALONE) - 1,
            **turns.facts(),
        }


def _climbing(ready: Studio, idiom: Idiom) -> Studio:
    """Return a film that climbs another gradient."""
    dreamer = ready.zoom.dreamer
    climb = Climb(lambda image, weights: (idiom(image), 0.0), dreamer.climb.rule)
    return replace(ready, zoom=replace(ready.zoom, dreamer=replace(dreamer, climb=climb)))


def _split(render: Render, ready: Studio, splits: list[Split]) -> Callable[[], None]:
    """Return a rendering that notes where its time went."""

    def run() -> None:
        with watched(ready) as (seen, split):
            render(seen)
        splits.append(split)

    return run


def _gradients_of_a_step(ready: Studio, patience: Patience) -> float:
    """Return how many bare gradients take as long as one of the film's steps, at the sizes of its octaves together.

    There is one step at each, as a film that is not larger than its `lines` takes as many at each. A step holds a
    gradient, so what comes out below 1 is noise, and would make the film look better.
    """
    climb, weights = ready.zoom.dreamer.climb, ready.zoom.voices.weights(0)
    height, width = (side + 2 * ready.zoom.margin for side in working_size(ready.film.dream, ready.size))
    pictures = [picture(*size) for size in octave_sizes(ready.zoom.dreamer.dream, (height, width))]
    ways = {
        "step": lambda: [climb(image, 1, lambda number: SHIFT, weights) for image in pictures],
        "gradient": lambda: [climb.gradient(image, weights) for image in pictures],
    }
    return max(1.0, take_turns(ways, patience).ratio("step", "gradient"))


def _shares(splits: list[Split], gradients: float) -> Row:
    """Return stage → its part of the whole, the median over the rounds, and what is left without the gradients.

    Args:
        gradients: how many of them take as long as a step.
    """
    stages = (STEPS, *STAGES, REST)
    totals = [sum(split.seconds.values()) for split in splits]
    parts = {
        stage: median(split.seconds[stage] / total for split, total in zip(splits, totals, strict=True))
        for stage in stages
    }
    return {
        **parts,
        "all but steps": 1 - parts[STEPS],
        "gradients as long as a step": gradients,
        "all but bare gradients": 1 - parts[STEPS] / gradients,
    }


def _alone(ready: Studio) -> None:
    for _ in ready.frames(FPS):
        pass


def _encoded(folder: Path, size: tuple[int, int]) -> Render:
    """Return the film sent to one encoder as it comes: nothing of it is left when it is killed."""
    return lambda ready: encode(folder / "film.mp4", ready.frames(FPS), FPS, size, force=True) and None


def _as_a_job(folder: Path, size: tuple[int, int]) -> Render:
    """Return the film rendered as a job: states, a journal, segments, and these joined."""
    from zoomdream.film.length import frame_count
    from zoomdream.film.rendering import Rendering
    from zoomdream.reel.encode import plan_film
    from zoomdream.reel.job.job import begun, throw_away
    from zoomdream.reel.job.manifest import Manifest
    from zoomdream.reel.job.publishing import publish

    names = count()

    def run(ready: Studio) -> None:
        plan = plan_film(folder / f"job-{next(names)}.mp4", size, FPS, None, None, False)
        frames = frame_count(ready.film.seconds, FPS)
        with begun(Manifest({}, {}, plan.path.name, frames, int(FPS)), plan) as job:
            Rendering(ready, job, FPS, None, lambda: 0).fill(_unwatched, click.echo)
            publish(job, {})
        throw_away(job.folder)

    return run


def _unwatched(frames_of, done: int):
    """Pass frames on."""
    yield from frames_of(_untold)


def _untold(done: int, total: int) -> None:
    """Tell nobody."""
