"""A network made ready for ascent: its input range known, batch norm folded, its layers within reach."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import keras

from zoomdream.errors import BadInput, did_you_mean
from zoomdream.network.addresses import CLASS, IMAGE
from zoomdream.network.backend import some_channels
from zoomdream.network.folding import GivesSome, Late, Run, StandIns, stand_ins
from zoomdream.network.graph import Visit, behind, is_gate, leading_to, named_layers, only, output_shape, shapes, walk
from zoomdream.network.head import Size, count_classes, early_softmax, fixed_size, logits_layer, without_softmax
from zoomdream.network.inputs import InputRange
from zoomdream.network.narrowing import Branches, joined_by, narrowed, number_by_number
from zoomdream.network.rectifiers import around, around_function

Wrap = Callable[[Run], Run]
MOST_FROZEN = 10_000_000
"""Weights up to which a network is frozen in seconds; of a larger one that takes gigabytes and minutes."""


@dataclass(frozen=True, eq=False)
class Network:
    """A Keras model with what an ascent must know about it.

    Attributes:
        name: as the user calls it, e.g. ``efficientnet-lite0``.
        model: any functional or sequential Keras model, nested ones too; never changed.
        input_range: what the model expects where we hold RGB in [0, 1].
        labels: readable class names by index, all different; empty where they are not known.
        weights: sha256 of the weights (hex), or ``random``.
        fold: whether batch norm is folded into the convolutions.
        synonyms: further names of each class, by index.
        size: (height, width) of the pictures the network was trained on, in pixels.
    """

    name: str
    model: keras.Model
    input_range: InputRange
    labels: tuple[str, ...] = ()
    weights: str = "random"
    fold: bool = True
    synonyms: tuple[tuple[str, ...], ...] = ()
    size: Size = (224, 224)

    def __post_init__(self) -> None:
        """Fold now: inside a compiled function the weights could no longer be read."""
        self._stand_ins, self._logits  # noqa: B018

    @cached_property
    def channels(self) -> dict[str, int]:
        """Layer name → number of channels, for every layer with spatial features, first to last."""
        found = {name: output_shape(layer) for name, layer in self._layers.items()}
        return {name: shape[3] for name, shape in found.items() if len(shape) == 4 and shape[3]}

    @cached_property
    def small(self) -> bool:
        """Whether its weights may be frozen for one picture's sake."""
        return bool(self.model.count_params() <= MOST_FROZEN)

    @cached_property
    def classes(self) -> int:
        """Number of classes of the head, 0 where there is none, or one without logits."""
        return 0 if self._early_softmax else count_classes(self.model)

    @cached_property
    def head_size(self) -> Size | None:
        """The only (height, width) in pixels at which there are classes; ``None``: any, or there are none."""
        return fixed_size(self.model) if self.classes else None

    @property
    def folded(self) -> int:
        """How many batch norms went into a convolution."""
        return len(self._stand_ins.absorbed)

    def place(self, layer: str) -> str:
        """Return the full name of a layer; one inside a nested model may be named without it where that is unique.

        Raises:
            BadInput: there is no such layer; the message names the nearest.
        """
        full = layer if layer in self._layers else self._short_names.get(layer)
        if full is None:
            near = did_you_mean(layer, [*self.channels, *self._short_names, CLASS])
            raise BadInput(
                f"The network {self.name} has no layer {layer!r}{near}; "
                f"'zoomdream networks layers {self.name}' lists them."
            )
        return full

    def spatial_layer(self, layer: str) -> str:
        """Return the full name of a layer with rows, columns and channels.

        Raises:
            BadInput: there is no such layer, or it has no rows and columns.
        """
        full = layer if layer == CLASS else self.place(layer)
        if full not in self.channels:
            raise BadInput(f"The layer {layer!r} of {self.name} has no rows and columns: name one before it.")
        return full

    def activations(
        self,
        image: Any,
        layers: Collection[str],
        relu: Wrap | None = None,
        some: Mapping[str, Any] = {},
    ) -> dict[str, Any]:
        """Return layer name → activations (n, h, w, c) of a picture (n, H, W, 3), RGB in [0, 1].

        The key ``image`` is the picture itself, and ``class`` the logits (n, classes). Nothing deeper than the
        deepest layer asked for is computed.

        Args:
            relu: put around every ReLU, alone or as another layer's activation: function → function to run instead.
            some: layer → numbers (k,), whole ones, of the only channels that are wanted of it, for layers that
                :meth:`narrow` names; its activations are then (n, h, w, k).

        Raises:
            BadInput: there is no such layer, there are no classes, or they need another size; or ``relu`` is given
                and a nonlinearity that is run does a ReLU's work but is none.
        """
        places = {name: self._find(name, image) for name in layers if name != IMAGE}
        wanted = set(places.values())
        found = walk(self.model, self.input_range.apply(image), wanted, self._visitor(wanted, relu, some))
        return {IMAGE: image, **{name: found[place] for name, place in places.items()}}

    def onward(self, x: Any, after: str, layers: Collection[str], some: Mapping[str, Any] = {}) -> dict[str, Any]:
        """Return activations as :meth:`activations` does, of layers behind one that :meth:`is_gate`, from its own."""
        places = {name: self._place_or_logits(name) for name in layers}
        wanted, place = set(places.values()), self.place(after)
        visit = only(self._visitor({place, *wanted}, None, some), leading_to(self.model, wanted))
        found = walk(self.model, x, wanted, behind(visit, place, x))
        return {name: found[place] for name, place in places.items()}

    def is_gate(self, layer: str, layers: Collection[str]) -> bool:
        """Say whether everything that reaches certain layers comes through one layer, so that :meth:`onward` holds."""
        if IMAGE in layers or layer in (IMAGE, CLASS):
            return False
        return is_gate(self.model, self.place(layer), {*map(self._place_or_logits, layers)})

    def narrow(self, layers: Collection[str]) -> set[str]:
        """Return those of the layers of which a few channels are quicker to have than all, if these are all wanted.

        It is the last of them at most, for whatever follows the others reads all of their channels.
        """
        places = {layer: self._place_or_logits(layer) for layer in layers if layer != IMAGE}
        last = max(places, key=self.depth, default=CLASS)
        if last == CLASS or list(places.values()).count(places[last]) > 1:  # by another name it is wanted whole
            return set()
        return {last} if self._narrowed(places[last], set(places.values())) else set()

    def branches(self, layer: str) -> Branches | None:
        """Return the branches that a layer joins, ``None`` where it joins none that part at one layer."""
        if layer in (IMAGE, CLASS):
            return None
        place = self.place(layer)
        around = place[: place.rfind("/") + 1]  # they are in the same model
        fork, *ends = [around + one.name for one in joined_by(self.model, self._layers[place])] or [""]
        if fork not in self._layers or not self.is_gate(fork, ends):
            return None
        borders = [0, *accumulate(self.channels[end] for end in ends)]
        return Branches(fork, {end: slice(*part) for end, part in zip(ends, pairwise(borders), strict=True)})

    def depth(self, layer: str) -> int:
        """Return how many layers are computed up to this one, 0 for the picture itself."""
        return 0 if layer == IMAGE else 1 + self._order[self._place_or_logits(layer)]

    def check_size(self, height: int, width: int, layers: Collection[str]) -> None:
        """Refuse a picture of a size at which one of the layers cannot be reached; nothing is computed.

        Raises:
            BadInput: there is no such layer, or the picture is too small for it, or its classes need another size.
        """
        picture = keras.KerasTensor((1, height, width, 3))
        places = {name: self._find(name, picture) for name in layers if name != IMAGE}
        reached = shapes(self.model, height, width) if places else {}
        for name, place in places.items():
            if place not in reached:
                raise BadInput(
                    f"{name} of {self.name} cannot be reached with a picture of {width}×{height} pixels: "
                    "try a larger one, or multiples of 32."
                )

    def check_classes(self) -> None:
        """Refuse a network without classes.

        Raises:
            BadInput: it has none, or no logits of them.
        """
        if self._early_softmax:
            raise BadInput(
                f"The network {self.name} has no logits: its softmax is in {self._early_softmax}, with layers behind "
                "it. End the model with the softmax instead, or ask about its layers."
            )
        if not self.classes:
            raise BadInput(f"The network {self.name} has no classes.")

    def _place_or_logits(self, name: str) -> str:
        """Return the full name of the layer behind a key of the activations."""
        if name != CLASS:
            return self.place(name)
        self.check_classes()
        return self._logits[0]

    def _find(self, name: str, image: Any) -> str:
        """Return the same, if the picture is of the right size."""
        place = self._place_or_logits(name)
        if name != CLASS:
            return place
        given, needed = tuple(image.shape[1:3]), self.head_size
        if needed and None not in given and given != needed:
            raise BadInput(
                f"The classes of {self.name} need a picture of {needed[1]}×{needed[0]} pixels, "
                f"not {given[1]}×{given[0]}; its other layers take any size."
            )
        return place

    def _visitor(self, wanted: Collection[str], relu: Wrap | None, some: Mapping[str, Any] = {}) -> Visit:
        replaced, absorbed, postponed, _ = self._stand_ins
        wanted_ids = {id(self._layers.get(name)) for name in wanted}
        apart = self._stand_ins.apart(wanted_ids)
        late = Late({}, set()) if relu else self._stand_ins.late(wanted_ids)
        skipped = late.bare - replaced.keys()  # layers that are nothing but a ReLU
        logits, twin = self._logits

        def visit(layer: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if name == logits and twin is not None:
                return twin(*args)
            taken = absorbed.get(id(layer), postponed.get(id(layer)))
            if (taken is not None and id(taken) not in apart) or id(layer) in skipped:
                return args[0]
            if id(layer) in replaced and id(layer) not in apart:
                activation = around_function(layer.activation, name, relu) if relu else layer.activation
                y = replaced[id(layer)](*args)
                return y if id(layer) in late.bare else activation(y)
            run = around(layer, name, relu) if relu else layer
            # Said aloud, because layers that augment pictures take themselves to be in training.
            mode = {"training": False} if isinstance(layer, keras.Layer) else {}
            y = run(*args, **{**kwargs, **mode})
            return late.behind[id(layer)](y) if id(layer) in late.behind else y

        chosen: Visit = visit
        for name, numbers in some.items():
            chosen = self._narrowly(chosen, relu, self._narrowed(self.place(name), wanted), numbers)
        return chosen

    def _narrowed(self, place: str, wanted: Collection[str]) -> set[int]:
        """Return ``id`` of the layers that can be without some channels where a layer is the last that is wanted."""
        wanted_ids = {id(self._layers[name]) for name in wanted}
        apart = self._stand_ins.apart(wanted_ids)

        def gives(layer: Any) -> bool:
            run = self._stand_ins.replaced.get(id(layer)) if id(layer) not in apart else None
            return isinstance(run, GivesSome) and run.gives_some and number_by_number(layer.activation)

        return narrowed(self.model, self._layers[place], gives, self._stand_ins.absorbed, wanted_ids)

    def _narrowly(self, visit: Visit, relu: Wrap | None, narrow: Collection[int], numbers: Any) -> Visit:
        """Return a visit that gives some of the channels of certain layers, and of what they read."""
        if not narrow:
            raise ValueError("No channels of this layer can be computed alone.")
        replaced = self._stand_ins.replaced
        given: dict[int, Any] = {}  # by id, which is nobody else's as long as they are kept

        def pick(x: Any) -> Any:
            return x if id(x) in given else some_channels(x, numbers)

        def visit_narrowly(layer: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if id(layer) not in narrow:
                return visit(layer, name, args, kwargs)
            run = replaced.get(id(layer))
            if isinstance(run, GivesSome):
                activation = around_function(layer.activation, name, relu) if relu else layer.activation
                y = activation(run.some(args[0], numbers))
            else:
                y = visit(layer, name, keras.tree.map_structure(pick, args), kwargs)
            return given.setdefault(id(y), y)

        return visit_narrowly

    @cached_property
    def _early_softmax(self) -> str:
        return early_softmax(self.model) if count_classes(self.model) else ""

    @cached_property
    def _layers(self) -> dict[str, Any]:
        return {name: layer for name, layer in named_layers(self.model) if name not in (IMAGE, CLASS)}

    @cached_property
    def _order(self) -> dict[str, int]:
        return {name: number for number, (name, _) in enumerate(named_layers(self.model))}

    @cached_property
    def _short_names(self) -> dict[str, str]:
        """Name without the nested models' → full name, where only one layer is called that."""
        short = {name: name.rpartition("/")[2] for name in self._layers}
        count = Counter(short.values())
        return {last: name for name, last in short.items() if count[last] == 1 and last != name}

    @cached_property
    def _stand_ins(self) -> StandIns:
        return stand_ins(self.model) if self.fold else StandIns({}, {}, {}, {})

    @cached_property
    def _logits(self) -> tuple[str, Any]:
        """Name of the layer that puts out the logits, and what runs there instead of it (``None``: itself)."""
        if not self.classes:
            return "", None
        name, layer = logits_layer(self.model)
        return name, without_softmax(layer)
