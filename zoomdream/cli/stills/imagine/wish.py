"""What the command line was told when it was asked to imagine a picture."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoomdream.cli.sizes import Size
from zoomdream.cli.stills import options
from zoomdream.cli.stills.files import plan
from zoomdream.errors import BadInput

if TYPE_CHECKING:
    from zoomdream.network.network import Network

SUFFIXES = (".png", ".jpg", ".jpeg")
LONGEST = 60
"""Letters of a name that is made up for a file."""
FPS = 30
"""Steps a second in the film of a growth."""
_UNITS = {"s": 1, "m": 60, "h": 3600}
SIZE = (384, 384)
"""(width, height) of a film of pictures whose size is not asked for."""
REST = 30
"""Frames for which such a film stays with the last picture."""


@dataclass(frozen=True)
class Wish:
    """The options that every kind has.

    Attributes:
        output: where to write, ``None`` for the kind's usual name.
        network: name or path of a network.
        weights: a file of weights, or ``random``.
        input_range: name of what a network of the user's own expects.
        force: whether existing outputs are replaced.
        seed: decides every random draw.
        budget: seconds that the whole may take.
        as_json: whether to print the numbers as JSON.
        film: where to write a film of the growth.
        begun: when it was asked for, by the monotonic clock: a budget runs from here.
    """

    output: str | None
    network: str
    weights: str | None
    input_range: str | None
    force: bool
    seed: int
    budget: float | None
    as_json: bool
    film: Path | None = None
    begun: float = field(default_factory=time.monotonic)

    def load_network(self) -> Network:
        """Load the network asked for."""
        from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
        from zoomdream.network.catalogue import load_network

        return load_network(self.network, weights=self.weights, input_range=self.input_range)


class Seconds(click.ParamType[float]):
    """A time: ``30``, ``30s``, ``5m`` or ``1h``."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds."""
        text = str(value).strip().lower()
        unit = _UNITS.get(text[-1:], 0)
        try:
            seconds = float(text[:-1]) * unit if unit else float(text)
        except ValueError:
            seconds = 0
        if not 0 < seconds < float("inf"):
            self.fail(f"{value!r} is not a time: write 30s, 5m or 1h.", param, ctx)
        return seconds


def steps(usual: int) -> Callable[[options.Command], options.Command]:
    """Return the option that says how many steps to take."""
    return click.option("--steps", type=click.IntRange(1, 100_000), default=usual, show_default=True,
                        help="Steps to take.")  # fmt: skip


def size(usual: str) -> Callable[[options.Command], options.Command]:
    """Return the option that says how large the picture is."""
    return click.option("--size", type=Size(square=True), default=usual, show_default=True,
                        help="Width and height in pixels, or one number for both.")  # fmt: skip


def free_size(command: options.Command) -> options.Command:
    """Add the same for a kind that may ask for classes, which some networks have at one size only."""
    told = "Width and height in pixels, or one number for both.  [default: 384, or what the network's classes need]"
    return click.option("--size", type=Size(square=True), help=told)(command)


unfilmed = options.together(
    click.option("-o", "--output", metavar="FILE",
                 help="Where to write a .png or .jpg; named after what is asked for if not given."),
    click.option("--budget", type=Seconds(), help="Take as many steps as fit into this time, e.g. 30s or 5m."),
    options.seed, options.network, options.weights, options.input_range, options.as_json, options.force,
)  # fmt: skip
"""What every kind takes besides what it is asked for, its steps and its size."""

imagining = options.together(
    click.option("--film", metavar="FILE", type=click.Path(path_type=Path),
                 help="Also write how the picture grows, as a film."),
    unfilmed,
)  # fmt: skip
"""The same for a kind that is one growth."""


def split(given: dict[str, Any]) -> tuple[Wish, dict[str, Any]]:
    """Return the options that every kind has, and those that are left: the kind's own."""
    common = {field.name for field in fields(Wish)}
    wish = Wish(**{name: value for name, value in given.items() if name in common})
    return wish, {name: value for name, value in given.items() if name not in common}


def check(wish: Wish, usual: str, film_size: tuple[int, int] | None = None, read: Sequence[Path] = ()) -> Path:
    """Return where to write, refusing what cannot be done, without a tensor library.

    Args:
        usual: name of the output, without its suffix, where none is given.
        film_size: (width, height) of the film of the growth.
        read: files that are read.
    """
    from zoomdream.network.request import check_request
    from zoomdream.reel.encode import check_output

    check_request(wish.network, wish.weights, wish.input_range)
    named = Path(file_name(usual))
    name = f"{named}.png" if wish.output is None else wish.output
    taken = [wish.film] if wish.film else []
    [[output]] = plan([named], [name], SUFFIXES, wish.force, taken=taken, read=read)
    if wish.film:
        if wish.film.resolve() in {path.resolve() for path in read}:
            raise BadInput(f"{wish.film} is one of the pictures themselves: choose another name.")
        check_output(wish.film, film_size or (64, 64), FPS, force=wish.force)
    return output


def file_name(text: str) -> str:
    """Return a name for a file after an address or a label.

    >>> file_name("class:Egyptian Mau"), file_name("block9:4@7,9")
    ('class-egyptian-mau', 'block9-4-7-9')
    """
    words = "".join(letter if letter.isalnum() else " " for letter in text.lower()).split()
    return "-".join(words)[:LONGEST].rstrip("-") or "still"
