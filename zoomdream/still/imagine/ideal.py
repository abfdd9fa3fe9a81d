"""The class still: the picture that a network is surest of."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from zoomdream.ascent.transforms import Transforms
from zoomdream.errors import BadInput
from zoomdream.network.addresses import CLASS
from zoomdream.network.network import Network
from zoomdream.network.proof import softmax
from zoomdream.picture.warp import Image, Size
from zoomdream.still.classes import Guess, classify
from zoomdream.still.imagine.excite import RAW, Excited, Look, Wanted, excite, stages_of
from zoomdream.still.imagine.neuron import last, usual_size
from zoomdream.still.imagine.pace import Pace, unhurried
from zoomdream.still.passes import scores
from zoomdream.still.target import Target, read_target

Array = NDArray[np.float32]

STEPS = 256
SMOOTHNESS = 30.0
"""Usual weight of the total variation."""
WHOLE = Look(moves=Transforms(16, 1.6, 15), border="surround")
"""What keeps a class natural: seen at more sizes than a neuron, it becomes a thing rather than a pattern."""
OBJECTIVES = ("logit", "likelihood")


def ideal(
    network: Network,
    label: str | int,
    *,
    size: Size | None = None,
    steps: int = STEPS,
    objective: str = "logit",
    smoothness: float = SMOOTHNESS,
    best: int = 1,
    seed: int = 0,
) -> Image:
    """Return a picture (H, W, 3), RGB in [0, 1], that a network takes for a class (Simonyan et al., 2014, §2).

    Args:
        label: name or number of the class.
        size: (height, width) in pixels; 384 each, or what the network's classes need, if not given.
        objective: ``logit``; or ``likelihood``, the log probability (cross-entropy), which grows as well by silencing
            the other classes.
        smoothness: weight of the total variation. With 0 nothing keeps the picture natural, neither the Fourier canvas
            nor its random moves: it becomes noise that convinces the network all the same (Nguyen et al., 2015).
        best: how many pictures to grow, from other noise each; the surest one is returned.
        seed: decides every random draw.

    Raises:
        BadInput: the network has no such class, or there is no such objective.
    """
    target = read_target(label if isinstance(label, int) else f"class:{label}", network)
    growth = grow(
        network, target, size=size, steps=steps, objective=objective, smoothness=smoothness, count=best, seed=seed
    )
    return surest(network, target, last(growth))[0]


def grow(
    network: Network,
    target: Target,
    *,
    size: Size | None = None,
    steps: int = STEPS,
    objective: str = "logit",
    smoothness: float = SMOOTHNESS,
    count: int = 1,
    seed: int = 0,
    pace: Pace = unhurried,
) -> Iterator[Excited]:
    """Yield where the pictures of a class are after every step, ``count`` of them side by side."""
    if objective not in OBJECTIVES:
        raise BadInput(f"There is no objective {objective!r}; there are {', '.join(OBJECTIVES)}.")
    if smoothness < 0 or count < 1:
        raise BadInput("At least one picture is grown, and the weight of its total variation is not below 0.")
    size = size or usual_size(network, target)
    look = replace(WHOLE, smoothness=smoothness) if smoothness else RAW
    wanted = Wanted(network, [target] * count, range(seed, seed + count), size, likelihood=objective == "likelihood")
    stages_of(wanted, steps)  # what cannot be is refused before it is begun
    return excite(wanted, steps, look, pace)


def surest(network: Network, target: Target, reached: Excited) -> tuple[Image, float]:
    """Return the picture with the highest probability of the class, of its 8 bits, and how sure it is."""
    sure = probabilities(network, target, reached.pictures)
    return reached.pictures[sure.argmax()], float(sure.max())


def probabilities(network: Network, target: Target, pictures: Array) -> NDArray[np.float64]:
    """Return (n,): how sure the network is that pictures (n, H, W, 3), rounded to 8 bits, are of a class."""
    levels = np.asarray(np.rint(pictures * 255) / 255, np.float32)
    return np.asarray(softmax(scores(network, levels, CLASS))[:, target.channel or 0])


def verdict(judge: Network, picture: Image, *, top: int = 5) -> list[Guess]:
    """Return what another network takes a picture for, stretched to the judge's own size."""
    return classify(judge, picture, top=top, fit="stretch")
