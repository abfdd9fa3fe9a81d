"""Whether a long render keeps within its memory, its files and its threads: samples of a film that does not end.

Run it through ``scripts/soak``. The film is stopped as a service is, and must leave what there is.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
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


class Sample(NamedTuple):
    """What the render holds: resident memory in MB, open files, threads, and processes of its own."""

    memory: float
    files: int
    threads: int
    children: int


def samples(render: psutil.Process, seconds: float) -> Iterator[Sample]:
    """Yield what a render holds, until the time is over or it ends."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and render.is_running() and render.status() != psutil.STATUS_ZOMBIE:
        with render.oneshot():
            memory = render.memory_info().rss / 1e6
            yield Sample(memory, render.num_fds(), render.num_threads(), len(render.children(recursive=True)))
        time.sleep(EVERY)


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
@click.option("--minutes", default=10.0, show_default=True, help="How long to watch.")
def main(minutes: float) -> None:
    """Render a film that does not end, and say how what it holds grows."""
    with TemporaryDirectory(dir=".") as name:
        command = [sys.executable, "-m", "zoomdream", "movie", "reef", *FILM, "-o", f"{name}/soak.mp4"]
        started = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            taken = list(samples(psutil.Process(started.pid), 60 * minutes))
        finally:
            started.terminate()
            status = started.wait(60)
        left = Path(name, "soak.mp4").stat().st_size / 1e6
    quarter = len(taken) // 4
    table = [typical(taken[quarter * part : quarter * (part + 1)]) for part in range(4)]
    click.echo(f"{'quarter':>8} {'memory, MB':>12} {'files':>6} {'threads':>8} {'processes':>10}")
    for number, row in enumerate(table, 1):
        click.echo(f"{number:>8} {row.memory:>12.0f} {row.files:>6} {row.threads:>8} {row.children:>10}")
    click.echo(f"Stopped by SIGTERM: status {status}, {left:.1f} MB of film left.")
    # The first quarter has the start in it.
    wrong = grown(table[1], table[3]) + ([] if status == 143 else [f"Its exit status was {status}, not 143."])
    for sentence in wrong:
        click.echo(sentence, err=True)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
