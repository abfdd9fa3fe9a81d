"""The film: from its settings to its frames."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count, islice
from math import ceil
from typing import IO, NamedTuple

import numpy as np

from zoomdream.ascent.climb import Weights, compile_climb
from zoomdream.ascent.objectives import Objective, weights_key
from zoomdream.film.camera import Motion, camera_of, motion
from zoomdream.film.dream import Dreamer, make_rule, octave_sizes, working_size
from zoomdream.film.grade import target
from zoomdream.film.length import frame_count
from zoomdream.film.overscan import crop, margin, surround
from zoomdream.film.pictures import Pictures
from zoomdream.film.score import few_in, layers_of, read_chords, timeline
from zoomdream.film.settings import Camera, Dream, Film
from zoomdream.film.splice import loop
from zoomdream.film.start import first_picture, growing_sizes
from zoomdream.film.tween import first_frame, tween
from zoomdream.film.voicing import loudness, sounding
from zoomdream.film.zoom import Notice, SmallerTiles, Voices, Zoom, keys, unfold
from zoomdream.network.addresses import channels_of
from zoomdream.network.backend import Shape
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


class State(NamedTuple):
    """What a film can be gone on with: a key's number, and the key as it was dreamt (h, w, 3), float32, exact."""

    key: int
    picture: Image


Tap = Callable[[State], None]
"""Told of each key as it is made."""


def _unseen(state: State) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Studio:
    """A film made ready for one network, size and seed: everything compiled and checked.

    What yields keys or frames takes ``begin``, a key of the same film from which to go on, and ``tap``, which is told
    of such keys. Keys are numbered from time 0 on; those of a loop begin after its overlap.
    """

    film: Film
    zoom: Zoom
    size: Size
    pictures: Pictures

    @property
    def state_pixels(self) -> int:
        """Pixels of a key with its margin."""
        height, width = (side + 2 * self.zoom.margin for side in self._working)
        return height * width

    @property
    def overlap(self) -> int:
        """How many keys of its run come before a loop."""
        return round(self.film.overlap * self.zoom.pace)

    def keys(
        self, tell: Tell = _untold, ahead: int = 0, begin: State | None = None, tap: Tap = _unseen
    ) -> Iterator[Image]:
        """Yield the film's keys from time 0 on, endlessly, at its own size.

        Args:
            tell: told of the keys before time 0 and of the next ``ahead``.
        """
        states = self._states(tell, ahead, begin)
        del begin  # here and below: it would be kept as long as the film lasts
        for state in states:
            tap(state)
            yield resize(self._shown(state.picture), self.size)

    def frames(
        self, fps: Fraction, tell: Tell = _untold, begin: State | None = None, tap: Tap = _unseen
    ) -> Iterator[Image]:
        """Yield the frames of the film (H, W, 3), RGB in [0, 1]."""
        first = begin.key if begin else 0
        left = frame_count(self.film.seconds, fps) - first_frame(first, self.zoom.pace, fps)
        keys = self.keys(tell, begin=begin, tap=tap)
        return islice(tween(keys, self.moves, self.zoom.pace, fps, first), left)

    def loop_frames(
        self,
        fps: Fraction,
        tell: Tell = _untold,
        begin: State | None = None,
        tap: Tap = _unseen,
        shelf: IO[bytes] | None = None,
    ) -> Iterator[Image]:
        """Yield the frames of the film as a loop, and then its first frame once more.

        Args:
            shelf: file for the keys that the loop closes with, which are those before ``begin``'s run.
        """
        first = begin.key - self.overlap if begin else 0
        length = round(self.film.seconds * self.zoom.pace)
        keys = self.keys(tell, self.overlap, begin, tap)
        del begin
        around = _Last(loop(keys, length, self.overlap, shelf, first))
        yield from tween(around, self.loop_moves, self.zoom.pace, fps, first)
        yield np.clip(around.last, 0, 1)

    def loop_moves(self, start: float, end: float) -> Motion:
        """Return how the camera moves between two times (seconds) of the loop, which begins after the overlap."""
        return self.moves(start + self.film.overlap, end + self.film.overlap)

    def moves(self, start: float, end: float) -> Motion:
        """Return how the camera moves between two times (seconds)."""
        return motion(self.zoom.camera, self.zoom.seed, start, end)

    def _states(self, tell: Tell, ahead: int, begin: State | None) -> Iterator[State]:
        """Yield the keys as they are dreamt, with their margin, those that unfold at their own sizes."""
        unfolding = self._growing if self.film.start.kind == "unfold" else 0
        if (begin.key if begin else 0) < unfolding:
            return self._unfolding(begin)
        if begin:
            return map(State, count(begin.key), keys(self.zoom, begin.picture, begin.key))
        return map(State, count(), self._from_start(tell, ahead))

    def _from_start(self, tell: Tell, ahead: int) -> Iterator[Image]:
        start, pace = self.film.start, self.zoom.pace
        picture = first_picture(start, self._working, self.zoom.seed, self.pictures.photograph)
        warmup = 0 if start.kind == "image" else round(start.warmup * pace)
        run = keys(self.zoom, surround(picture, self.zoom.margin), -warmup)
        return islice(_told(run, tell, warmup + ahead), warmup, None)

    def _unfolding(self, begin: State | None) -> Iterator[State]:
        steps = list(growing_sizes(self.film.start, self._working))
        sizes = [steps[round(key * (len(steps) - 1) / (self._growing - 1))] for key in range(self._growing)]
        state = begin or State(-1, first_picture(self.film.start, sizes[0], self.zoom.seed))
        if begin:
            yield begin
        del begin
        done = state.key + 1
        grown = map(State, count(done), unfold(self.zoom, state.picture, sizes, done))
        for state in grown:
            yield state
        number, run = state.key, keys(self.zoom, surround(state.picture, self.zoom.margin), state.key)
        del grown, state
        yield from islice(map(State, count(number), run), 1, None)

    @property
    def _working(self) -> Size:
        return working_size(self.film.dream, self.size)

    @property
    def _growing(self) -> int:
        """How many keys a film takes to unfold."""
        return max(2, ceil(self.film.start.seconds * self.zoom.pace))

    def _shown(self, picture: Image) -> Image:
        """Return what a film shows of a key: it without its margin, or grown if it still unfolds."""
        around = 2 * self.zoom.margin
        whole = (self._working[0] + around, self._working[1] + around)
        return crop(picture, self.zoom.margin) if picture.shape[:2] == whole else resize(picture, self._working)


