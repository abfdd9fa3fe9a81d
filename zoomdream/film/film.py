"""The film: from its settings to its frames."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from math import ceil

import numpy as np

from zoomdream.ascent.climb import Climb, Gradient, Weights, compile_gradient
from zoomdream.ascent.objectives import Objective, weights_key
from zoomdream.film.camera import Motion, motion
from zoomdream.film.dream import Dreamer, make_rule, octave_sizes, working_size
from zoomdream.film.grade import target
from zoomdream.film.length import frame_count
from zoomdream.film.overscan import crop, margin, surround
from zoomdream.film.pictures import Pictures
from zoomdream.film.score import layers_of, read_chords, timeline
from zoomdream.film.settings import Camera, Dream, Film
from zoomdream.film.splice import loop
from zoomdream.film.start import first_picture, growing_sizes
from zoomdream.film.tween import tween
from zoomdream.film.voicing import loudness, sounding
from zoomdream.film.zoom import Fault, Voices, Zoom, keys, unfold
from zoomdream.network.addresses import channels_of
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image, Size, resize

Tell = Callable[[int, int], None]
"""Told, while the first frame is waited for, how many of the keys before it are dreamt, and how many there are."""


@dataclass(frozen=True)
class Silence:
    """Voices of a film whose objective is the user's own: nothing to weigh."""

    name: str = "own objective"

    def weights(self, t: float) -> Weights:
        """Return no weights."""
        return {}

    def names(self, t: float) -> str:
        """Return what to call the objective."""
        return self.name


