"""A picture that is changed level by level, and what a network sees in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoomdream.network.addresses import CLASS
from zoomdream.network.network import Network
from zoomdream.picture.fit import Fit, Mode
from zoomdream.picture.warp import Image
from zoomdream.still.levels import Change, from_levels, to_levels
from zoomdream.still.passes import Array, gradients, scores

Logits = NDArray[np.float64]

HAIR = 1e-3
"""By how much of their standard deviation logits must lead for the class to be sure."""


@dataclass(frozen=True)
class Aim:
    """A class, and whether it is to be reached or left.

    What is climbed are its log odds log(p / (1 − p)), up or down. Cross-entropy −log p is a falling function of them
    and its gradient their negative times 1 − p: the same direction, but one that does not round to 0 where the
    network is sure.
    """

    index: int
    towards: bool

    def gain(self, logits: Logits) -> float:
        """Return what is to be raised: the class's log odds, or their negative where it is to be left."""
        others = np.delete(logits, self.index)
        top = others.max()
        return self._sign * float(logits[self.index] - top - np.log(np.exp(others - top).sum()))

    def lead(self, logits: Logits) -> float:
        """Return by how much the logits are where they should be; below 0 the aim is not met."""
        return self._sign * float(logits[self.index] - np.delete(logits, self.index).max())

    def met(self, logits: Logits) -> bool:
        """Say whether they are where they should be, by more than another machine's rounding would change."""
        return self.lead(logits) > HAIR * float(logits.std())

    def progress(self, logits: Logits) -> tuple[bool, bool, float]:
        """Return what orders logits by how far they are: first whether they are there and surely so, then the gain."""
        return self.lead(logits) > 0, self.met(logits), self.gain(logits)

    def slope(self, logits: Logits) -> Array:
        """Return the gradient of the gain to the logits, (classes,)."""
        others = logits.copy()
        others[self.index] = -np.inf
        weights = -np.exp(others - others.max())
        weights /= -weights.sum()
        weights[self.index] = 1
        return np.asarray(self._sign * weights, np.float32)

    @property
    def _sign(self) -> int:
        return 1 if self.towards else -1


@dataclass(frozen=True, eq=False)
class View:
    """What the network sees in the picture with a change.

    Attributes:
        change: (a, b, 3) whole levels, of the part that is seen.
        picture: (h, w, 3) as it goes into the network.
        logits: (classes,).
    """

    change: Change
    picture: Image
    logits: Logits

    @property
    def length(self) -> float:
        """The L2 norm of the change in levels."""
        return float(np.sqrt(np.einsum("ijk,ijk->", self.change, self.change, dtype=np.float64)))


class Subject:
    """A picture in levels, of which the part that the network sees may be changed.

    Attributes:
        levels: (H, W, 3), the whole picture.
        part: (a, b, 3), the part that is seen.
        slopes: how many gradients have been taken.
        queries: how often the network was run, gradients included.
    """

    def __init__(self, network: Network, image: Image, fit: Mode) -> None:
        self._network = network
        self.levels = to_levels(image)
        whole = Fit((image.shape[0], image.shape[1]), network.size, fit)
        self._window = whole.seen
        self.part = self.levels[self._window]
        # Cropped already: now the same resampling takes all that is left.
        self._fit = Fit((self.part.shape[0], self.part.shape[1]), network.size, "stretch" if fit == "crop" else fit)
        self.slopes = self.queries = 0

    def look(self, change: Change) -> View:
        """Return what the network sees in the part with a change, which stays within 0 to 255."""
        self.queries += 1
        picture = self._fit.to(from_levels(self.part + change))
        return View(change, picture, scores(self._network, picture[None], CLASS)[0].astype(np.float64))

    def unchanged(self) -> View:
        """Return what the network sees in the picture as it is."""
        return self.look(np.zeros(self.part.shape, np.int16))

    def slope(self, view: View, aim: Aim) -> Image:
        """Return the gradient of an aim's gain to the part, (a, b, 3)."""
        self.queries += 1
        self.slopes += 1
        _, down = gradients(self._network, view.picture[None], CLASS, aim.slope(view.logits)[None])
        return self._fit.gradient_back(down[0])

    def changed(self, change: Change) -> Image:
        """Return the whole picture with a change of the part, float32 in [0, 1], every value a level."""
        levels = self.levels.copy()
        levels[self._window] = self.part + change
        return from_levels(levels)
