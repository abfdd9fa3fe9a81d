"""The patches of pictures that excite a neuron most."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput
from zoomdream.network.addresses import CLASS, Address, channels_of
from zoomdream.network.head import Size
from zoomdream.network.network import Network
from zoomdream.picture.fit import Box, Fit, Mode
from zoomdream.picture.image import load_image
from zoomdream.picture.warp import Image
from zoomdream.still.features.field import Field, receptive_field
from zoomdream.still.features.folder import pictures_of
from zoomdream.still.features.index import Index
from zoomdream.still.features.scan import Feature, Quiet, Scan, Watch, known_as
from zoomdream.still.passes import Array, channels, gradients, scores
from zoomdream.still.target import Target, places, read_target, weights

EACH = 16
"""Most patches of one picture."""
SHARE = 0.9
"""How much of what influences the activation a patch holds, unless something else is asked for."""


@dataclass(frozen=True)
class Patch:
    """A place of a picture, and how much it excites the neuron.

    Attributes:
        path: file of the picture.
        row: of the neuron's layer; ``None`` for a class, which sees the whole picture.
        column: of the layer.
        activation: what the network's own activation is there; of a class the logit.
        box: rows and columns that are cut out, in pixels of the picture itself.
        field: rows and columns that the activation can depend on: the whole receptive field.
    """

    path: Path
    row: int | None
    column: int | None
    activation: float
    box: Box
    field: Box

    def cut(self) -> Image:
        """Return the patch out of the picture at its own size, (h, w, 3).

        Raises:
            BadInput: the file cannot be read any more, or it holds a smaller picture now.
        """
        found = load_image(self.path)[self.box]
        if found.shape[:2] != tuple(side.stop - side.start for side in self.box):
            raise BadInput(f"{self.path} has changed since it was looked at: try again.")
        return found


def patches(
    network: Network,
    folder: str | Path,
    neuron: str | Address,
    *,
    most: int = 24,
    each: int = EACH,
    field: float = SHARE,
    side: int | None = None,
    fit: Mode = "crop",
    index: str | Path | None = None,
    watch: Watch | None = None,
) -> list[Patch]:
    """Return the patches in a folder of pictures, and in the folders in it, that excite a neuron most, best first.

    Patches of one picture have no pixel in common.

    Args:
        neuron: ``block9:4``, ``block9:4@7,9`` for that place alone, or ``class:zebra``.
        most: how many patches.
        each: how many of one picture, at most 16.
        field: how much of what influences the activation is cut out: the smallest square around the middle of its
            gradient with this share of it, squared and summed; 1 for the whole receptive field.
        side: pixels of the network's longer side when it looks at the pictures; its own if not given.
        fit: how the pictures come to that size: ``crop``, ``pad`` or ``stretch``.
        index: file that keeps what was found; the usual one if not given.
        watch: who is told of the progress, and of pictures that cannot be read.

    Raises:
        BadInput: the neuron is not one, it sees nothing of any picture, or the folder holds none that can be read.
    """
    target = read_neuron(neuron, network)
    paths = pictures_of(Path(folder))
    size = seen_size(network, target, side)
    with Index(Path(index) if index else None) as opened:
        scan = Scan(size, fit, opened, watch or Quiet())
        feature = best_places(network, target, size)
        done = scan.find([feature], paths)
        opened.forget_others(Path(folder), paths)
        best = nlargest(most, _ranked(scan, feature, done, each), key=lambda found: found[0])
    if not best:
        raise BadInput(f"{target} sees nothing of these pictures, but what is around them.")
    view = _View(network, target, size, fit, field)
    return [view.patch(path, value, place) for value, _, path, place in best]


def read_neuron(neuron: str | Address, network: Network) -> Target:
    """Return the neuron that an address means.

    Raises:
        BadInput: it is none, or it is a whole layer.
    """
    target = read_target(neuron, network)
    if target.channel is None:
        last = channels_of(network, target.layer) - 1
        raise BadInput(f"{target} is a whole layer: name one of its neurons, {target}:0 to {target}:{last}.")
    return target


def seen_size(network: Network, target: Target, side: int | None) -> Size:
    """Return the (height, width) at which the network looks at pictures, its proportions being kept.

    Raises:
        BadInput: the neuron cannot be reached, or has no such place, in pictures of that size.
    """
    factor = side / max(network.size) if side else 1
    size = max(1, round(network.size[0] * factor)), max(1, round(network.size[1] * factor))
    network.check_size(*size, {target.layer})
    places(target, network, size)
    return size


def best_places(network: Network, target: Target, size: Size) -> Feature:
    """Return the feature: :data:`EACH` rows of (activation, row, column), best first; NaN where there are no more.

    Places that see nothing but padding are left out.
    """
    key = f"places {EACH} {target} {known_as(network)}"
    if target.layer == CLASS:
        return Feature(key, lambda pictures, _: _alone(scores(network, pictures, CLASS)[:, target.channel]))
    mix = weights([target], network).T
    field = receptive_field(network, target.layer, size)
    asked = np.zeros((len(field.rows), len(field.columns)), bool)
    asked[target.position or ...] = True

    def find(pictures: Array, insides: Sequence[Box]) -> NDArray[Any]:
        found = channels(network, pictures, target.layer, mix)[..., 0]
        shown = [asked & field.meets(inside) for inside in insides]
        rows = [_apart(np.where(here, one, -np.inf), field) for one, here in zip(found, shown, strict=True)]
        return np.stack([_row(list(row)) for row in rows])

    return Feature(key, find)


def _alone(values: Array) -> NDArray[Any]:
    return np.stack([_row([(value, 0, 0)]) for value in values])


def _row(found: Sequence[tuple[float, int, int]]) -> NDArray[Any]:
    row = np.full((EACH, 3), np.nan, np.float32)
    row[: len(found)] = np.reshape(found, (-1, 3))
    return row.ravel()


def _apart(values: Array, field: Field) -> Iterator[tuple[float, int, int]]:
    """Yield the strongest places of a map (a, b), whose fields have no pixel in common, at most :data:`EACH`.

    What is −∞ is no place.
    """
    left = values.copy()
    for _ in range(EACH):
        row, column = (int(place) for place in np.unravel_index(int(left.argmax()), left.shape))
        if left[row, column] == -np.inf:
            return
        yield float(values[row, column]), row, column
        left[field.overlaps(row, column)] = -np.inf
        left[row, column] = -np.inf


Ranked = tuple[float, int, Path, tuple[int, int]]


def _ranked(scan: Scan, feature: Feature, paths: Sequence[Path], each: int) -> Iterator[Ranked]:
    """Yield (activation, number of the picture, its path, place) of every patch, picture by picture."""
    number = 0
    for rows in scan.read(feature, paths):
        for row in rows.reshape(len(rows), EACH, 3)[:, :each]:
            for value, down, across in row[~np.isnan(row[:, 0])]:
                yield float(value), number, paths[number], (int(down), int(across))
            number += 1


@dataclass(frozen=True)
class _View:
    """How the network saw the pictures, to find what of them it was that excited the neuron."""

    network: Network
    target: Target
    size: Size
    fit: Mode
    share: float

    def patch(self, path: Path, value: float, place: tuple[int, int]) -> Patch:
        """Return the patch of the picture itself."""
        image = load_image(path)
        way = Fit((image.shape[0], image.shape[1]), self.size, self.fit)
        if self.target.layer == CLASS:
            whole = way.under((slice(0, self.size[0]), slice(0, self.size[1])))
            return Patch(path, None, None, value, whole, whole)
        field = receptive_field(self.network, self.target.layer, self.size).box(*place)
        box = field if self.share == 1 else self._narrowed(way, image, place, field)
        return Patch(path, *place, value, way.under(box), way.under(field))

    def _narrowed(self, way: Fit, image: Image, place: tuple[int, int], field: Box) -> Box:
        rows, columns = (
            slice(max(one.start, other.start), min(one.stop, other.stop))
            for one, other in zip(field, way.inside, strict=True)
        )
        return narrowed(self._influence(way.to(image), place), (rows, columns), self.share)

    def _influence(self, seen: Image, place: tuple[int, int]) -> NDArray[np.float64]:
        """Return (h, w): the square of the activation's gradient at each pixel that the network sees."""
        here = Target(self.target.layer, self.target.channel, place)
        at = places(here, self.network, self.size)
        _, down = gradients(self.network, seen[None], here.layer, weights([here], self.network), at)
        found: NDArray[np.float64] = np.square(down[0], dtype=np.float64).sum(-1)
        return found


def narrowed(influence: NDArray[np.float64], box: Box, share: float) -> Box:
    """Return the smallest square around the middle of the influence (h, w) with a share of it, as far as in a box.

    Where nothing has an influence that is the box.
    """
    inside = influence[box]
    whole = inside.sum()
    if not whole > 0:
        return box
    middle = [
        side.start + 0.5 + float(inside.sum(1 - axis) @ np.arange(inside.shape[axis])) / whole
        for axis, side in enumerate(box)
    ]
    for reach in count(1):
        rows, columns = (
            slice(max(side.start, int(at - reach)), min(side.stop, int(np.ceil(at + reach))))
            for side, at in zip(box, middle, strict=True)
        )
        if influence[rows, columns].sum() >= share * whole or (rows, columns) == box:
            return rows, columns
    raise AssertionError
