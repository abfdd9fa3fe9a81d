"""Adversarial pictures: the same picture to an eye, another class to a network.

All take a network, a picture (H, W, 3), RGB in [0, 1], a target (``class:LABEL``, ``class:INDEX`` or a class's
number; if not given, the picture is to leave the class that it has) and ``fit``, how the picture comes to the
network's size: ``crop``, ``pad`` or ``stretch``. ε is in levels, 1/255 of the picture's range, at the picture's own
size. The picture is rounded to 8 bits first and only whole levels are changed, so that what is found survives being
saved as a PNG; where a crop does not look nothing changes.
"""

from dataclasses import dataclass
from math import floor, inf, sqrt
from typing import Literal

import numpy as np

from zoomdream.errors import BadInput
from zoomdream.network.addresses import CLASS, Address, channels_of
from zoomdream.network.network import Network
from zoomdream.network.proof import softmax
from zoomdream.picture.fit import Mode
from zoomdream.picture.similarity import similarity
from zoomdream.picture.warp import Image
from zoomdream.still.attack import Ball, Cube, climb, one_step, shorten
from zoomdream.still.classes import Guess
from zoomdream.still.levels import TOP, Room, from_levels
from zoomdream.still.maps import Reading
from zoomdream.still.subject import Aim, Logits, Subject, View
from zoomdream.still.target import read_target

Norm = Literal["linf", "l2"]
EPSILON, FURTHEST = 2.0, 8.0


@dataclass(frozen=True)
class Adversarial:
    """A picture that was changed for a network, and what came of it.

    Attributes:
        image: (H, W, 3), float32, each value k/255 with a whole k, as a file of 8 bits holds it.
        before: the top class of the picture rounded to 8 bits.
        after: the top class of ``image``.
        targeted: whether a class was to be reached; otherwise the one before was to be left.
        aim_before: the class to be reached, or to be left, before.
        aim_after: the same class after.
        linf: the furthest that a value went from the picture rounded to 8 bits, in levels of 1/255.
        l2: Euclidean norm of that difference, of values in [0, 1]; times 255 it is in levels.
        ssim: :func:`similarity` of the two, over R, G and B.
        steps: how many gradients were taken.
        queries: how often the network was run, gradients included.
    """

    image: Image
    before: Guess
    after: Guess
    targeted: bool
    aim_before: Guess
    aim_after: Guess
    linf: int
    l2: float
    ssim: float
    steps: int
    queries: int

    @property
    def flipped(self) -> bool:
        """Whether the top class is another one than before."""
        return self.after.index != self.before.index

    @property
    def succeeded(self) -> bool:
        """Whether the top class is the one to be reached, or no longer the one to be left."""
        return (self.after.index == self.aim_after.index) == self.targeted


def amplified(image: Image, found: Adversarial) -> tuple[Image, float]:
    """Return (the change of a picture around grey, strengthened to the full range; how many times)."""
    difference = found.image - np.rint(np.clip(image, 0, 1) * TOP) / np.float32(TOP)
    times = 0.5 / max(float(np.abs(difference).max()), 1 / TOP)
    return np.asarray(0.5 + times * difference, np.float32), times


def fgsm(
    network: Network,
    image: Image,
    target: Reading = None,
    *,
    epsilon: float = EPSILON,
    fit: Mode = "crop",
) -> Adversarial:
    """Return clip(x + ε·sign ∇CE), away from the class (Goodfellow et al., 2015, §4), or clip(x − ε·sign ∇CE) with
    the target's cross-entropy (Kurakin et al., 2017, §2.3).

    Args:
        epsilon: by how much each value changes, in 1/255, rounded down to whole levels; 0 changes nothing.

    Raises:
        BadInput: no such class, or an ε below 0 or between 0 and 1.
    """
    most = _levels(epsilon)
    subject, aim, view = _begin(network, image, target, fit)
    found = one_step(subject, aim, Cube(Room.around(subject.part, most)), view) if most else view
    return _result(network, subject, aim, view, found)


