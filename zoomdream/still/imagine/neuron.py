"""The neuron still: what excites one channel, one place of it, or one class."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from zoomdream.ascent.excitation import PLACES
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.network.addresses import CLASS
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image, Size
from zoomdream.still.imagine import classic
from zoomdream.still.imagine.excite import RAW, Excited, Wanted, excite, given_by, stages_of
from zoomdream.still.imagine.pace import Pace, unhurried
from zoomdream.still.passes import scores
from zoomdream.still.target import Target, read_target

Array = NDArray[np.float32]
Method = Callable[[Wanted, int, Pace], Iterator[Excited]]

SIZE = (384, 384)
VARIETY = 0.5
"""Part of the excitation that pictures lose when they are all alike."""

METHODS: Mapping[str, Method] = {
    "fourier": lambda wanted, steps, pace: excite(wanted, steps, pace=pace),
    "raw": lambda wanted, steps, pace: excite(wanted, steps, RAW, pace),
    "plain": classic.plain,
    "regularised": classic.regularised,
    "octaves": classic.octaves,
}
STEPS: Mapping[str, int] = {"fourier": 256, "raw": 64, "plain": 16, "regularised": 128, "octaves": 220}
"""Usual number of steps of each method."""


def neuron(
    network: Network,
    address: str,
    *,
    size: Size | None = None,
    steps: int | None = None,
    method: str = "fourier",
    best: int = 1,
    seed: int = 0,
) -> Image:
    """Return a picture (H, W, 3), RGB in [0, 1], that excites a neuron (Olah et al., 2017).

    Args:
        address: a channel (``block9:4``), one place of it (``block9:4@7,9``), a whole layer, or ``class:zebra``.
        size: (height, width) in pixels; 384 each, or what the network's classes need, if not given.
        steps: how many; by default as many as the method usually takes.
        method: ``fourier``, natural colours and forms; or one of the classic ones on pixels: ``plain``,
            ``regularised``, ``octaves``, and ``raw``, which nothing keeps natural.
        best: how many pictures to grow, from other noise each; the one that excites the neuron most is returned.
        seed: decides every random draw.

    Raises:
        BadInput: the address names no place in the network, or there is no such method.
        ZoomdreamError: the neuron is dead: no picture was found that moves it.
    """
    target = read_target(address, network)
    reached = last(grow(network, target, size=size, steps=steps, method=method, count=best, seed=seed))
    return best_of(network, target, reached)[0]


def diverse(
    network: Network, address: str, count: int, *, size: Size | None = None, steps: int | None = None, seed: int = 0
) -> Array:
    """Return pictures (count, H, W, 3) that excite one neuron and are unlike one another (Olah et al., 2017).

    Raises:
        BadInput: the address names no place in the network.
        ZoomdreamError: the neuron is dead.
    """
    target = read_target(address, network)
    growth = grow(network, target, size=size, steps=steps, count=count, seed=seed, variety=VARIETY)
    return alive(network, target, last(growth)).pictures


def grow(
    network: Network,
    target: Target,
    *,
    size: Size | None = None,
    steps: int | None = None,
    method: str = "fourier",
    count: int = 1,
    seed: int = 0,
    variety: float = 0.0,
    pace: Pace = unhurried,
) -> Iterator[Excited]:
    """Yield where the pictures of a neuron are after every step, ``count`` of them side by side."""
    if method not in METHODS:
        raise BadInput(f"There is no method {method!r}; there are {', '.join(METHODS)}.")
    if count < 1:
        raise BadInput(f"At least one picture is grown, not {count}.")
    size = size or usual_size(network, target)
    wanted = Wanted(network, [target] * count, range(seed, seed + count), size, variety)
    steps = STEPS[method] if steps is None else steps
    stages_of(wanted, steps)  # what cannot be is refused before it is begun
    return METHODS[method](wanted, steps, pace)


def usual_size(network: Network, target: Target) -> Size:
    """Return (height, width) of a picture whose size is not asked for."""
    return (network.head_size if target.layer == CLASS else None) or SIZE


def alive(network: Network, target: Target, reached: Excited) -> Excited:
    """Return where a growth ended.

    Raises:
        ZoomdreamError: nothing moved the neuron.
    """
    if not reached.heard.any():
        raise ZoomdreamError(
            f"{target} of {network.name} is dead: nothing that was tried moves it, and a picture of it would be noise."
        )
    return reached


def best_of(network: Network, target: Target, reached: Excited) -> tuple[Image, float]:
    """Return the picture that excites the neuron most, and by how much, seen as it is.

    Raises:
        ZoomdreamError: nothing moved the neuron.
    """
    pictures = alive(network, target, reached).pictures
    found = excitations(network, target, pictures)
    return pictures[found.argmax()], float(found.max())


def excitations(network: Network, target: Target, pictures: Array) -> Array:
    """Return (n,): how much each picture (n, H, W, 3) excites the target."""
    size = (pictures.shape[1], pictures.shape[2])
    given = given_by(Wanted(network, [target], [0], size), size)
    every = scores(network, pictures, target.layer, given[PLACES][0] if target.position else None)
    return np.asarray(every.mean(axis=1) if target.channel is None else every[:, target.channel])


def last(growth: Iterator[Excited]) -> Excited:
    """Return where a growth ends."""
    return deque(growth, maxlen=1)[0]
