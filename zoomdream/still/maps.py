"""Maps: what every kind of explanation returns, and how one is asked for pictures of any size."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoomdream.network.addresses import CLASS, Address
from zoomdream.network.network import Network
from zoomdream.picture.fit import Fit, Mode
from zoomdream.picture.warp import Image
from zoomdream.still.passes import BATCH, Array, batches, scores
from zoomdream.still.target import Target, places, read_target, weights

Reading = str | int | Address | None
"""A target as it is asked for: an address, a class's number, or ``None`` for each picture's top class."""


@dataclass(frozen=True)
class Question:
    """Pictures of the network's size, and what is asked of each.

    Attributes:
        pictures: (n, h, w, 3), RGB in [0, 1].
        targets: one for each picture, all in one layer and at one position.
        parts: rows and columns that are picture rather than padding, for each; ``None`` for all.
    """

    network: Network
    pictures: Array
    targets: Sequence[Target]
    parts: Sequence[tuple[slice, slice]] | None = None

    def part(self, number: int) -> Array:
        """Return the part of what the network sees that is picture (h', w', 3)."""
        picture = self.pictures[number]
        return np.asarray(picture[self.parts[number]] if self.parts else picture)

    @property
    def layer(self) -> str:
        """The targets' layer."""
        return self.targets[0].layer

    @property
    def weights(self) -> Array:
        """By how much each channel of the layer counts for each picture, (n, channels)."""
        return weights(self.targets, self.network)

    @property
    def places(self) -> Array | None:
        """By how much each place of the layer counts, (a, b); ``None`` for all alike."""
        return places(self.targets[0], self.network, self.pictures.shape[1:3])

    def of(self, number: int, copies: Array) -> "Question":
        """Return the same question asked of copies (m, h, w, 3) of one picture."""
        return replace(self, pictures=copies, targets=[self.targets[number]] * len(copies), parts=None)

    def scores(self) -> Array:
        """Return the targets' values (n,)."""
        return np.asarray((scores(self.network, self.pictures, self.layer, self.places) * self.weights).sum(1))


class Maps(NamedTuple):
    """Answers, one for each picture.

    Attributes:
        values: (n, h, w), or (n, h, w, 3) where there is one for each colour.
        signed: whether values below 0 mean something, rather than being absent.
        facts: name → (n,) further numbers.
    """

    values: Array
    signed: bool
    facts: Mapping[str, NDArray[Any]] = {}


Method = Callable[[Question], Maps]


@dataclass(frozen=True)
class Explanation:
    """One picture's answer.

    Attributes:
        values: (H, W) or (H, W, 3) at the picture's own size; 0 where the network saw nothing.
        target: what was explained.
        signed: whether values below 0 mean something.
        facts: further numbers by name, e.g. ``score``, the target's value.
    """

    values: NDArray[np.float32]
    target: Target
    signed: bool
    facts: Mapping[str, float] = field(default_factory=dict)


def explain(network: Network, image: Image, method: Method, target: Reading = None, fit: Mode = "crop") -> Explanation:
    """Return what a method finds in one picture (H, W, 3), RGB in [0, 1].

    Args:
        target: an address such as ``class:zebra`` or ``block9:4@7,9``; the top class if not given.
        fit: how the picture comes to the network's size, see :class:`Fit`.

    Raises:
        BadInput: the target names no place in this network.
    """
    return next(explain_all(network, [image], method, target, fit))


def explain_all(
    network: Network, images: Sequence[Image], method: Method, target: Reading = None, fit: Mode = "crop"
) -> Iterator[Explanation]:
    """Yield what a method finds in each picture; they go through the network in batches."""
    for some in batches(images, BATCH):
        fits = [Fit((image.shape[0], image.shape[1]), network.size, fit) for image in some]
        pictures = np.stack([way.to(image) for way, image in zip(fits, some, strict=True)])
        question = Question(network, pictures, aim(network, pictures, target), [way.inside for way in fits])
        maps = method(question)
        for number, way in enumerate(fits):
            facts = {name: float(each[number]) for name, each in maps.facts.items()}
            yield Explanation(way.back(maps.values[number]), question.targets[number], maps.signed, facts)


def aim(network: Network, pictures: Array, target: Reading = None) -> list[Target]:
    """Return one target for each picture: the one asked for, or its own top class."""
    if target is not None:
        return [read_target(target, network)] * len(pictures)
    return [Target(CLASS, int(row.argmax())) for row in scores(network, pictures, CLASS)]
