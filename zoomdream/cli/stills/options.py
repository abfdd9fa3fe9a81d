"""What the kinds of stills have in common on the command line."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from pathlib import Path
from typing import Any

import click

Command = Callable[..., None]

FITS = ("crop", "pad", "stretch")
"""The modes of :mod:`zoomdream.picture.fit`, which loads more than help needs."""


class Number(click.FloatRange):
    """A number within a range; ``nan``, which no comparison refuses, is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number."""
        number: float = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


pictures = click.argument("pictures", nargs=-1, required=True, metavar="IMAGE...", type=click.Path(path_type=Path))
targets = click.option(
    "--target", "targets", metavar="ADDRESS", multiple=True,
    help="What to explain: class:zebra, block9:4 or block9:4@7,9; may be repeated, one panel each.  "
         "[default: the top class]",
)  # fmt: skip
network = click.option("--network", metavar="NAME", default="efficientnet-lite0", show_default=True,
                       help="A network, or the path of a .keras file.")  # fmt: skip
weights = click.option("--weights", metavar="FILE", help="A local weights file, or 'random'.")
input_range = click.option("--input-range", metavar="RANGE", help="What a .keras file expects, e.g. -1..1.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
force = click.option("--force", is_flag=True, help="Replace the output if it exists.")
seed = click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, metavar="N",
                    help="Decides every random draw.  [default: 0]")  # fmt: skip


def output(text: str) -> Callable[[Command], Command]:
    """Return the option that says where to write."""
    return click.option("-o", "--output", "outputs", metavar="FILE", multiple=True, help=text)


def fit(usual: str = "crop") -> Callable[[Command], Command]:
    """Return the option that says how a picture comes to the network's size."""
    return click.option("--fit", type=click.Choice(FITS), default=usual, show_default=True,
                        help="How the picture comes to the network's size.")  # fmt: skip


def together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return one decorator for several options, in that order in the help."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


given = together(network, weights, input_range, fit(), as_json, force)
"""What every kind takes besides pictures and outputs."""

whole = together(network, weights, input_range, fit("stretch"), as_json, force)
"""The same for a kind that has something to say about every place of the picture."""

dreaming = together(network, weights, input_range, force)
"""The same for a kind that gives the network the whole picture and finds no numbers."""

reporting = together(network, weights, input_range, fit(), force)
"""The same for a kind that finds no numbers."""

alone = together(network, weights, input_range, as_json, force)
"""The same for a kind that shows the network itself, without a picture."""
