"""A map of pictures: what a network finds alike is close together in the plane."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.network.network import Network
from zoomdream.picture.fit import Mode
from zoomdream.still.features.folder import pictures_of
from zoomdream.still.features.index import Index
from zoomdream.still.features.method import Method, check_count
from zoomdream.still.features.scan import Quiet, Scan, Watch, means
from zoomdream.still.features.space import compared_layer, directions

Points = NDArray[np.float64]

COMPONENTS = 50
"""Principal components that t-SNE goes on with (van der Maaten & Hinton, 2008, §4 take 30)."""
TOGETHER = 1024
"""Points that the principal components are found from at a time, at least half as many."""
PERPLEXITY = 30.0
"""Of t-SNE: about as many neighbours are kept close; fewer where there are few pictures."""


@dataclass(frozen=True)
class PictureMap:
    """Where pictures are in the plane.

    Attributes:
        paths: files of the n pictures.
        points: (n, 2), x to the right and y up.
    """

    paths: Sequence[Path]
    points: Points


def map_folder(
    network: Network,
    folder: str | Path,
    *,
    method: Method = "tsne",
    layer: str | None = None,
    fit: Mode = "crop",
    seed: int = 0,
    index: str | Path | None = None,
    watch: Watch | None = None,
) -> PictureMap:
    """Return the places in the plane of the pictures in a folder and in the folders in it.

    Args:
        method: ``pca``, the two directions in which the features differ most, or ``tsne``, which keeps neighbours
            together (van der Maaten & Hinton, 2008).
        layer: whose mean activations are the features; the last one before the head if not given.
        fit: how the pictures come to the network's size: ``crop``, ``pad`` or ``stretch``.
        seed: decides the draws of ``tsne``.
        index: file that keeps what was found; the usual one if not given.
        watch: who is told of the progress, and of pictures that cannot be read.

    Raises:
        BadInput: there is no such layer, the folder holds no picture that can be read, or only one for ``tsne``.
    """
    place, paths = compared_layer(network, layer), pictures_of(Path(folder))
    check_count(len(paths), method)
    with Index(Path(index) if index else None) as opened:
        scan = Scan(network.size, fit, opened, watch or Quiet())
        feature = means(network, place)
        done = scan.find([feature], paths)
        opened.forget_others(Path(folder), paths)
        check_count(len(done), method)
        few = principal(lambda: directions(scan.read(feature, done)), len(done))
    return PictureMap(done, few[:, :2] if method == "pca" else by_neighbours(few, seed))


def principal(points: Callable[[], Iterable[NDArray[np.float32]]], count: int) -> Points:
    """Return (n, k) the principal components of points (n, c), at least two and at most :data:`COMPONENTS`.

    They are found from some of the points at a time, so that it does not matter how many there are.

    Args:
        points: gives the points, some at a time, each time that it is called.
        count: n.
    """
    from sklearn.decomposition import IncrementalPCA

    width = next(iter(points())).shape[1]
    kept = min(COMPONENTS, count, width)
    if count > 1:
        found = IncrementalPCA(kept)
        with np.errstate(invalid="ignore"):  # of points that are all alike it wants to know the share of nothing
            for some in _evenly(points(), count):
                found.partial_fit(some)
        components = np.concatenate([found.transform(some) for some in points()])
    else:
        components = np.zeros((1, 1))
    room = max(0, 2 - components.shape[1])
    return np.pad(components.astype(np.float64), ((0, 0), (0, room)))


def _evenly(points: Iterable[NDArray[np.float32]], count: int) -> Iterable[NDArray[np.float32]]:
    """Yield the points in portions of one size, which none of is too small to find the components of."""
    portions = ceil(count / TOGETHER)
    ends = [round(count * number / portions) for number in range(1, portions + 1)]
    held, done = list[NDArray[Any]](), 0
    for some in points:
        for row in some:
            held.append(row)
            done += 1
            if done == ends[0]:
                yield np.stack(held)
                held, ends = [], ends[1:]


def by_neighbours(points: Points, seed: int) -> Points:
    """Return (n, 2) where points (n, k) that are close stay close: t-SNE, begun with the principal components."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(PERPLEXITY, (len(points) - 1) / 3)
    spread = points[:, 0].std() or 1.0
    begin = (points[:, :2] / spread * 1e-4).astype(np.float32)
    method = TSNE(perplexity=perplexity, init=begin, random_state=seed % 2**32)
    # Several threads would add up in another order each time, and on a busy machine mostly wait for each other.
    with threadpool_limits(1, "openmp"):
        return np.asarray(method.fit_transform(points.astype(np.float32)), np.float64)