def _told(keys: Iterable[Image], tell: Tell, total: int) -> Iterator[Image]:
    """Pass keys on, telling of the first ``total`` that are made; the very first is given."""
    for number, key in enumerate(keys):
        if 0 < number <= total:
            tell(number, total)
        yield key


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
    warn: Callable[[Notice], None],
) -> Studio:
    """Compile and check all that a film needs.

    Args:
        size: (height, width) of the frames.
        objective: what to maximise instead of the film's score.
        warn: told of each key that could not be dreamt, and of tiles that had to become smaller.

    Raises:
        BadInput: the score names what the network has not, or the picture is too small for it.
    """
    check_film(film, network, size, objective)
    voices, seen, arguments = _score_of(film, network, seed) if objective is None else (Silence(), objective, {})
    camera, dream, around = _with_margin(film, size)
    rule, tile = make_rule(dream), dream.tile
    climb = compile_climb(network, seen, rule, arguments, tile, lambda side: warn(SmallerTiles(side)))
    dreamer = Dreamer(climb, dream, seed)
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
    """Return the camera, the dream with its margin, and that margin in pixels."""
    camera = camera_of(film)
    height, width = working_size(film.dream, size)
    around = margin(camera, (height, width))
    # The dream sees the margin too; motifs keep their size when its lines grow with the picture.
    return camera, replace(film.dream, lines=round(film.dream.lines * (height + 2 * around) / height)), around


def _score_of(film: Film, network: Network, seed: int) -> tuple[Voices, Objective, dict[str, Shape]]:
    """Return who sounds when, what that makes the objective, and what the objective is told of it."""
    chords = read_chords(film.score, network)
    layers = sorted(layers_of(chords))
    voices = timeline(film.score, network, seed, loudness(network, layers))
    arguments: dict[str, Shape] = {weights_key(layer): (2, channels_of(network, layer)) for layer in layers}
    return voices, sounding(network, layers, few_in(chords)), arguments
