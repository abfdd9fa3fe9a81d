"""A network made ready for ascent: its input range known, batch norm folded, its layers within reach."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import keras

from zoomdream.network.folding import StandIns, stand_ins
from zoomdream.network.graph import named_layers, walk
from zoomdream.network.inputs import InputRange

CLASS = "class"


@dataclass(frozen=True, eq=False)
class Network:
    """A Keras model with what an ascent must know about it.

    Attributes:
        name: as the user calls it, e.g. ``efficientnet-lite0``.
        model: any functional or sequential Keras model, nested ones too; never changed.
        input_range: what the model expects where we hold RGB in [0, 1].
        labels: class names by index, empty where the head has none.
        weights: sha256 of the weights (hex), or ``random``.
    """

    name: str
    model: keras.Model
    input_range: InputRange
    labels: tuple[str, ...] = ()
    weights: str = "random"
    fold: bool = field(default=True)

    def __post_init__(self) -> None:
        """Fold now: inside a compiled function the weights could no longer be read."""
        self._stand_ins, self._logits_twin  # noqa: B018

    @cached_property
    def channels(self) -> dict[str, int]:
        """Layer name → number of channels, for every layer with spatial features, first to last."""
        shapes = {name: _shape(layer) for name, layer in named_layers(self.model)}
        return {name: shape[-1] for name, shape in shapes.items() if len(shape) == 4 and shape[-1]}

    @cached_property
    def classes(self) -> int:
        """Number of classes of the head, 0 where there is none."""
        shape = self.model.output_shape
        return int(shape[-1]) if isinstance(shape, tuple) and len(shape) == 2 else 0

    @cached_property
    def _stand_ins(self) -> tuple[StandIns, StandIns]:
        return stand_ins(self.model) if self.fold else ({}, {})

    def activations(self, image: Any, layers: Collection[str]) -> dict[str, Any]:
        """Return layer name → activations (n, h, w, c) of a picture (n, H, W, 3), RGB in [0, 1].

        The key ``image`` is the picture itself, and ``class`` the logits (n, classes). Nothing deeper than the
        deepest layer asked for is computed.
        """
        wanted = set(layers) - {"image"}
        if CLASS in wanted:
            wanted = (wanted - {CLASS}) | {self._logits_layer}
        found = walk(self.model, self.input_range.apply(image), wanted, self._visitor(wanted)) if wanted else {}
        if CLASS in layers:
            found[CLASS] = found[self._logits_layer]
        return {"image": image, **found}

    def _visitor(self, wanted: Collection[str]) -> Any:
        replaced, absorbed = self._stand_ins
        wanted_ids = {id(layer) for name, layer in named_layers(self.model) if name in wanted}
        # A convolution asked for by name is seen as it is, so its batch norm stays a layer of its own.
        apart = {id(conv) for conv in absorbed.values() if id(conv) in wanted_ids}

        def visit(layer: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if name == self._logits_layer and self._logits_twin:
                return self._logits_twin(*args)
            if id(layer) in absorbed and id(absorbed[id(layer)]) not in apart:
                return args[0]
            if id(layer) in replaced and id(layer) not in apart:
                return replaced[id(layer)](*args)
            return layer(*args, **kwargs)

        return visit

    @cached_property
    def _logits_layer(self) -> str:
        """Name of the layer whose output is the logits: the last one, or the one before a softmax of its own."""
        name, last = list(named_layers(self.model))[-1]
        softmax = getattr(last, "activation", None) is keras.activations.softmax
        alone = isinstance(last, keras.layers.Softmax | keras.layers.Activation) and (
            softmax or isinstance(last, keras.layers.Softmax)
        )
        return list(named_layers(self.model))[-2][0] if alone else name

    @cached_property
    def _logits_twin(self) -> Any:
        """The logits layer without its softmax, or ``None`` where it has none."""
        layer = dict(named_layers(self.model))[self._logits_layer]
        softmax = getattr(layer, "activation", None) is keras.activations.softmax
        return _without_activation(layer) if softmax else None


def _shape(layer: Any) -> tuple[Any, ...]:
    shape = getattr(getattr(layer, "output", None), "shape", ())
    return tuple(shape)


def _without_activation(layer: Any) -> Any:
    twin = type(layer).from_config({**layer.get_config(), "activation": None})
    twin.build(layer.input.shape)
    twin.set_weights(layer.get_weights())
    return twin
