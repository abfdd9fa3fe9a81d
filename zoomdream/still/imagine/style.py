"""Style transfer: what is to be seen in one picture, painted as another is (Gatys et al., 2016, CVPR).

The picture grows from coarse to fine. At each size it is drawn to the content's activations in one layer, which say
what is where, and to the styles' Gram matrices in several, which say what goes with what wherever it is.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoomdream.ascent.ascend import Reached
from zoomdream.ascent.canvas import fourier, within
from zoomdream.ascent.examples import example_key
from zoomdream.chance import generator
from zoomdream.errors import BadInput
from zoomdream.network.network import Network
from zoomdream.picture.colour import Palette, blended, measure, recoloured
from zoomdream.picture.fit import Fit
from zoomdream.picture.warp import Image, Size, resize
from zoomdream.still.imagine import likeness
from zoomdream.still.imagine.given import (
    check_example,
    check_growth,
    check_mask,
    check_picture,
    fitted,
    framed,
    inner,
    scaled,
    shared,
    with_margin,
)
from zoomdream.still.imagine.layers import Layers, layers_of
from zoomdream.still.imagine.likeness import (
    Likeness,
    activations,
    approach,
    check_example_size,
    kept_ascent,
    relative,
    small_moves,
)
from zoomdream.still.imagine.pace import Pace, unhurried
from zoomdream.still.imagine.stages import coarse_to_fine

Array = NDArray[np.float32]

SIZE, STEPS = 512, 300
STRENGTH = 10.0
"""Weight of the styles' distance against the content's."""
RATE, SOFT = 0.06, 1.1
"""Step size of Adam on the Fourier canvas, and its falloff."""
SMOOTHNESS = 0.5
"""Weight of the total variation: it takes the speckles, and no stroke."""
LEAST, MOST = 0.04, 0.96
"""A picture begins no nearer to black and white, where the canvas hardly moves."""
KEEPING = ("luminance", "match")
STARTS = ("content", "noise", "style")
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Of R, G and B (ITU-R BT.709)."""


@dataclass(frozen=True)
class Brief:
    """What is to be painted, and how.

    Attributes:
        content: (H, W, 3), RGB in [0, 1].
        styles: (h, w, 3) each.
        shares: how much each style counts; they add up to 1.
        strength: weight of the styles' distance against the content's.
        scale: how large a style is seen, its longer side against the picture's.
        keep: ``luminance``, ``match`` or ``None``, see :func:`style`.
        mask: (H, W) in [0, 1], where it is painted; ``None``: everywhere.
        start: ``content``, ``noise`` or ``style``.
    """

    content: Image
    styles: Sequence[Image]
    shares: Sequence[float]
    strength: float = STRENGTH
    scale: float = 1.0
    keep: str | None = None
    mask: Image | None = None
    start: str = "content"

    def at(self, size: Size) -> "Brief":
        """Return the brief at a size (height, width), in the colours that the network is to see."""
        side = max(size) * self.scale
        content = resize(self.content, size)
        factors = [min(side / max(each.shape[:2]), max(1.0, self.scale)) for each in self.styles]
        styles = [scaled(each, factor) for each, factor in zip(self.styles, factors, strict=True)]
        if self.keep == "luminance":
            content, styles = grey(content), [grey(each) for each in styles]
        if self.keep:
            styles = [recoloured(each, measure(content)) for each in styles]
        mask = None if self.mask is None else np.clip(resize(self.mask, size), 0, 1)
        return replace(self, content=content, styles=styles, mask=mask)

    def framed(self) -> "Brief":
        """Return the brief of the same with a margin."""
        mask = None if self.mask is None else framed(self.mask)
        return replace(self, content=framed(self.content), mask=mask)

    def palette(self) -> Palette:
        """Return the colours of the styles, as they are shared."""
        return blended([measure(each) for each in self.styles], self.shares)


@dataclass(frozen=True)
class Painted:
    """Where a painting is after a step.

    Attributes:
        reached: where its ascent is.
    """

    reached: Reached
    _finish: Callable[[Array], Array]

    @property
    def pictures(self) -> Array:
        """(1, H, W, 3), RGB in [0, 1]."""
        return self._finish(self.reached.pictures)


