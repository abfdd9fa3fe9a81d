"""Whether a long render keeps within its memory, its files and its threads: samples of a film that does not end.

Run it through ``scripts/soak``. The film is stopped as a service is, and must leave what there is.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click
import psutil

FILM = ("--seconds", "36000", "--size", "320x180", "--set", "start.warmup=0", "--set", "dream.lines=180")
EVERY = 2.0
"""Seconds between two samples."""
GROWTH = 0.03
"""Part by which memory may grow, which is what allocators come and go by."""

PATIENCE = 60.0
"""Seconds that the film may take to end when it is stopped."""
STOPPED = 128 + signal.SIGTERM
"""Exit status of a film that was stopped."""


class Sample(NamedTuple):
    """What the render holds: resident memory in MB, open files, threads, and processes of its own."""

    memory: float
    files: int
    threads: int
    children: int


class Soak(NamedTuple):
    """What came of a render: samples of it, exit status, last words, and MB of the film that it left, if any."""

    samples: list[Sample]
    status: int
    words: str
    film: float | None


def soak(folder: Path, seconds: float) -> Soak:
    """Render the film into a folder for some time, then stop it as a service is stopped."""
    film, log = folder / "soak.mp4", folder / "log"
    with log.open("wb") as said:
        command = [sys.executable, "-m", "zoomdream", "movie", "reef", *FILM, "-o", film]
        render = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        taken = list(samples(psutil.Process(render.pid), seconds))
    finally:
        status = stopped(render)
    last = log.read_text(errors="replace").strip().rpartition("\n")[2]
    return Soak(taken, status, last, film.stat().st_size / 1e6 if film.exists() else None)


def samples(render: psutil.Process, seconds: float) -> Iterator[Sample]:
    """Yield what a render holds, until the time is over or it ends."""
    until = time.monotonic() + seconds
    with suppress(psutil.Error):  # it may end while it is looked at
        while time.monotonic() < until and render.status() != psutil.STATUS_ZOMBIE:
            with render.oneshot():
                memory = render.memory_info().rss / 1e6
                yield Sample(memory, render.num_fds(), render.num_threads(), len(render.children(recursive=True)))
            time.sleep(EVERY)


def stopped(render: subprocess.Popen[bytes]) -> int:
    """Stop a render, kill it if that does not help, and return its exit status."""
    render.terminate()
    try:
        return render.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        render.kill()
        return render.wait()


def failure(seen: Soak) -> str | None:
    """Return a sentence on a film that was not there to be watched and stopped; ``None`` if it was."""
    if seen.status == STOPPED and seen.film is not None:
        return None
    left = "no film" if seen.film is None else f"{seen.film:.1f} MB of film"
    quoted = f"its last words: {seen.words}" if seen.words else "and no words."
    return f"The render ended with status {seen.status} after {len(seen.samples)} samples, with {left}; {quoted}"


def grown(first: Sample, last: Sample) -> list[str]:
    """Return what has grown between two samples, as sentences."""
    found = [
        f"{name} grew from {a} to {b}."
        for name, a, b in zip(Sample._fields[1:], first[1:], last[1:], strict=True)
        if b > a
    ]
    more = last.memory - first.memory
    return found + ([f"Memory grew by {more:.0f} MB."] if more > GROWTH * first.memory else [])


def typical(taken: list[Sample]) -> Sample:
    """Return the median of samples, each figure by itself."""
    memory, *counts = zip(*taken, strict=True)
    return Sample(median(memory), *(round(median(count)) for count in counts))


@click.command()
@click.option("--minutes", default=10.0, type=click.FloatRange(min=0.5), show_default=True, help="How long to watch.")
def main(minutes: float) -> None:
    """Render a film that does not end, and say how what it holds grows."""
    with TemporaryDirectory(dir=".") as name:
        seen = soak(Path(name), 60 * minutes)
    if why := failure(seen):
        raise click.ClickException(why)
    quarter = len(seen.samples) // 4
    table = [typical(seen.samples[quarter * part : quarter * (part + 1)]) for part in range(4)]
    click.echo(f"{'quarter':>8} {'memory, MB':>12} {'files':>6} {'threads':>8} {'processes':>10}")
    for number, row in enumerate(table, 1):
        click.echo(f"{number:>8} {row.memory:>12.0f} {row.files:>6} {row.threads:>8} {row.children:>10}")
    click.echo(f"Stopped by SIGTERM: status {seen.status}, {seen.film:.1f} MB of film left.")
    # The first quarter has the start in it.
    wrong = grown(table[1], table[3])
    for sentence in wrong:
        click.echo(sentence, err=True)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
