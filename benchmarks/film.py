"""What a job costs: a film rendered as one, beside the same film sent straight to an encoder.

Run it through ``scripts/bench``. Ratios of medians are what counts; absolute times depend on who else is at work.
"""

import json
from fractions import Fraction
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from gradient_step import take_turns

FPS = Fraction(30)
SIZE = (640, 360)


def make_studio(seconds: float):
    """Return a film ready to be rendered: a preset as it is, without its warm-up."""
    from zoomdream.api import load_network, studio
    from zoomdream.presets import load_preset

    film = load_preset("reef", {"seconds": seconds, "start.warmup": 0})
    return studio(film, load_network(film.network), size=SIZE)


def straight(studio, folder: Path):
    """Return the film sent to one encoder as it comes: nothing of it is left when it is killed."""
    from zoomdream.reel import encode

    return lambda: encode(folder / "straight.mp4", studio.frames(FPS), FPS, SIZE, force=True)


def as_a_job(studio, folder: Path):
    """Return the film rendered as a job: states, a journal, segments, and these joined."""
    from zoomdream.film.length import frame_count
    from zoomdream.film.rendering import Rendering
    from zoomdream.reel.encode import plan_film
    from zoomdream.reel.job.job import begun, throw_away
    from zoomdream.reel.job.manifest import Manifest
    from zoomdream.reel.job.publishing import publish

    names = count()

    def run() -> None:
        plan = plan_film(folder / f"job-{next(names)}.mp4", SIZE, FPS, None, None, False)
        frames = frame_count(studio.film.seconds, FPS)
        with begun(Manifest({}, {}, plan.path.name, frames, int(FPS)), plan) as job:
            Rendering(studio, job, FPS, None, lambda: 0).fill(lambda frames_of, done: frames_of(_untold), click.echo)
            publish(job, {})
        throw_away(job.folder)

    return run


def _untold(done: int, total: int) -> None:
    """Tell nobody."""


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Times that each takes its turn.")
@click.option("--seconds", default=4.0, show_default=True, help="Length of the film.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("bench-film.json"), show_default=True)
def main(rounds: int, seconds: float, output: Path) -> None:
    """Time a film of the embedded network."""
    from zoomdream.network import backend  # noqa: F401  first of all: it keeps the tensor library's start-up quiet

    studio = make_studio(seconds)
    with TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        taken = take_turns({"straight": straight(studio, folder), "job": as_a_job(studio, folder)}, rounds)
    cost = taken["job"] / taken["straight"] - 1
    click.echo(f"{seconds:g} s of film at {SIZE[0]}x{SIZE[1]}: straight {taken['straight']:.2f} s, "
               f"as a job {taken['job']:.2f} s: {cost:+.1%}")  # fmt: skip
    output.write_text(json.dumps({"rounds": rounds, "seconds": seconds, **taken, "cost": cost}, indent=2))
    click.echo(f"Wrote {output}")


if __name__ == "__main__":
    main()