class Losses(NamedTuple):
    """How far a picture is from its content and its styles.

    Attributes:
        content: ‖Φ − Φ₀‖² / ‖Φ₀‖² of its activations.
        style: mean over layers of ‖G − G₀‖² / ‖G₀‖² of its Gram matrices.
        first_style: the same of the content itself.
    """

    content: float
    style: float
    first_style: float


def style(
    network: Network,
    content: Image,
    *styles: Image,
    size: int = SIZE,
    steps: int = STEPS,
    strength: float = STRENGTH,
    scale: float = 1.0,
    shares: Sequence[float] = (),
    keep_colour: str | None = None,
    mask: Image | None = None,
    start: str = "content",
    layers: Layers | None = None,
    seed: int = 0,
) -> Image:
    """Return a picture (h, w, 3), RGB in [0, 1], of what is in the content, painted like the styles.

    Args:
        network: ``efficientnet-lite0``, or ``vgg19`` where its weights are at hand.
        content: (H, W, 3), RGB in [0, 1].
        styles: (H', W', 3) each; at least one.
        size: longer side of the result in pixels; the proportions are the content's.
        steps: how many, over all sizes from coarse to fine.
        strength: weight of the styles against the content; more lets go of what is in the picture.
        scale: how large the styles are seen: their longer side against the result's.
        shares: how much each style counts; alike if not given.
        keep_colour: ``None`` takes the styles' colours; ``luminance`` paints light and dark alone and keeps the
            content's colours at every place; ``match`` gives the styles the content's palette first
            (both after Gatys et al., 2016, arXiv:1606.05897).
        mask: (H, W) in [0, 1], where it is painted; elsewhere the content stays as it is.
        start: what it begins as: ``content`` in the styles' colours, ``noise`` in them, or the first ``style``.
        layers: which layers are compared; chosen for the network if not given.
        seed: decides the noise, and how pictures are moved by parts of pixels.

    Raises:
        BadInput: there is no style, a share is negative, a mask is of another size, a picture is too small, a style
            but a strip, the network has no such layer or cannot reach it at one of the sizes, or there is no step to
            take.
    """
    brief = Brief(
        content, styles, shared(shares, len(styles)) if styles else (), strength, scale, keep_colour, mask, start
    )
    growth = paint(network, brief, size=size, steps=steps, layers=layers, seed=seed)
    return np.asarray(deque(growth, maxlen=1)[0].pictures[0])


def paint(
    network: Network,
    brief: Brief,
    *,
    size: int = SIZE,
    steps: int = STEPS,
    layers: Layers | None = None,
    seed: int = 0,
    pace: Pace = unhurried,
) -> Iterator[Painted]:
    """Yield where the picture is after every step, see :func:`style`."""
    check(brief)
    check_growth(steps, (size, size))
    chosen = _within(network, layers or layers_of(network))
    whole = fitted(brief.content, size)
    mask = None if brief.mask is None else resize(brief.mask, whole)
    full = replace(brief, content=resize(brief.content, whole), mask=mask)
    stages = coarse_to_fine(whole, steps)
    for stage in stages:
        network.check_size(*stage.size, {*chosen.style, *chosen.content})
        network.check_size(*with_margin(stage.size), {*chosen.style, *chosen.content})
        for each in brief.at(stage.size).styles:
            check_example_size(network, each, chosen.style, "style")
    begun: Image | None = None
    for number, stage in enumerate(stages):
        at = brief.at(stage.size).framed()
        first = _start(at, seed) if begun is None else framed(resize(begun, stage.size))
        painted: Painted | None = None
        for reached in _climb(network, at, chosen, first, pace(stage.steps, stage.share), seed, number):
            painted = Painted(reached, partial(_finished, full))
            yield painted
        if painted is None:  # it was stopped
            return
        begun = inner(painted.reached.pictures)[0]


def measured(network: Network, brief: Brief, picture: Image, layers: Layers | None = None) -> Losses:
    """Return how far a painted picture (h, w, 3) is from its content and its styles, in the colours it was painted."""
    chosen = _within(network, layers or layers_of(network))
    at = brief.at((picture.shape[0], picture.shape[1]))
    seen = grey(picture) if brief.keep == "luminance" else picture
    targets = _grams(network, at, chosen)
    distances = []
    for each in (seen, at.content):
        ours = likeness.grams(network, each, chosen.style, at.mask)
        distances.append(float(np.mean([relative(ours[layer], targets[layer]) for layer in chosen.style])))
    found = activations(network, np.stack([seen, at.content]), chosen.content)
    content = float(np.mean([relative(*found[layer]) for layer in chosen.content]))
    return Losses(content, *distances)


