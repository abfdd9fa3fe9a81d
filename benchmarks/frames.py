"""Whether films are still what they were: the first second of some, made by an earlier commit and by this one.

Run it through ``scripts/frames``. A film goes on from what it has made, so that rounding in another order makes another
film within a second: what is only to make films faster should leave them the same to the bit.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np

ROOT = Path(__file__).parents[1]
PRESETS = ("reef", "duet", "parade", "wanderer")
LEAST = 40.0
"""Decibels that the worst frame should have at least."""
FPS = 30
MAKE = """
import sys
from fractions import Fraction
from itertools import islice
import numpy as np
from idioms import load
from zoomdream.api import studio
from zoomdream.presets import load_preset
preset, width, height, count, fps, file = sys.argv[1:]
film = load_preset(preset, {"seconds": 1.0})
ready = studio(film, load(film.network), size=(int(width), int(height)), seed=3)
np.save(file, np.stack(list(islice(ready.frames(Fraction(fps)), int(count)))))
"""


@click.command()
@click.argument("commit")
@click.argument("presets", nargs=-1)
@click.option("--size", nargs=2, type=int, default=(640, 360), show_default=True, help="Width and height, in pixels.")
@click.option("--count", type=click.IntRange(1, FPS), default=FPS, show_default=True, help="How many of its frames.")
def main(commit: str, presets: tuple[str, ...], size: tuple[int, int], count: int) -> None:
    """Compare the first second of PRESETS with what an earlier COMMIT makes; exit with 1 if a frame is below 40 dB.

    Networks whose weights would have to be downloaded have random ones.
    """
    worst = np.inf
    with _checkout(commit) as before:
        for name in presets or PRESETS:
            pairs = zip(*(_made(root, name, size, count) for root in (before, ROOT)), strict=True)
            decibels = [_decibels(*pair) for pair in pairs]
            worst = np.min([worst, *decibels])  # which a frame without a number is, too
            same = sum(each == np.inf for each in decibels)
            rest = f", the others {_range(decibels)}" if same < len(decibels) else ""
            click.echo(f"{name}: {same} of {len(decibels)} frames the same to the bit{rest}")
    sys.exit(not worst >= LEAST)


@contextmanager
def _checkout(commit: str) -> Iterator[Path]:
    """Yield a folder with the files of a commit."""
    with TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True)
        if archive.returncode:
            raise click.ClickException(archive.stderr.decode().strip())
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        yield Path(folder)


def _made(root: Path, name: str, size: tuple[int, int], count: int) -> Any:
    """Return the first frames (count, H, W, 3) of a preset, as the package in a folder makes them."""
    with TemporaryDirectory() as folder:
        file = f"{folder}/frames.npy"
        paths = os.pathsep.join(map(str, (root, ROOT / "benchmarks")))
        preset = root / f"presets/{name}.toml"
        which = "this checkout" if root == ROOT else "the earlier commit"
        if not preset.exists():
            raise click.ClickException(f"There is no preset {name} in presets/ of {which}.")
        command = [sys.executable, "-c", MAKE, str(preset), *map(str, (*size, count, FPS)), file]
        environment = {**os.environ, "PYTHONPATH": paths}
        made = subprocess.run(command, env=environment, cwd=folder, stderr=subprocess.PIPE, text=True)
        if made.returncode:
            why = made.stderr.strip().rpartition("\n")[2]
            raise click.ClickException(f"{which} cannot make {name}: {why}")
        return np.load(file)


def _decibels(one: Any, other: Any) -> float:
    """Return the peak signal to noise ratio of two frames in [0, 1]; infinite where they are the same to the bit."""
    error = float(np.square(one - other).mean())
    return -10 * np.log10(error) if error else np.inf


def _range(decibels: list[float]) -> str:
    found = [each for each in decibels if each != np.inf]
    return f"{np.min(found):.1f} to {np.max(found):.1f} dB"


if __name__ == "__main__":
    main()