def _untold(done: int, count: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Studio:
    """A film made ready for one network, size and seed: everything compiled and checked."""

    film: Film
    zoom: Zoom
    size: Size
    pictures: Pictures

    def keys(self, tell: Tell = _untold, ahead: int = 0) -> Iterator[Image]:
        """Yield the film's keys from time 0 on, endlessly, at its own size.

        Args:
            tell: told of the keys before time 0 and of the next ``ahead``.
        """
        return (resize(crop(key, self.zoom.margin), self.size) for key in self._keys(tell, ahead))

    def frames(self, fps: Fraction, tell: Tell = _untold) -> Iterator[Image]:
        """Yield the frames of the film (H, W, 3), RGB in [0, 1]."""
        count = frame_count(self.film.seconds, fps)
        return map(_within, islice(tween(self.keys(tell), self.moves, self.zoom.pace, fps), count))

    def loop_frames(self, fps: Fraction, tell: Tell = _untold) -> Iterator[Image]:
        """Yield the frames of the film as a loop, and then its first frame once more."""
        length, overlap = (round(t * self.zoom.pace) for t in (self.film.seconds, self.film.overlap))
        around = _Last(loop(self.keys(tell, overlap), length, overlap))
        yield from map(_within, tween(around, self.loop_moves, self.zoom.pace, fps))
        yield _within(around.last)

    def loop_moves(self, start: float, end: float) -> Motion:
        """Return how the camera moves between two times (seconds) of the loop, which begins after the overlap."""
        return self.moves(start + self.film.overlap, end + self.film.overlap)

    def moves(self, start: float, end: float) -> Motion:
        """Return how the camera moves between two times (seconds)."""
        return motion(self.zoom.camera, self.zoom.seed, start, end)

    def _keys(self, tell: Tell = _untold, ahead: int = 0) -> Iterator[Image]:
        start, pace = self.film.start, self.zoom.pace
        size = working_size(self.film.dream, self.size)
        if start.kind == "unfold":
            return self._unfolding(size)
        picture = first_picture(start, size, self.zoom.seed, self.pictures.photograph)
        picture = surround(picture, self.zoom.margin)
        warmup = 0 if start.kind == "image" else round(start.warmup * pace)
        return islice(_told(keys(self.zoom, picture, -warmup), tell, warmup + ahead), warmup, None)

    def _unfolding(self, size: Size) -> Iterator[Image]:
        start, count = self.film.start, max(2, ceil(self.film.start.seconds * self.zoom.pace))
        steps = list(growing_sizes(start, size))
        sizes = [steps[round(key * (len(steps) - 1) / (count - 1))] for key in range(count)]
        picture = first_picture(start, sizes[0], self.zoom.seed)
        for grown in unfold(self.zoom, picture, sizes):
            picture = surround(grown, self.zoom.margin)
            yield picture
        yield from islice(keys(self.zoom, picture, count - 1), 1, None)


def _told(keys: Iterable[Image], tell: Tell, count: int) -> Iterator[Image]:
    """Pass keys on, telling of the first ``count`` that are made; the very first is given."""
    for number, key in enumerate(keys):
        if 0 < number <= count:
            tell(number, count)
        yield key


def _within(frame: Image) -> Image:
    """Return the frame within [0, 1], which a resample may leave a little."""
    return np.clip(frame, 0, 1)


class _Last:
    """An iterable that remembers what it gave last."""

    last: Image

    def __init__(self, keys: Iterable[Image]) -> None:
        self._keys = keys

    def __iter__(self) -> Iterator[Image]:
        for key in self._keys:
            self.last = key
            yield key


def prepare(
    film: Film,
    network: Network,
    size: Size,
    seed: int,
    *,
    pictures: Pictures,
    objective: Objective | None = None,
    warn: Callable[[Fault], None],
) -> Studio:
    """Compile and check all that a film needs.

    Args:
        size: (height, width) of the frames.
        objective: what to maximise instead of the film's score.
        warn: told of each key that could not be dreamt.

    Raises:
        BadInput: the score names what the network has not, or the picture is too small for it.
    """
    check_film(film, network, size, objective)
    voices, gradient = _score_of(film, network, seed) if objective is None else _own(objective, film, network)
    camera, dream, around = _with_margin(film, size)
    dreamer = Dreamer(Climb(gradient, make_rule(dream)), dream, seed)
    zoom = Zoom(dreamer, voices, camera, film.grade, target(film.grade, pictures.palette), seed, warn, around)
    return Studio(film, zoom, size, pictures)


def check_film(film: Film, network: Network, size: Size, objective: Objective | None = None) -> None:
    """Refuse a film that the network cannot dream; nothing is computed, so its weights do not matter.

    Args:
        size: (height, width) of the frames.
        objective: what to maximise instead of the film's score.

    Raises:
        BadInput: the score names what the network has not, or the picture is too small for it.
    """
    layers = layers_of(read_chords(film.score, network)) if objective is None else objective.layers
    _, dream, around = _with_margin(film, size)
    height, width = working_size(film.dream, size)
    sizes = octave_sizes(dream, (height + 2 * around, width + 2 * around))
    if film.start.kind == "unfold":
        sizes.append(next(growing_sizes(film.start, (height, width))))
    for lines, columns in sizes:
        network.check_size(min(lines, dream.tile), min(columns, dream.tile), layers)


def _with_margin(film: Film, size: Size) -> tuple[Camera, Dream, int]:
    """Return the camera, which rests while a film unfolds, the dream with its margin, and that margin in pixels."""
    camera = film.camera
    if film.start.kind == "unfold":
        camera = replace(camera, rest=max(camera.rest, film.start.seconds))
    height, width = working_size(film.dream, size)
    around = margin(camera, (height, width))
    # The dream sees the margin too; motifs keep their size when its lines grow with the picture.
    return camera, replace(film.dream, lines=round(film.dream.lines * (height + 2 * around) / height)), around


def _score_of(film: Film, network: Network, seed: int) -> tuple[Voices, Gradient]:
    layers = sorted(layers_of(read_chords(film.score, network)))
    widths = {layer: channels_of(network, layer) for layer in layers}
    voices = timeline(film.score, network, seed, loudness(network, layers))
    arguments = {weights_key(layer): (2, width) for layer, width in widths.items()}
    return voices, compile_gradient(network, sounding(network, layers), arguments, film.dream.tile)


def _own(objective: Objective, film: Film, network: Network) -> tuple[Voices, Gradient]:
    return Silence(), compile_gradient(network, objective, tile=film.dream.tile)
