"""Receptive fields: the part of the picture that an activation can depend on, by what each layer reads.

Fields are carried through the network's graph from the picture on: where a layer reads several places, the field of
what it puts out is the least box that holds theirs. So they are exact for every place of a layer, at the borders too,
in networks of convolutions, poolings, paddings and merges, nested or not. A layer of another kind counts as one that
reads everything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from zoomdream.network.graph import output_shape, shapes, walk
from zoomdream.network.head import Size
from zoomdream.network.nasnet import HalvingPadding
from zoomdream.network.network import Network
from zoomdream.picture.fit import Box

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Axis:
    """The receptive fields of the rows, or columns, of a layer.

    Attributes:
        first: (n,) first row of the picture that each row depends on.
        last: (n,) the row after the last one; not after ``first`` where it depends on none.
        length: rows of the picture.
    """

    first: Ints
    last: Ints
    length: int

    def __len__(self) -> int:
        return len(self.first)

    def read(self, first: Ints, last: Ints) -> "Axis":
        """Return the fields of rows that read the rows from ``first`` to before ``last`` of this one, as far as there
        are such."""
        first, last = np.clip(first, 0, len(self)), np.clip(last, 0, len(self))
        pairs = list(zip(first, last, strict=True))
        low = [self.first[a:b].min(initial=self.length) for a, b in pairs]
        high = [self.last[a:b].max(initial=0) for a, b in pairs]
        return Axis(np.asarray(low), np.asarray(high), self.length)

    def whole(self, count: int) -> "Axis":
        """Return as many rows that depend on all that any row of this one does."""
        return self.read(np.zeros(count, np.int64), np.full(count, len(self)))


@dataclass(frozen=True, eq=False)
class Field:
    """The receptive fields of every place of a layer."""

    rows: Axis
    columns: Axis

    def box(self, row: int, column: int) -> Box:
        """Return the rows and columns of the picture that the activation at a place can depend on."""
        (top, left), (bottom, right) = (
            (int(getattr(self.rows, end)[row]), int(getattr(self.columns, end)[column])) for end in ("first", "last")
        )
        return slice(top, max(top, bottom)), slice(left, max(left, right))

    def meets(self, box: Box) -> NDArray[np.bool_]:
        """Return for every place (a, b) whether its field has a pixel of a box of the picture."""
        rows, columns = (
            np.maximum(axis.first, side.start) < np.minimum(axis.last, side.stop)
            for axis, side in zip((self.rows, self.columns), box, strict=True)
        )
        return np.logical_and.outer(rows, columns)

    def overlaps(self, row: int, column: int) -> NDArray[np.bool_]:
        """Return for every place (a, b) whether its field and that of the place have a pixel in common."""
        return np.logical_and.outer(_meets(self.rows, row), _meets(self.columns, column))


def _meets(axis: Axis, place: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (axis.first < axis.last[place]) & (axis.first[place] < axis.last)
    return found


@lru_cache(32)
def receptive_field(network: Network, layer: str, size: Size) -> Field:
    """Return the receptive fields of a layer for pictures of a size (height, width), in their pixels.

    Raises:
        BadInput: there is no such layer, or it cannot be reached with such a picture.
    """
    network.check_size(*size, {layer})
    reached = shapes(network.model, *size)

    def visit(part: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        read = [each for each in keras.tree.flatten((args, kwargs)) if isinstance(each, Field)]
        found = _field(part, read, reached.get(name, ()))
        return keras.tree.map_structure(lambda _: found, part.output)

    place = network.place(layer)
    found: Field = walk(network.model, Field(*(_every(side) for side in size)), {place}, visit)[place]
    return found


def _every(side: int) -> Axis:
    """Return the rows of the picture itself."""
    rows = np.arange(side)
    return Axis(rows, rows + 1, side)


def _field(layer: Any, read: list[Field], shape: tuple[int, ...]) -> Field:
    joined = Field(_joined([field.rows for field in read]), _joined([field.columns for field in read]))
    counts = shape[1:3] if len(shape) == 4 else (1, 1)
    reads = next((reads for kinds, reads in _READS.items() if isinstance(layer, kinds)), None)
    if reads is None and not _place_by_place(layer):
        return Field(joined.rows.whole(counts[0]), joined.columns.whole(counts[1]))
    if reads is None:
        return joined
    rows, columns = (
        axis.read(*reads(layer, number, len(axis), count))
        for number, (axis, count) in enumerate(zip((joined.rows, joined.columns), counts, strict=True))
    )
    return Field(rows, columns)


def _joined(axes: list[Axis]) -> Axis:
    """Return rows that depend on what any of several depend on; one that is alone is read by all rows of the others."""
    count = max(map(len, axes))
    alike = [axis if len(axis) == count else axis.whole(count) for axis in axes]
    first, last = [axis.first for axis in alike], [axis.last for axis in alike]
    return Axis(np.min(first, axis=0), np.max(last, axis=0), axes[0].length)


Reads = Callable[[Any, int, int, int], tuple[Ints, Ints]]
"""(layer, axis, rows it reads from, rows it puts out) → (first, after the last) row that each row it puts out reads."""


def _window(layer: Any, axis: int, given: int, count: int) -> tuple[Ints, Ints]:
    """Return what a convolution or pooling reads."""
    size = (layer.kernel_size if hasattr(layer, "kernel_size") else layer.pool_size)[axis]
    stride, dilation = layer.strides[axis], getattr(layer, "dilation_rate", (1, 1))[axis]
    reach = (size - 1) * dilation + 1
    before = max((count - 1) * stride + reach - given, 0) // 2 if layer.padding == "same" else 0
    first = np.arange(count) * stride - before
    return first, first + reach


def _spread(layer: Any, axis: int, given: int, count: int) -> tuple[Ints, Ints]:
    """Return what a transposed convolution reads: every row whose own window it is in."""
    size, stride, dilation = layer.kernel_size[axis], layer.strides[axis], layer.dilation_rate[axis]
    reach = (size - 1) * dilation + 1
    before = max(reach - stride, 0) // 2 if layer.padding == "same" else 0
    place = np.arange(count) + before
    return -((reach - 1 - place) // stride), place // stride + 1


def _shifted(layer: Any, axis: int, given: int, count: int) -> tuple[Ints, Ints]:
    """Return what padding and cropping read; none where there is padding."""
    cropped = isinstance(layer, layers.Cropping2D)
    before = layer.cropping[axis][0] if cropped else -layer.padding[axis][0]
    first = np.arange(count) + before
    return first, first + 1


def _halving(layer: Any, axis: int, given: int, count: int) -> tuple[Ints, Ints]:
    """Return what the padding of NASNet reads."""
    first = np.arange(count) - (layer.below, layer.right)[axis] + 1 - given % 2
    return first, first + 1


def _repeated(layer: Any, axis: int, given: int, count: int) -> tuple[Ints, Ints]:
    """Return what enlarging reads: the row itself, or the two that are nearest."""
    place = np.arange(count)
    if layer.interpolation == "nearest":
        return place // layer.size[axis], place // layer.size[axis] + 1
    reach = 1 if layer.interpolation == "bilinear" else 2 if layer.interpolation == "bicubic" else given
    first = np.floor((place + 0.5) / layer.size[axis] - 0.5).astype(np.int64)
    return first + 1 - reach, first + 1 + reach


_READS: dict[Any, Reads] = {
    layers.Conv2DTranspose: _spread,
    (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D): _window,
    (layers.MaxPooling2D, layers.AveragePooling2D): _window,
    (layers.ZeroPadding2D, layers.Cropping2D): _shifted,
    layers.UpSampling2D: _repeated,
    HalvingPadding: _halving,
}

_ALIKE = (
    layers.Activation, layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU, layers.BatchNormalization,
    layers.Dropout, layers.SpatialDropout2D, layers.GaussianNoise, layers.GaussianDropout, layers.Identity,
    layers.Rescaling, layers.Normalization, layers.Add, layers.Subtract, layers.Multiply, layers.Average,
    layers.Maximum, layers.Minimum,
)  # fmt: skip
_ALIKE_BY_NAME = {
    "Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Negative", "Maximum", "Minimum", "Relu", "Relu6", "Sigmoid",
    "HardSigmoid", "HardSwish", "Silu", "Swish", "Gelu", "Elu", "Selu", "Softplus", "Tanh", "Exp", "Log", "Sqrt",
    "Square", "Absolute", "Power", "Clip", "Cast", "LayerScale", "StochasticDepth",
}  # fmt: skip
"""Names of operations, and of layers of keras.applications."""


def _place_by_place(layer: Any) -> bool:
    """Say whether each place of what a layer puts out reads that place alone."""
    if isinstance(layer, layers.Concatenate | layers.LayerNormalization | layers.Softmax | layers.Dense):
        return getattr(layer, "axis", -1) in (-1, 3, [3], [-1], (3,), (-1,)) and len(output_shape(layer)) == 4
    return isinstance(layer, _ALIKE) or type(layer).__name__ in _ALIKE_BY_NAME
