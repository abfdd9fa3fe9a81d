"""Integrated gradients: a score's rise from a plain picture to this one, shared out among the pixels."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zoomdream.still.maps import Maps, Question
from zoomdream.still.passes import BATCH, Array
from zoomdream.still.sensitivity import slopes

GAP, FEWEST, MOST = 0.01, 16, 512


def integrated(question: Question, baseline: float = 0.0, gap: float = GAP, most: int = MOST) -> Maps:
    """Return (x − x₀)·∫∂S/∂x along the straight path from a plain picture, summed over RGB (Sundararajan et al., 2017).

    The map's sum is S(x) − S(x₀) (completeness, §3), and the path is refined until it nearly is: networks of ReLUs
    rise in a small part of the path, so pieces of it are halved where slope and rise disagree most.

    Args:
        baseline: grey value of the plain picture, in [0, 1].
        gap: |sum − (S(x) − S(x₀))| / |S(x) − S(x₀)| that is small enough.
        most: points on the path at which to give up.

    Returns:
        Signed maps; the facts are ``score``, ``baseline_score``, ``points`` on the path, ``gap``, and ``complete``, 1
        where the gap is small enough.
    """
    paths = [_Path.begin(question, number, baseline) for number in range(len(question.pictures))]
    for path in paths:
        while path.gap > gap and len(path.parts) < most:
            path.refine(min(BATCH, most - len(path.parts)))
    facts = {
        "score": np.array([path.scores[1.0] for path in paths]),
        "baseline_score": np.array([path.scores[0.0] for path in paths]),
        "points": np.array([len(path.parts) for path in paths]),
        "gap": np.array([path.gap for path in paths]),
        "complete": np.array([path.gap <= gap for path in paths]),
    }
    return Maps(np.stack([path.total() for path in paths]), signed=True, facts=facts)


@dataclass(frozen=True)
class _Part:
    """One piece of the path and what its middle's gradient makes of it, (h, w)."""

    begin: float
    end: float
    shares: Array

    @property
    def middle(self) -> float:
        return (self.begin + self.end) / 2


class _Path:
    """The straight way from a plain picture to a picture, in pieces."""

    def __init__(self, question: Question, number: int, baseline: float) -> None:
        self._question, self._number, self._baseline = question, number, np.float32(baseline)
        self._way = question.pictures[number] - self._baseline
        self.parts: list[_Part] = []
        self.scores: dict[float, float] = {}

    @classmethod
    def begin(cls, question: Question, number: int, baseline: float) -> "_Path":
        """Return the path in equal pieces."""
        path = cls(question, number, baseline)
        borders = [i / FEWEST for i in range(FEWEST + 1)]
        found = question.of(number, path._at(borders)).scores()
        path.scores = dict(zip(borders, found.tolist(), strict=True))
        path.parts = path._look(list(pairwise(borders)))
        return path

    @property
    def gap(self) -> float:
        """How far the sum is from the rise of the score, relative to it."""
        rise = self.scores[1.0] - self.scores[0.0]
        return abs(sum(float(part.shares.sum(dtype=np.float64)) for part in self.parts) - rise) / max(abs(rise), 1e-12)

    def refine(self, count: int) -> None:
        """Halve the pieces where slope and rise disagree most, up to that many."""
        order = np.argsort([-self._error(part) for part in self.parts])
        worst = [self.parts[i] for i in order[:count] if self._error(self.parts[i]) > 0]
        kept = [self.parts[i] for i in order[len(worst) :]]
        halves = [half for part in worst for half in ((part.begin, part.middle), (part.middle, part.end))]
        self.parts = [*kept, *self._look(halves)]

    def total(self) -> Array:
        """Return the map (h, w)."""
        return np.asarray(sum(part.shares for part in self.parts), np.float32)

    def _error(self, part: _Part) -> float:
        return abs(float(part.shares.sum(dtype=np.float64)) - (self.scores[part.end] - self.scores[part.begin]))

    def _look(self, pieces: list[tuple[float, float]]) -> list[_Part]:
        """Return the pieces with what their middles' gradients make of them."""
        middles = [(begin + end) / 2 for begin, end in pieces]
        found, down = slopes(self._question.of(self._number, self._at(middles)))
        self.scores |= dict(zip(middles, found.tolist(), strict=True))
        return [
            _Part(begin, end, np.float32(end - begin) * (self._way * slope).sum(-1))
            for (begin, end), slope in zip(pieces, down, strict=True)
        ]

    def _at(self, places: list[float]) -> NDArray[np.float32]:
        steps = np.asarray(places, np.float32)[:, None, None, None]
        return np.asarray(self._baseline + self._way * steps)
