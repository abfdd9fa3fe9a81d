"""What the recipe inside a file says the film is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

from zoomdream.errors import BadInput
from zoomdream.film.camera import Motion, camera_of, motion
from zoomdream.film.length import frame_count
from zoomdream.film.settings import Camera, Film
from zoomdream.inspection.gauge import Moves
from zoomdream.presets import read_film
from zoomdream.reel.rate import frame_rate

FILMS = {"movie": False, "loop": True}
"""Command that makes a film from a preset → whether it closes onto itself."""


@dataclass(frozen=True)
class Promise:
    """What a film should be; None for what its recipe leaves open.

    Attributes:
        frames: how many there should be.
        size: (width, height) in pixels.
        fps: frames per second.
        seconds: length.
        loop: whether the last frame leads to the first.
        moves: how the camera moves.
        settled: seconds after which it has come up to speed.
    """

    frames: int | None = None
    size: tuple[int, int] | None = None
    fps: Fraction | None = None
    seconds: float | None = None
    loop: bool = False
    moves: Moves | None = field(default=None, repr=False, compare=False)
    settled: float | None = None


def promise_of(recipe: Mapping[str, Any] | None) -> Promise:
    """Return what a recipe promises; nothing if there is none, or if it is not that of a film.

    Raises `BadInput` for a recipe that this version cannot read.
    """
    if recipe is None or recipe.get("command") not in FILMS:
        return Promise()
    try:
        film = read_film(dict(recipe["film"]), "its recipe")
        width, height = map(int, recipe["size"])
        fps, seed, loop = frame_rate(Fraction(recipe["fps"])), _seed(recipe["seed"]), FILMS[recipe["command"]]
    except (KeyError, TypeError, ValueError, ArithmeticError) as why:
        raise BadInput(f"its recipe is not one of this version ({why!r})") from why
    moves = moves_of(film, seed, loop)
    camera = camera_of(film)
    settled = camera.rest + camera.ease
    return Promise(frame_count(film.seconds, fps), (width, height), fps, film.seconds, loop, moves, settled)


def _seed(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"the seed {value!r}")
    return value


def one_frame(promise: Promise) -> Promise:
    """Return what is promised of a single picture of the film."""
    return Promise(size=promise.size)


def moves_of(film: Film, seed: int, loop: bool) -> Moves:
    """Return how the camera of a film moves; a loop begins after its overlap."""
    return partial(_moved, camera_of(film), seed, film.overlap if loop else 0.0)


def _moved(camera: Camera, seed: int, delay: float, start: float, end: float) -> Motion:
    return motion(camera, seed, start + delay, end + delay)
