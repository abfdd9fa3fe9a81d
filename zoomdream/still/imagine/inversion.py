"""Inversion: pictures with the same activations, which show what a layer keeps (Mahendran & Vedaldi, 2015)."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoomdream.ascent.ascend import Reached
from zoomdream.chance import generator
from zoomdream.errors import BadInput
from zoomdream.network.network import Network
from zoomdream.network.outline import outline
from zoomdream.picture.fit import Fit
from zoomdream.picture.warp import Image, Size
from zoomdream.still.imagine.given import check_growth, check_picture
from zoomdream.still.imagine.likeness import (
    Likeness,
    activations,
    approach,
    features,
    kept_ascent,
    mean_of,
    relative,
    small_moves,
)
from zoomdream.still.imagine.pace import Pace, unhurried

Array = NDArray[np.float32]

STEPS, SIZE = 256, (224, 224)
MOST_LAYERS = 12
"""Layers in a row from shallow to deep."""
SOFT, RATE = 1.25, 0.1
"""Falloff of the Fourier canvas, and its step size."""
PIXEL_RATE, PIXEL_EXCESS = 0.02, 1.0
"""Step size on plain pixels, and the weight that keeps them within their range."""
SMOOTHNESS = 0.1
"""Weight of the total variation."""


@dataclass(frozen=True)
class Inverted:
    """How near an inversion came.

    Attributes:
        layer: whose activations were to be the same.
        error: ‖Φ − Φ₀‖² / ‖Φ₀‖² of its activations.
        mean_error: the same of the picture's mean colour, for comparison.
        picture_error: root of the mean squared difference of RGB to the picture itself.
    """

    layer: str
    error: float
    mean_error: float
    picture_error: float


@dataclass(frozen=True)
class Row:
    """Inversions at several layers, one after the other.

    Attributes:
        done: those that are finished, (H, W, 3) each.
        reached: where the present one is.
    """

    done: Sequence[Image]
    reached: Reached

    @property
    def pictures(self) -> Array:
        """(1, H, W, 3), the present one."""
        return self.reached.pictures

    @property
    def every(self) -> Array:
        """(n, H, W, 3), one for each layer that has been begun."""
        return np.stack([*self.done, *self.pictures])


def invert(
    network: Network,
    image: Image,
    layer: str,
    *,
    size: Size = SIZE,
    start: Image | None = None,
    steps: int = STEPS,
    smoothness: float = SMOOTHNESS,
    canvas: str = "fourier",
    seed: int = 0,
) -> Image:
    """Return a picture (h, w, 3), RGB in [0, 1], with the same activations at a layer.

    What is lowered is ‖Φ − Φ₀‖² / ‖Φ₀‖² plus ``smoothness`` times the total variation (Mahendran & Vedaldi, 2015,
    arXiv:1412.0035), by Adam.

    Args:
        image: (H, W, 3), RGB in [0, 1]; its middle is taken, in the proportions of ``size``.
        size: (height, width) at which the network sees it, and of what is returned.
        start: a picture (H', W', 3) to begin with; noise if not given.
        steps: how many.
        smoothness: weight of the total variation.
        canvas: ``fourier``, in natural colours, or ``pixels``, as in the paper, whose noise fools the network.
        seed: decides the noise, and how both pictures are moved by parts of pixels.

    Raises:
        BadInput: there is no such layer or canvas, a picture is too small, or there is no step to take.
    """
    growth = inversions(network, image, [layer], size=size, start=start, steps=steps, smoothness=smoothness,
                        canvas=canvas, seed=seed)  # fmt: skip
    return np.asarray(deque(growth, maxlen=1)[0].pictures[0])


def inversions(
    network: Network,
    image: Image,
    layers: Sequence[str],
    *,
    size: Size = SIZE,
    start: Image | None = None,
    steps: int = STEPS,
    smoothness: float = SMOOTHNESS,
    canvas: str = "fourier",
    seed: int = 0,
    pace: Pace = unhurried,
) -> Iterator[Row]:
    """Invert at one layer after the other, each from the start, and yield all after every step; see :func:`invert`."""
    check_growth(steps, size)
    places = [network.spatial_layer(layer) for layer in layers]
    network.check_size(*size, set(places))
    picture = seen(image, size)
    falloff, rate, excess = _look(canvas)
    first = None if start is None else seen(start, size)[None]
    moves = small_moves(seed)
    done: list[Image] = []
    for number, place in enumerate(places):
        aim = Likeness((place,), variation=smoothness, excess=excess)
        ascent = kept_ascent(network, aim, size, falloff, rate)
        paper = ascent.canvas
        begun = paper.start(generator(seed, "canvas"))[None] if first is None else paper.encode(first)
        given = features(network, picture, [place], moves)
        row: Row | None = None
        for reached in approach(ascent, begun, pace(steps, 1 / (len(places) - number)), moves, given, seed):
            row = Row(tuple(done), reached)
            yield row
        if row is None:  # it was stopped
            return
        done.append(row.pictures[0])


def measured(network: Network, image: Image, layers: Sequence[str], pictures: Array) -> list[Inverted]:
    """Return how near inversions (n, h, w, 3) of an image came to it, at one layer each, from the first one on."""
    picture = seen(image, (pictures.shape[1], pictures.shape[2]))
    found = []
    for layer, each in zip(layers, pictures, strict=False):
        place = network.spatial_layer(layer)
        example, ours, plain = activations(network, np.stack([picture, each, mean_of(picture)]), [place])[place]
        difference = float(np.sqrt(np.square(each - picture).mean()))
        found.append(Inverted(layer, relative(ours, example), relative(plain, example), difference))
    return found


def seen(image: Image, size: Size) -> Image:
    """Return the middle of an image (H, W, 3) at that size (height, width)."""
    check_picture(image)
    return Fit((image.shape[0], image.shape[1]), size).to(image)


def row_of_layers(network: Network) -> list[str]:
    """Return layers from shallow to deep: where blocks of the network end, some of them where there are many."""
    main = [facts.name for facts in outline(network.model) if facts.main and "Pool" not in facts.kind]
    every = [name for name in main if name.rpartition("_")[0] not in main]  # block4_expand is within block4
    count = min(MOST_LAYERS, len(every))
    return [every[round(number * (len(every) - 1) / max(count - 1, 1))] for number in range(count)]


def _look(canvas: str) -> tuple[float, float, float]:
    """Return a canvas's falloff, its step size and the weight that keeps it within its range."""
    if canvas == "fourier":
        return SOFT, RATE, 0.0
    if canvas == "pixels":
        return 0.0, PIXEL_RATE, PIXEL_EXCESS
    raise BadInput(f"There is no canvas {canvas!r}; there are fourier and pixels.")
