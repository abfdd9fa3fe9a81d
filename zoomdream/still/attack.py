"""Attacks: ways to the whole levels that make a network see another class."""

from dataclasses import dataclass
from math import cos, pi, sqrt
from typing import Protocol

import numpy as np

from zoomdream.chance import generator
from zoomdream.picture.warp import Image
from zoomdream.still.levels import Change, Room, nearest_levels
from zoomdream.still.subject import Aim, Subject, View

REACH = 2.5
"""Sum of the steps of a climb, in epsilons (Madry et al., 2018)."""
FIRST, GROWTH = 1 / 32, 1.5
"""Of a change that is to be short: its first root mean square in levels, and how it grows from step to step."""
COARSEST, FINEST = 0.2, 0.005
"""By what share such a change is made shorter or longer, first and last."""
TINY = 1e-30
"""In the place of a length of 0."""


class Bound(Protocol):
    """How far a change may go, and which way is steepest within it."""

    def start(self, random: np.random.Generator) -> Image:
        """Return a change drawn evenly from all that are allowed."""

    def push(self, change: Image, slope: Image, share: float) -> None:
        """Move a change along a slope by a share of the bound, and back into it, in place; the slope is used up."""

    def whole(self, change: Image) -> Change:
        """Return it in whole levels, within the bound."""


@dataclass(frozen=True)
class Cube:
    """L∞: no value further than the room's whole number of levels."""

    room: Room

    def start(self, random: np.random.Generator) -> Image:
        """Return a change drawn evenly from the cube."""
        change = random.random(self.room.high.shape, np.float32)
        change -= 0.5
        change *= 2 * self.room.most
        self.room.keep(change)
        return change

    def push(self, change: Image, slope: Image, share: float) -> None:
        """Move a change along the signs of a slope, and back into the cube."""
        np.sign(slope, out=slope)
        slope *= share * self.room.most
        change += slope
        self.room.keep(change)

    def whole(self, change: Image) -> Change:
        """Return it rounded to whole levels."""
        return nearest_levels(change)


@dataclass(frozen=True)
class Ball:
    """L2: the whole change no longer than so many levels."""

    room: Room
    length: float

    def start(self, random: np.random.Generator) -> Image:
        """Return a change drawn evenly from the ball, kept within the picture's room."""
        change = random.standard_normal(self.room.high.shape, np.float32)
        stretch(change, self.length * random.random() ** (1 / change.size))
        self.room.keep(change)
        return change

    def push(self, change: Image, slope: Image, share: float) -> None:
        """Move a change along a slope, and back into the ball."""
        stretch(slope, share * self.length)
        change += slope
        if length(change) > self.length:
            stretch(change, self.length)
        self.room.keep(change)

    def whole(self, change: Image) -> Change:
        """Return it in whole levels, given where they are worth most."""
        return self.room.strongest(change, min(self.length, length(change)))


def length(change: Image) -> float:
    """Return the L2 norm."""
    return float(np.linalg.norm(change.ravel()))


def stretch(change: Image, wanted: float) -> None:
    """Give it the L2 norm, in place; a zero stays one."""
    change *= wanted / max(length(change), TINY)


def one_step(subject: Subject, aim: Aim, bound: Bound, view: View) -> View:
    """Return what one step to the bound makes of the picture; ``view`` is the picture as it is."""
    change = np.zeros(subject.part.shape, np.float32)
    bound.push(change, subject.slope(view, aim), 1)
    return subject.look(bound.whole(change))


def climb(subject: Subject, aim: Aim, bound: Bound, view: View, steps: int, restarts: int, seed: int) -> View:
    """Return the best of the picture as it is, of one step to the bound, and of all that is met on climbs within it.

    Each climb starts somewhere within the bound. Gradients are taken at the whole levels, and move a change of
    floating point.
    """
    best = better(aim, view, one_step(subject, aim, bound, view))
    for restart in range(restarts):
        change = bound.start(generator(seed, "adversarial", restart))
        view = subject.look(bound.whole(change))
        for _ in range(steps):
            bound.push(change, subject.slope(view, aim), REACH / steps)
            view = subject.look(bound.whole(change))
            best = better(aim, best, view)
    return best


def shorten(subject: Subject, aim: Aim, room: Room, view: View, steps: int) -> View:
    """Return the shortest change found within the room that meets the aim, or the one that comes closest to it.

    The change grows until the aim is met. Then its length falls where the aim is met and rises where it is not, by
    less and less, while the direction goes on turning towards the aim (after Rony et al., 2019, whose length changes
    by the same share at every step). At most ``steps`` steps find it, and as many make it short.
    """
    walk = _Walk(subject, aim, room, view)
    length = max(1.0, FIRST * sqrt(subject.part.size))
    for _ in range(steps):
        if aim.met(walk.view.logits):
            break
        walk.step(length, min(length / 2, walk.furthest / 16))
        length = min(length * GROWTH, walk.furthest)
    if not aim.met(walk.view.logits):
        return walk.best
    for step in range(steps):
        share = (1 + cos(pi * step / steps)) / 2
        by = FINEST + (COARSEST - FINEST) * share
        length = min(length, walk.best.length) * (1 - by) if aim.met(walk.view.logits) else length * (1 + by)
        walk.step(length, length * (share / 2 + 0.01))
    return walk.best


class _Walk:
    """A change on its way, and the best that was met.

    Attributes:
        furthest: the L2 norm of the longest change that there is room for, at most.
        best: the shortest that meets the aim, or what comes closest.
    """

    def __init__(self, subject: Subject, aim: Aim, room: Room, view: View) -> None:
        self._subject, self._aim, self._room = subject, aim, room
        self._change = np.zeros(subject.part.shape, np.float32)
        self.furthest = room.most * sqrt(subject.part.size)
        self.view = self.best = view

    def step(self, length: float, stride: float) -> None:
        """Go so far along the slope and bring the change to that length."""
        slope = self._subject.slope(self.view, self._aim)
        stretch(slope, stride)
        self._change += slope
        stretch(self._change, length)
        self._room.keep(self._change)
        self.view = self._subject.look(self._room.strongest(self._change, length))
        self.best = self._better()

    def _better(self) -> View:
        if all(self._aim.met(view.logits) for view in (self.view, self.best)):
            return min(self.best, self.view, key=lambda view: view.length)
        return better(self._aim, self.best, self.view)


def better(aim: Aim, one: View, other: View) -> View:
    """Return which of two is further on: first by whether it meets the aim; of two that are alike the first."""
    return max(one, other, key=lambda view: aim.progress(view.logits))