def _climb(
    network: Network, at: Brief, layers: Layers, first: Image, numbers: Iterable[int], seed: int, stage: int
) -> Iterator[Reached]:
    """Yield where the picture is after each step at one size."""
    size = (first.shape[0], first.shape[1])
    masked = at.mask is not None
    aim = Likeness(layers.content, layers.style, at.strength, SMOOTHNESS, masked=masked)
    if at.mask is None:
        ascent = kept_ascent(network, aim, size, SOFT, RATE)
    else:
        ascent = aim.ascent(network, within(fourier(size, SOFT), at.content, at.mask), RATE)
    moves = small_moves(seed)
    content = likeness.features(network, at.content, layers.content, moves)
    constant = {example_key(layer, "gram"): found for layer, found in _grams(network, at, layers).items()}
    if at.mask is not None:
        constant |= likeness.places(network, at.mask, layers.style)
    given = [{**constant, **each} for each in content]
    yield from approach(ascent, ascent.canvas.encode(first[None]), numbers, moves, given, seed, stage)


def _grams(network: Network, at: Brief, layers: Layers) -> dict[str, Array]:
    """Return layer → Gram matrix (1, c, c) of the styles, as they are shared."""
    every = [likeness.grams(network, each, layers.style) for each in at.styles]
    return {
        layer: np.asarray(sum(share * each[layer] for share, each in zip(at.shares, every, strict=True)), np.float32)
        for layer in layers.style
    }


def _start(at: Brief, seed: int) -> Image:
    """Return what is begun with, in the styles' colours and away from black and white."""
    size = (at.content.shape[0], at.content.shape[1])
    if at.start == "content":
        begun = at.content
    elif at.start == "style":
        begun = covering(at.styles[0], size)
    else:
        begun = generator(seed, "canvas").standard_normal((*size, 3), np.float32)
    return np.clip(recoloured(begun, at.palette()), LEAST, MOST)


def _finished(full: Brief, pictures: Array) -> Array:
    """Return painted pictures (1, h, w, 3) as they are shown, at full size: no margin, and kept what is to be kept.

    Args:
        full: the brief at full size, in its own colours.
    """
    painted, size = inner(pictures)[0], (full.content.shape[0], full.content.shape[1])
    shown = resize(painted, size)
    if full.keep == "luminance":
        shown = full.content + grey(shown) - grey(full.content)
    if full.mask is not None and painted.shape != shown.shape:  # else nothing was painted elsewhere
        shown = full.content + full.mask[..., None] * (shown - full.content)
    return np.asarray(np.clip(shown, 0, 1), np.float32)[None]


def grey(image: Image) -> Image:
    """Return the luminance of pictures (…, 3), as pictures."""
    return np.repeat((image @ LUMINANCE)[..., None], 3, axis=-1)


def covering(image: Image, size: Size) -> Image:
    """Return the middle of an image, as large as covers a size (height, width)."""
    return Fit((image.shape[0], image.shape[1]), size).to(image)


def check(brief: Brief) -> None:
    """Refuse what cannot be painted.

    Raises:
        BadInput: see :func:`style`.
    """
    check_picture(brief.content, "content")
    if not brief.styles:
        raise BadInput("A style is a picture to paint like: give at least one.")
    for each in brief.styles:
        check_example(each, "style")
    if brief.mask is not None:
        check_mask(brief.mask, brief.content)
    for value, known, what in (
        (brief.keep or KEEPING[0], KEEPING, "way to keep colours"),
        (brief.start, STARTS, "start"),
    ):
        if value not in known:
            raise BadInput(f"There is no {what} {value!r}; there are {', '.join(known)}.")
    if brief.strength < 0 or not 0 < brief.scale < float("inf"):
        raise BadInput("A strength is ≥ 0, and a scale more than 0.")


def _within(network: Network, layers: Layers) -> Layers:
    return Layers(*(tuple(network.spatial_layer(name) for name in names) for names in layers))
