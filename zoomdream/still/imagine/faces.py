"""The multifaceted still: several faces of one class, each begun from pictures of it that are alike.

Nguyen, Yosinski & Clune, "Multifaceted feature visualization" (2016): features of real pictures are clustered, the mean
picture of each cluster is where a face begins, and what grows grows from the centre.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from zoomdream.ascent.ascend import Ascent
from zoomdream.ascent.canvas import fourier, within
from zoomdream.ascent.excitation import excitation
from zoomdream.ascent.objectives import CLASS, total_variation
from zoomdream.ascent.rules import adam
from zoomdream.ascent.transforms import Transforms
from zoomdream.chance import generator
from zoomdream.errors import BadInput
from zoomdream.network.addresses import channels_of
from zoomdream.network.network import Network
from zoomdream.picture.fit import Fit
from zoomdream.picture.warp import Image, Size, resize, soften
from zoomdream.still.class_maps import default_layer
from zoomdream.still.imagine.excite import ARGUMENTS, Excited, Wanted, given_by, numbered
from zoomdream.still.imagine.given import check_growth
from zoomdream.still.imagine.ideal import SMOOTHNESS, WHOLE
from zoomdream.still.imagine.neuron import last
from zoomdream.still.imagine.pace import Pace, unhurried
from zoomdream.still.passes import BATCH, scores
from zoomdream.still.target import Target, read_target

Array = NDArray[np.float32]

FACES, STEPS, SIZE = 4, 192, (256, 256)
ALIKE = 15
"""Pictures of a cluster whose mean a face begins with (§3.2)."""
DIMENSIONS = 50
"""Principal components by which pictures are compared (§3.1)."""
WIDTH = 0.33
"""Standard deviation, in picture heights, of the bell within which a face grows."""
SOFT = 1 / 64
"""Blur of the mean picture, in picture heights: edges that no single picture had are not kept."""


def multifaceted(
    network: Network,
    label: str | int,
    pictures: Sequence[Image],
    faces: int = FACES,
    *,
    size: Size = SIZE,
    steps: int = STEPS,
    seed: int = 0,
) -> Array:
    """Return pictures (faces, H, W, 3), RGB in [0, 1], of different faces of a class, the commonest one first.

    Args:
        label: name or number of the class.
        pictures: photographs of it, each (h, w, 3).
        size: (height, width) of a face in pixels.
        seed: decides every random draw.

    Raises:
        BadInput: the network has no such class, there are fewer pictures than faces, or there is no step to take.
    """
    check_growth(steps, size)
    target = read_target(label if isinstance(label, int) else f"class:{label}", network)
    starts = beginnings(network, compared(network, pictures), lambda number: pictures[number], faces, seed)
    growth = grow(network, target.channel or 0, starts, size=size, steps=steps, seed=seed)
    return last(growth).pictures


def seen(network: Network, picture: Image) -> Image:
    """Return a picture as the network sees it, (h, w, 3), its middle cut out."""
    return Fit((picture.shape[0], picture.shape[1]), network.size, "crop").to(picture)


def compared(network: Network, pictures: Iterable[Image]) -> Array:
    """Return (n, channels): what pictures (h, w, 3) are compared by; a few of them are held at a time."""
    layer, left = default_layer(network, CLASS), (seen(network, picture) for picture in pictures)
    found = [np.empty((0, channels_of(network, layer)), np.float32)]
    while some := list(islice(left, BATCH)):
        found.append(scores(network, np.stack(some), layer))
    return np.concatenate(found)


def beginnings(network: Network, features: Array, read: Callable[[int], Image], faces: int, seed: int) -> Array:
    """Return (faces, h, w, 3): the mean of pictures that are alike, for each of as many clusters, the largest first.

    Args:
        features: of the pictures, see :func:`compared`.
        read: the number of a picture → the picture (h, w, 3); it is asked for the few that a face begins with.

    Raises:
        BadInput: there are fewer pictures, or fewer that differ, than faces.
    """
    count = len(features)
    if faces < 1 or count < faces:
        raise BadInput(f"{faces} faces need at least as many pictures, not {count}.")
    if min(features.shape) > DIMENSIONS:
        features = PCA(DIMENSIONS, random_state=_seed(seed, "pca")).fit_transform(features)
    different = len(np.unique(features, axis=0))
    if different < faces:
        raise BadInput(f"Of the {count} pictures only {different} differ, too few for {faces} faces.")
    found = KMeans(faces, n_init=10, random_state=_seed(seed, "clusters")).fit(features)
    largest = np.argsort(-np.bincount(found.labels_, minlength=faces), kind="stable")
    means = []
    for one in largest:
        nearest = _nearest(features, found.labels_ == one, found.cluster_centers_[one])
        means.append(np.mean([seen(network, read(number)) for number in nearest], axis=0, dtype=np.float32))
    return np.stack(means)


def grow(
    network: Network,
    index: int,
    starts: Array,
    *,
    size: Size = SIZE,
    steps: int = STEPS,
    seed: int = 0,
    pace: Pace = unhurried,
) -> Iterator[Excited]:
    """Yield where the faces of a class are after every step.

    Args:
        index: of the class.
        starts: (faces, h, w, 3), the pictures they begin with.
    """
    network.check_size(*size, {CLASS})
    begun = np.stack([soften(resize(start, size), SOFT * size[0]) for start in starts])
    canvas = within(fourier(size, WHOLE.falloff), begun, bell(size))
    objective = excitation(CLASS) - SMOOTHNESS * total_variation(1.0)
    ascent = Ascent(network, objective, canvas, adam(WHOLE.rate), ARGUMENTS, WHOLE.border)
    targets, moves = [Target(CLASS, index)] * len(starts), WHOLE.moves or Transforms()
    wanted = Wanted(network, targets, range(seed, seed + len(starts)), size)

    def draw(step: int) -> Array:
        return np.stack([moves.draw(generator(each, "move", step), size) for each in wanted.seeds])

    return numbered(ascent(ascent.begin(canvas.encode(begun)), pace(steps), draw, given_by(wanted, size)), wanted)


def bell(size: Size) -> Array:
    """Return (H, W): 1 in the middle, falling off towards the edges."""
    height, width = size
    y, x = ((np.arange(side) - (side - 1) / 2) / height for side in (height, width))
    return np.asarray(np.exp(-(y[:, None] ** 2 + x**2) / (2 * WIDTH**2)), np.float32)


def _nearest(features: Array, members: NDArray[np.bool_], centre: Array) -> list[int]:
    """Return the numbers of the cluster's pictures that are nearest to its centre."""
    far = np.where(members, np.linalg.norm(features - centre, axis=1), np.inf)
    return [int(number) for number in np.argsort(far, kind="stable")[: min(ALIKE, int(members.sum()))]]


def _seed(seed: int, purpose: str) -> int:
    return int(generator(seed, purpose).integers(2**31))
