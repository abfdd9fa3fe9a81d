"""The few functions that a Python user calls."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from zoomdream.ascent.objectives import Objective
from zoomdream.film.film import Studio, prepare
from zoomdream.film.length import looped
from zoomdream.film.pictures import load_pictures
from zoomdream.film.settings import Film
from zoomdream.film.zoom import Fault
from zoomdream.network.catalogue import load_network
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image
from zoomdream.presets import load_preset, read_film, to_document
from zoomdream.reel.encode import Report, encode

__all__ = ["load_network", "load_preset", "movie", "save", "studio"]

SIZE = (640, 360)
FPS = 30


def movie(
    preset: str | Film,
    *,
    network: Network | None = None,
    objective: Objective | None = None,
    size: tuple[int, int] = SIZE,
    fps: float = FPS,
    seconds: float | None = None,
    seed: int = 0,
    loop: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> Iterator[Image]:
    """Yield the frames of a film: float32 arrays (height, width, 3), RGB in [0, 1].

    Args:
        preset: name or path of a preset, or a film of settings.
        network: a loaded network instead of the preset's.
        objective: what to maximise instead of the preset's score.
        size: (width, height) of the frames.
        fps: frames per second.
        seconds: length instead of the preset's.
        seed: decides every random draw.
        loop: close the film onto itself; the first frame follows the last one.
        settings: changes to the preset, ``{"camera.zoom": 2}``; only with a preset given by name.

    Raises:
        BadInput: something asked for does not exist or is out of range.
    """
    film = load_preset(preset, settings or {}) if isinstance(preset, str) else preset
    if seconds is not None:
        film = read_film({**to_document(film), "seconds": seconds}, film.title)
    rate = Fraction(fps).limit_denominator(1001)
    film = looped(film, rate) if loop else film
    ready = studio(film, network or load_network(film.network), size=size, seed=seed, objective=objective)
    if not loop:
        return ready.frames(rate)
    return (frame for frame, _ in pairwise(ready.loop_frames(rate)))


def save(path: str | Path, frames: Iterable[Image], *, fps: float = FPS, force: bool = False) -> Report:
    """Write frames (H, W, 3), RGB in [0, 1], to a film file whose type follows its name, and return what came out.

    Raises:
        BadInput: the name, the size or the rate cannot be served, or the file exists and ``force`` is not set.
        ZoomdreamError: the encoder failed; its last words are quoted.
    """
    frames = iter(frames)
    first = next(frames)
    height, width = first.shape[:2]
    return encode(path, chain([first], frames), Fraction(fps).limit_denominator(1001), (width, height), force=force)


def _warn(fault: Fault) -> None:
    warnings.warn(str(fault), stacklevel=2)


def studio(
    film: Film,
    network: Network,
    *,
    size: tuple[int, int] = SIZE,
    seed: int = 0,
    objective: Objective | None = None,
    warn: Callable[[Fault], None] = _warn,
) -> Studio:
    """Return a film made ready: its pictures loaded, its score checked, its step compiled.

    Args:
        size: (width, height) of the frames.
        warn: told of each key that could not be dreamt; the film goes on without it.
    """
    width, height = size
    return prepare(film, network, (height, width), seed, pictures=load_pictures(film), objective=objective, warn=warn)
