"""Training: a painter learns a style, one compiled step after another (Johnson et al., 2016)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add
from typing import Any

import keras
import numpy as np
from keras import ops

from zoomdream.ascent.examples import example_key, feature_distance, gram, gram_distance
from zoomdream.ascent.objectives import Objective, total_variation
from zoomdream.ascent.rules import adam
from zoomdream.chance import generator
from zoomdream.errors import ZoomdreamError
from zoomdream.network.addresses import IMAGE
from zoomdream.network.backend import Shape, compile_lightly, trace, value_and_gradient
from zoomdream.network.families import EMBEDDED
from zoomdream.network.network import Network
from zoomdream.picture.warp import Image, resize
from zoomdream.still.faststyle.album import Album
from zoomdream.still.faststyle.painter import painter
from zoomdream.still.faststyle.settings import Settings
from zoomdream.still.imagine.layers import layers_of

RATE = 1e-3
EASE = 400
"""Steps after which the rate begins to fall, as the root of their number does."""
CONTENT = ("block4", "block6")
"""Layers of the embedded network: the finer one keeps faces what they are."""
NOISE = 0.04
"""Standard deviation of the noise by which two pictures differ that are to be painted alike."""


@dataclass(frozen=True)
class Learnt:
    """Where a training is.

    Attributes:
        step: how many steps have been taken.
        costs: of the last step, before their weights: ``content``, ``style``, ``smoothness`` and ``temporal``.
        state: the painter's weights and what Adam remembers.
    """

    step: int
    costs: dict[str, float]
    state: Sequence[Any]


class Training:
    """A network that judges, a style and a painter, compiled into one step.

    Raises:
        BadInput: the network has no such layers, they have no rows and columns, or they need larger crops.
    """

    def __init__(self, network: Network, style: Image, settings: Settings) -> None:
        self.painter = painter(settings.width, settings.blocks, settings.seed)
        self.judge = Judge(network, style, settings)
        self._settings = settings
        self._adam = adam(RATE)
        self._weights = [np.asarray(ops.convert_to_numpy(each)) for each in self.painter.trainable_variables]

    def begin(self) -> Learnt:
        """Return where a training begins."""
        remembered = [leaf for weight in self._weights for leaf in keras.tree.flatten(self._adam.init(weight))]
        return Learnt(0, {}, [*self._weights, *(np.asarray(ops.convert_to_numpy(leaf)) for leaf in remembered)])

    def __call__(self, learnt: Learnt, album: Album, numbers: Iterable[int]) -> Iterator[Learnt]:
        """Take a step for each number, counted on from where the training is, and yield where it led.

        Raises:
            ZoomdreamError: the costs are no longer finite.
        """
        for _ in numbers:
            learnt = self._next(learnt, album)
            yield learnt

    def recall(self, learnt: Learnt) -> None:
        """Give the painter the weights that it has learnt."""
        for variable, value in zip(self.painter.trainable_variables, learnt.state, strict=False):
            variable.assign(value)

    def _next(self, learnt: Learnt, album: Album) -> Learnt:
        wanted, number = self._settings, learnt.step
        photos = album.crops(number, wanted.batch, wanted.crop)
        given = {"photos": photos, "rate": min(1.0, (EASE / (number + 1)) ** 0.5)}
        if wanted.temporal:
            noise = generator(wanted.seed, "noise", number).normal(0, NOISE, photos.shape)
            given["again"] = np.clip(photos + noise, 0, 1).astype(np.float32)
        costs, *state = self._step(**given, **dict(zip(self._names, learnt.state, strict=True)))
        found = dict(zip(("content", "style", "smoothness", "temporal"), map(float, costs), strict=True))
        if not np.isfinite(sum(found.values())):
            raise ZoomdreamError(f"The training has run away: the costs of step {number + 1} are not finite.")
        return Learnt(number + 1, found, state)

    @cached_property
    def _names(self) -> list[str]:
        return [f"state{number}" for number in range(len(self.begin().state))]

    @cached_property
    def _step(self) -> Any:
        wanted, count = self._settings, len(self._weights)
        photos: Shape = (wanted.batch, wanted.crop, wanted.crop, 3)
        shapes = {"photos": photos, "rate": (), **({"again": photos} if wanted.temporal else {})}
        held = {name: np.shape(leaf) for name, leaf in zip(self._names, self.begin().state, strict=True)}

        def step(photos: Any, rate: Any, again: Any = None, **given: Any) -> list[Any]:
            leaves = [given[name] for name in self._names]
            weights, remembered = leaves[:count], leaves[count:]
            costs: list[Any] = []

            def height(weights: Sequence[Any]) -> Any:
                costs[:] = self._costs(weights, photos, again)
                shares = (wanted.content, wanted.style, wanted.smoothness, wanted.temporal)
                return -sum(share * cost for share, cost in zip(shares, costs, strict=True))

            _, slopes = value_and_gradient(height, weights)
            return [ops.stack(costs), *self._moved(weights, slopes, remembered, rate)]

        return trace(step, {**shapes, **held})

    def _costs(self, weights: Sequence[Any], photos: Any, again: Any) -> list[Any]:
        seen = photos if again is None else ops.concatenate([photos, again])
        painted, _ = self.painter.stateless_call(weights, [], seen)
        one, other = painted[: self._settings.batch], painted[self._settings.batch :]
        unsteady = ops.zeros(()) if again is None else ops.mean(ops.square(one - other))
        return [*self.judge.costs(one, photos), unsteady]

    def _moved(self, weights: Sequence[Any], slopes: Sequence[Any], remembered: Sequence[Any], rate: Any) -> list[Any]:
        """Return weights after an update each, and then what the rule remembers of them."""
        each = len(remembered) // len(weights)
        moved, after = [], []
        for number, (weight, slope) in enumerate(zip(weights, slopes, strict=True)):
            update, state = self._adam.update(slope, tuple(remembered[number * each : (number + 1) * each]))
            moved.append(weight + rate * update)
            after += state
        return [*moved, *after]


def with_layers(network: Network, settings: Settings) -> Settings:
    """Return the settings with layers that suit the network where none are named.

    Raises:
        BadInput: the network has none that do.
    """
    if settings.style_layers and settings.content_layers:
        return settings
    usual = layers_of(network)
    content = CONTENT if network.name == EMBEDDED else usual.content
    return replace(
        settings,
        style_layers=settings.style_layers or (IMAGE, *usual.style),
        content_layers=settings.content_layers or content,
    )


class Judge:
    """What a painted picture costs, to a network that compares it with a style and with the photograph.

    Raises:
        BadInput: the network has no such layers, they have no rows and columns, or they need larger crops.
    """

    def __init__(self, network: Network, style: Image, settings: Settings) -> None:
        self._network, self._settings = network, settings
        self._layers = {*settings.style_layers, *settings.content_layers}
        for layer in self._layers - {IMAGE}:
            network.spatial_layer(layer)
        network.check_size(settings.crop, settings.crop, self._layers)
        looked_at = sized(style, settings.style_size)
        network.check_size(looked_at.shape[0], looked_at.shape[1], settings.style_layers)
        seen = network.activations(ops.convert_to_tensor(looked_at[None]), settings.style_layers)
        self._style = {
            example_key(layer, "gram"): np.asarray(ops.convert_to_numpy(gram(seen[layer])))
            for layer in settings.style_layers
        }

    def costs(self, painted: Any, photos: Any) -> list[Any]:
        """Return what is lost of the photographs (n, H, W, 3), what differs from the style, and the total variation."""
        photo = self._network.activations(photos, self._settings.content_layers)
        content = {example_key(layer, "features"): photo[layer] for layer in self._settings.content_layers}
        found = {**self._network.activations(painted, self._layers), **self._style, **content, IMAGE: painted}
        return [ops.mean(cost.value(found)) for cost in self._objectives]

    def measure(self, painted: Image, photo: Image) -> tuple[float, float]:
        """Return the costs of content and style of one picture (H, W, 3).

        Raises:
            BadInput: it is too small for one of the layers.
        """
        self._network.check_size(photo.shape[0], photo.shape[1], self._layers)
        content, style, _ = self._measured(painted=painted[None], photo=photo[None])
        return float(content), float(style)

    @cached_property
    def _objectives(self) -> list[Objective]:
        settings = self._settings
        content = [feature_distance(layer) for layer in settings.content_layers]
        style = [gram_distance(layer) for layer in settings.style_layers]
        return [reduce(add, costs) * (1 / len(costs)) for costs in (content, style)] + [total_variation(1.0)]

    @cached_property
    def _measured(self) -> Any:
        any_size: Shape = (1, None, None, 3)
        return compile_lightly(
            lambda painted, photo: self.costs(painted, photo), dict.fromkeys(("painted", "photo"), any_size)
        )


def sized(style: Image, shorter: int) -> Image:
    """Return the style's picture with its shorter side so many pixels long."""
    factor = shorter / min(style.shape[:2])
    return np.clip(resize(style, (round(style.shape[0] * factor), round(style.shape[1] * factor))), 0, 1)
