"""The pictures nearest to one, as a network sees them and pixel by pixel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput
from zoomdream.network.network import Network
from zoomdream.picture.fit import Mode
from zoomdream.picture.image import load_image
from zoomdream.still.features.folder import pictures_of
from zoomdream.still.features.index import Index
from zoomdream.still.features.scan import Quiet, Scan, Watch, means, pixels
from zoomdream.still.features.space import compared_layer, directions


@dataclass(frozen=True)
class Neighbour:
    """A picture and how far it is."""

    path: Path
    distance: float


@dataclass(frozen=True)
class Neighbours:
    """The pictures nearest to one, nearest first.

    Attributes:
        features: by the distance of their mean activations, each of length 1, in [0, 2].
        pixels: by the root mean square of the differences of all values at 32×32 pixels, in [0, 1].
    """

    features: Sequence[Neighbour]
    pixels: Sequence[Neighbour]


def neighbours(
    network: Network,
    image: str | Path,
    folder: str | Path,
    *,
    most: int = 8,
    layer: str | None = None,
    fit: Mode = "crop",
    index: str | Path | None = None,
    watch: Watch | None = None,
) -> Neighbours:
    """Return the pictures in a folder, and in the folders in it, that are nearest to a picture in a file.

    A picture that is in the folder itself is its own first neighbour.

    Args:
        most: how many of each.
        layer: whose activations are compared; the last one before the head if not given.
        fit: how the pictures come to the network's size: ``crop``, ``pad`` or ``stretch``.
        index: file that keeps what was found; the usual one if not given.
        watch: who is told of the progress, and of pictures that cannot be read.

    Raises:
        BadInput: there is no such layer, the picture cannot be read, or the folder holds none that can be.
    """
    place, paths, asked = compared_layer(network, layer), pictures_of(Path(folder)), Path(image)
    load_image(asked, least=1)  # without it there is nothing to do
    with Index(Path(index) if index else None) as opened:
        scan = Scan(network.size, fit, opened, watch or Quiet())
        seen, plain = means(network, place), pixels()
        inside = {path.absolute() for path in paths}
        found = scan.find([seen, plain], paths if asked.absolute() in inside else [*paths, asked])
        done = [path for path in found if path.absolute() in inside]
        if not done:
            raise BadInput(f"None of the {len(paths)} pictures in {folder} could be read.")
        opened.forget_others(Path(folder), [*paths, asked])
        (point,) = directions(scan.read(seen, [asked]))
        (levels,) = scan.read(plain, [asked])
        by_features = _distances(directions(scan.read(seen, done)), point[0])
        by_pixels = _distances(scan.read(plain, done), levels[0].astype(np.float32)) / (255 * np.sqrt(levels.size))
    return Neighbours(_nearest(by_features, done, asked, most), _nearest(by_pixels, done, asked, most))


def _distances(points: Iterable[NDArray[np.float32]], point: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how far each of the points (m, c), given some at a time, is from one (c,)."""
    parts = [np.linalg.norm(np.subtract(some, point, dtype=np.float32), axis=1) for some in points]
    return np.concatenate(parts).astype(np.float64)


def _nearest(distances: NDArray[np.float64], paths: Sequence[Path], asked: Path, most: int) -> list[Neighbour]:
    """Return the nearest, itself before its twins."""
    itself = asked.resolve()
    first = np.argsort(distances, kind="stable")[: most + 1]
    last = distances[first[-1]]
    candidates = np.flatnonzero(distances <= last).tolist()
    near = sorted(candidates, key=lambda n: (distances[n], paths[n].resolve() != itself, n))
    return [Neighbour(paths[n], float(distances[n])) for n in near[:most]]
