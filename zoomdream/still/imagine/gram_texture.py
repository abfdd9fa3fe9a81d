"""Textures by Gram matrices: what goes with what is as in a picture, and where it is is not (Gatys et al., 2015)."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from zoomdream.ascent.ascend import Reached
from zoomdream.ascent.examples import example_key
from zoomdream.chance import generator
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image, Size, resize
from zoomdream.still.imagine import likeness
from zoomdream.still.imagine.given import check_example, check_growth, framed, inner, scaled, with_margin
from zoomdream.still.imagine.layers import texture_layers
from zoomdream.still.imagine.likeness import (
    Likeness,
    approach,
    check_example_size,
    kept_ascent,
    mean_of,
    relative,
    small_moves,
)
from zoomdream.still.imagine.pace import Pace, unhurried
from zoomdream.still.imagine.stages import coarse_to_fine

Array = NDArray[np.float32]

SIZE, STEPS = (256, 256), 300
COARSEST = 128
"""Longer side of the first stage, in pixels: so small that what repeats is seen whole."""
LARGEST = 512
"""Longer side, in pixels, to which a larger source is made smaller if no scale is given."""
RATE, SOFT = 0.08, 1.25
"""Step size of Adam on the Fourier canvas, and its falloff."""
COLOURS = 0.3
"""Weight of the distance of colours."""
SMOOTHNESS = 0.02
"""Weight of the total variation."""
ROLLS = 64
"""Different ways round a tile."""


def texture(
    network: Network,
    image: Image,
    *,
    size: Size = SIZE,
    scale: float | None = None,
    tile: bool = False,
    steps: int = STEPS,
    layers: Collection[str] = (),
    seed: int = 0,
) -> Image:
    """Return a picture (H, W, 3), RGB in [0, 1], of the same texture as an image.

    After Gatys et al., 2015, arXiv:1505.07376. What is lowered is the mean over layers of ‖G − G₀‖² / ‖G₀‖² of their
    Gram matrices, and a little of the same for colours, by Adam, from coarse to fine.

    Args:
        network: ``efficientnet-lite0``, or ``vgg19`` where its weights are at hand.
        image: (H', W', 3), RGB in [0, 1].
        size: (height, width) of the texture, any.
        scale: how large the image is seen, against its own size; if not given 1, or less for one of more than 512
            pixels. What repeats should be no larger than some 100 pixels then.
        tile: whether the texture continues round its edges.
        steps: how many, over all sizes from coarse to fine.
        layers: which are compared; chosen for the network if not given.
        seed: decides the noise it begins with, and how it is moved.

    Raises:
        BadInput: the picture is too small or but a strip, the network has no such layer or cannot reach it at one of
            the sizes, or there is no step to take.
    """
    growth = grow(network, image, size=size, scale=scale, tile=tile, steps=steps, layers=layers, seed=seed)
    return np.asarray(deque(growth, maxlen=1)[0].pictures[0])


def grow(
    network: Network,
    image: Image,
    *,
    size: Size = SIZE,
    scale: float | None = None,
    tile: bool = False,
    steps: int = STEPS,
    layers: Collection[str] = (),
    seed: int = 0,
    pace: Pace = unhurried,
) -> Iterator[Reached]:
    """Yield where the texture is after every step, see :func:`texture`."""
    check_example(image)
    check_growth(steps, size)
    source = shown(image, scale)
    names = _layers(network, layers)
    stages = coarse_to_fine(size, steps, COARSEST)
    for stage in stages:
        network.check_size(*stage.size, set(names))
        network.check_size(*_whole(stage.size, tile), set(names))
        check_example_size(network, scaled(source, stage.size[0] / size[0]), names, "picture")
    begun: Image | None = None
    for number, stage in enumerate(stages):
        example = scaled(source, stage.size[0] / size[0])
        reached: Reached | None = None
        for reached in _climb(
            network, example, stage.size, begun, names, tile, pace(stage.steps, stage.share), seed, number
        ):
            yield replace(reached, decoded=resize(reached.decoded[0], size)[None])
        if reached is None:  # it was stopped
            return
        begun = reached.pictures[0]


def measured(
    network: Network, image: Image, picture: Image, scale: float | None = None, layers: Collection[str] = ()
) -> tuple[float, float]:
    """Return how far a texture (h, w, 3) is from an image's, and how far the image's mean colour is.

    Both are the mean over layers of ‖G − G₀‖² / ‖G₀‖².
    """
    names = _layers(network, layers)
    source = shown(image, scale)
    target, ours, plain = (likeness.grams(network, each, names) for each in (source, picture, mean_of(source)))
    near, far = (float(np.mean([relative(each[name], target[name]) for name in names])) for each in (ours, plain))
    return near, far


def shown(image: Image, scale: float | None) -> Image:
    """Return an image as large as it is seen, see :func:`texture`."""
    return scaled(image, min(1.0, LARGEST / max(image.shape[:2])) if scale is None else scale)


def _climb(
    network: Network,
    example: Image,
    size: Size,
    begun: Image | None,
    names: Collection[str],
    tile: bool,
    numbers: Iterable[int],
    seed: int,
    stage: int,
) -> Iterator[Reached]:
    """Yield where the texture is after each step at one size, from the example's mean colour or from a coarser one."""
    aim = Likeness(grams=tuple(names), variation=SMOOTHNESS, colours=COLOURS)
    whole = _whole(size, tile)
    ascent = kept_ascent(network, aim, whole, SOFT, RATE, "wrap" if tile else "reflect")
    canvas = ascent.canvas
    if begun is None:
        plain = np.broadcast_to(example.mean((0, 1)), (1, *whole, 3)).astype(np.float32)
        start = canvas.encode(plain) + canvas.start(generator(seed, "canvas"))
    else:
        larger = resize(begun, size)
        start = canvas.encode((larger if tile else framed(larger))[None])
    given = {example_key(name, "gram"): found for name, found in likeness.grams(network, example, names).items()}
    given |= likeness.colours(example)
    moves = _rolls(seed, size) if tile else small_moves(seed)
    for reached in approach(ascent, start, numbers, moves, [given] * len(moves), seed, stage):
        yield reached if tile else replace(reached, decoded=inner(reached.decoded))


def _whole(size: Size, tile: bool) -> Size:
    """Return the size that grows: with a margin, which a tile has no need of."""
    return size if tile else with_margin(size)


def _rolls(seed: int, size: Size) -> list[Array]:
    """Return moves (2, 3) all the way round a tile, so that no place of it is always at the edge."""
    places = generator(seed, "rolls").uniform(0, size, (ROLLS, 2))
    return [np.array([[1, 0, right], [0, 1, down]], np.float32) for down, right in places]


def _layers(network: Network, names: Collection[str]) -> list[str]:
    return [network.spatial_layer(name) for name in names or texture_layers(network)]
