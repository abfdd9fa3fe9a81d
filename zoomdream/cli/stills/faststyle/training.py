"""The heavy half of ``zoomdream still train-style``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from zoomdream.cli.recipe import recipe
from zoomdream.cli.signals import Stopper
from zoomdream.cli.stills.imagine.watching import Watched, pace_of
from zoomdream.cli.stills.imagine.wish import Wish
from zoomdream.errors import BadInput
from zoomdream.picture.warp import Image
from zoomdream.still.faststyle.checkpoint import checkpoint_of, sheet_of
from zoomdream.still.faststyle.learning import train_style
from zoomdream.still.faststyle.settings import Settings
from zoomdream.still.faststyle.training import Learnt


def train(
    wish: Wish,
    path: Path,
    name: str,
    style: Image,
    photos: Sequence[Path],
    settings: Settings,
    *,
    steps: int,
    every: int,
    **going: Any,
) -> None:
    """Train a style and say what came out. A signal ends the training with what has been learnt.

    Args:
        name: of the style's picture.
        going: further arguments of :func:`train_style`.
    """
    pace = pace_of(wish)
    with Stopper("step") as stopper:
        network = wish.load_network()
        made = recipe("still train-style", {"style": name, "photographs": len(photos)}, network)
        learnt = train_style(
            network,
            style,
            photos,
            path,
            settings,
            steps=steps,
            every=every,
            **going,
            made=made,
            pace=Watched(pace, stopper.until),
            tell=_teller(steps, every),
            skipped=_skip,
        )
        megabytes = path.stat().st_size / 1e6
        click.echo(
            f"{path}: a style after {learnt.made['steps']} steps, {megabytes:.2f} MB; "
            f"wrote {path}, {sheet_of(path)}, {checkpoint_of(path)}"
        )
        stopper.check()


def _teller(steps: int, every: int) -> Callable[[Learnt], None]:
    """Return what says now and then how far a training is."""
    began = time.monotonic()

    def tell(learnt: Learnt) -> None:
        if learnt.step % every == 0 or learnt.step == steps:
            costs = ", ".join(f"{name} {value:.3g}" for name, value in learnt.costs.items())
            click.echo(f"step {learnt.step}/{steps}: {costs}; {time.monotonic() - began:.0f} s", err=True)

    return tell


def _skip(why: BadInput) -> None:
    click.echo(f"Skipped: {why}", err=True)
