"""The few functions that a Python user calls."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import Any

from zoomdream.ascent.objectives import Objective
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.film.film import Studio, check_film, prepare
from zoomdream.film.length import frame_count, looped
from zoomdream.film.pictures import load_pictures
from zoomdream.film.settings import Film
from zoomdream.film.zoom import Notice
from zoomdream.network.catalogue import load_network
from zoomdream.network.network import Network
from zoomdream.network.request import RANDOM, needs_download
from zoomdream.picture.warp import Image
from zoomdream.presets import change_film, load_preset
from zoomdream.reel import Report, check_output, encode
from zoomdream.reel.rate import Rate, frame_rate

__all__ = ["load_network", "load_preset", "movie", "network_of", "save", "studio"]

SIZE = (640, 360)
FPS = 30
SMALLEST, LARGEST = 16, 16384


def movie(
    preset: str | Path | Film,
    *,
    network: Network | str | None = None,
    objective: Objective | None = None,
    size: tuple[int, int] = SIZE,
    fps: Rate = FPS,
    seconds: float | None = None,
    seed: int = 0,
    loop: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> Iterator[Image]:
    """Yield the frames of a film: float32 arrays (height, width, 3), RGB in [0, 1].

    Args:
        preset: name or path of a preset, or a film of settings.
        network: a network, or the name of one, instead of the preset's.
        objective: what to maximise instead of the preset's score.
        size: (width, height) of the frames.
        fps: frames per second.
        seconds: length instead of the preset's.
        seed: decides every random draw.
        loop: close the film onto itself; the first frame follows the last one.
        settings: changes to the preset, ``{"camera.zoom": 2}``.

    Raises:
        BadInput: something asked for does not exist or is out of range.
    """
    asked = {"seconds": seconds, "network": network if isinstance(network, str) else None}
    changes = {**(settings or {}), **{key: value for key, value in asked.items() if value is not None}}
    film = change_film(preset if isinstance(preset, Film) else load_preset(preset), changes)
    rate = _checked(size, fps)
    film = looped(film, rate, changes) if loop else film
    if not isinstance(network, Network):
        network = network_of(film, size=size, objective=objective)
    ready = studio(film, network, size=size, seed=seed, objective=objective)
    if not loop:
        return ready.frames(rate)
    return islice(ready.loop_frames(rate), frame_count(film.seconds, rate))


def _checked(size: tuple[int, int], fps: Rate) -> Fraction:
    """Return the frame rate; ``BadInput`` for one out of range, or a size without room for a picture."""
    if len(size) != 2 or not all(isinstance(side, int) and SMALLEST <= side <= LARGEST for side in size):
        raise BadInput(f"A size is (width, height), each from {SMALLEST} to {LARGEST} pixels, not {size}.")
    return frame_rate(fps)


def network_of(
    film: Film,
    *,
    size: tuple[int, int] = SIZE,
    objective: Objective | None = None,
    weights: str | Path | None = None,
    input_range: str | None = None,
) -> Network:
    """Return the network that a film names, as :func:`load_network` does.

    Args:
        size: (width, height) of the frames.
        objective: what to maximise instead of the film's score.

    Raises:
        BadInput: the network cannot dream the film, which shows before its weights are downloaded.
    """
    if needs_download(film.network, weights):
        width, height = size
        check_film(film, load_network(film.network, weights=RANDOM), (height, width), objective)
    return load_network(film.network, weights=weights, input_range=input_range)


def save(
    path: str | Path,
    frames: Iterable[Image],
    *,
    fps: Rate = FPS,
    codec: str | None = None,
    crf: int | None = None,
    force: bool = False,
) -> Report:
    """Write frames (H, W, 3), RGB in [0, 1], to a film file whose type follows its name, and return what came out.

    Raises:
        BadInput: the name, the size or the rate cannot be served, or the file exists and ``force`` is not set.
        ZoomdreamError: there are no frames, or the encoder failed; its last words are quoted.
    """
    check_output(path, (64, 64), fps, codec=codec, crf=crf, force=force)  # a wrong name should not wait for a frame
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ZoomdreamError(f"There are no frames to write to {path}.")
    height, width = first.shape[:2]
    whole = chain(iter([first]), frames)  # an iterator that came to its end lets go of the list, a chain would not
    del first
    return encode(path, whole, fps, (width, height), codec=codec, crf=crf, force=force)


def _warn(notice: Notice) -> None:
    warnings.warn(str(notice), stacklevel=2)


def studio(
    film: Film,
    network: Network,
    *,
    size: tuple[int, int] = SIZE,
    seed: int = 0,
    objective: Objective | None = None,
    warn: Callable[[Notice], None] = _warn,
) -> Studio:
    """Return a film made ready: its pictures loaded, its score checked, its step compiled.

    Args:
        size: (width, height) of the frames.
        warn: told of each key that could not be dreamt, and of memory that was not enough; the film goes on.
    """
    width, height = size
    return prepare(film, network, (height, width), seed, pictures=load_pictures(film), objective=objective, warn=warn)