def pgd(
    network: Network,
    image: Image,
    target: Reading = None,
    *,
    epsilon: float | None = None,
    norm: Norm = "linf",
    steps: int = 40,
    restarts: int = 1,
    seed: int = 0,
    fit: Mode = "crop",
) -> Adversarial:
    """Return the picture of highest cross-entropy (lowest to a target) met by climbs within a bound, projected back
    into it at each step (Madry et al., 2018, §2.1); one whose top class is as wanted goes before all others.

    Each starts at a random place within the bound and takes steps of 2.5·ε/steps along the gradient's sign, or along
    the gradient for L2. One step of ε from the picture itself is among the candidates, so it is never behind FGSM.

    Args:
        epsilon: the bound, in 1/255; 0 changes nothing. Of L∞, the most that a value changes, rounded down to whole
            levels: 2 if not given. Of L2, the Euclidean norm of the whole change: if not given √n for the n values
            that the network sees, as if each changed by one level.
        norm: ``linf`` or ``l2``.
        steps: of each climb.
        restarts: how many climbs.
        seed: decides where they start.

    Raises:
        BadInput: no such class or norm, an ε below 0 or between 0 and 1, or fewer than one step or climb.
    """
    if norm not in ("linf", "l2"):
        raise BadInput(f"The norm {norm!r} is not known here; there are linf and l2.")
    _levels(epsilon or 0)
    _at_least_one(steps=steps, restarts=restarts)
    subject, aim, view = _begin(network, image, target, fit)
    bound = _bound(subject, norm, epsilon)
    found = climb(subject, aim, bound, view, steps, restarts, seed) if epsilon != 0 else view
    return _result(network, subject, aim, view, found)


def fool(
    network: Network,
    image: Image,
    target: Reading = None,
    *,
    epsilon: float = FURTHEST,
    steps: int = 40,
    fit: Mode = "crop",
) -> Adversarial:
    """Return the shortest change (L2) found after which the top class is another one, or the target.

    The change grows until it is; then length and direction are mended in turn (after Rony et al., 2019, §3). Where
    it is not found, ``succeeded`` says so, and the picture is the one that came closest.

    Args:
        epsilon: the most that a value changes, in 1/255, rounded down to whole levels; 0 changes nothing.
        steps: at most so many to find it, and as many to make it short.

    Raises:
        BadInput: no such class, an ε below 0 or between 0 and 1, or fewer than one step.
    """
    most = _levels(epsilon)
    _at_least_one(steps=steps)
    subject, aim, view = _begin(network, image, target, fit)
    there = not most or aim.lead(view.logits) > 0
    found = view if there else shorten(subject, aim, Room.around(subject.part, most), view, steps)
    return _result(network, subject, aim, view, found)


def _levels(epsilon: float) -> int:
    """Return the whole levels within ε."""
    if not 0 <= epsilon < inf:
        raise BadInput(f"ε is {epsilon}: it is a number of 8-bit levels, 0 or at least 1.")
    if 0 < epsilon < 1:
        raise BadInput(f"ε is {epsilon}, less than one of the 255 levels of an 8-bit picture: give at least 1, or 0.")
    return min(TOP, floor(epsilon))


def _at_least_one(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise BadInput(f"{name} is {count}: at least 1 is needed.")


def _begin(network: Network, image: Image, target: Reading, fit: Mode) -> tuple[Subject, Aim, View]:
    """Return the picture, what is wanted, and what the network sees as it is."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype.kind != "f":
        raise BadInput(f"A picture is an array (H, W, 3) of floats in [0, 1], not {image.shape} of {image.dtype}.")
    if channels_of(network, CLASS) < 2:
        raise BadInput(f"The network {network.name} has a single class: there is no other to turn a picture into.")
    wanted = None if target is None else _class(target, network)
    subject = Subject(network, image, fit)
    view = subject.unchanged()
    return subject, Aim(int(view.logits.argmax()) if wanted is None else wanted, wanted is not None), view


def _class(target: str | int | Address, network: Network) -> int:
    place = read_target(target, network)
    if place.layer != CLASS or place.channel is None:
        raise BadInput(f"{place}: a picture is turned into a class; write class:LABEL or class:INDEX.")
    return place.channel


def _bound(subject: Subject, norm: Norm, epsilon: float | None) -> Cube | Ball:
    if norm == "linf":
        return Cube(Room.around(subject.part, _levels(EPSILON if epsilon is None else epsilon)))
    return Ball(Room.around(subject.part), sqrt(subject.part.size) if epsilon is None else epsilon)


def _result(network: Network, subject: Subject, aim: Aim, before: View, after: View) -> Adversarial:
    image = subject.changed(after.change)
    return Adversarial(
        image,
        _guess(network, before.logits),
        _guess(network, after.logits),
        aim.towards,
        _guess(network, before.logits, aim.index),
        _guess(network, after.logits, aim.index),
        int(np.abs(after.change).max()),
        after.length / TOP,
        similarity(from_levels(subject.levels), image),
        subject.slopes,
        subject.queries,
    )


def _guess(network: Network, logits: Logits, index: int | None = None) -> Guess:
    """Return a class, the top one if not given."""
    index = int(logits.argmax()) if index is None else index
    label = network.labels[index] if network.labels else ""
    return Guess(index, label, float(softmax(logits)[index]), float(logits[index]))
