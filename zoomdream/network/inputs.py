"""Input ranges: what a network expects where we hold RGB in [0, 1]."""

from dataclasses import dataclass
from typing import Any

from zoomdream.errors import BadInput, did_you_mean

RGB = tuple[float, float, float]


@dataclass(frozen=True)
class InputRange:
    """An affine map per channel, after an optional swap to BGR: ``x * scale + offset`` of RGB in [0, 1]."""

    scale: RGB
    offset: RGB
    bgr: bool = False

    def apply(self, image: Any) -> Any:
        """Return a picture (n, h, w, 3), RGB in [0, 1], in the network's own units."""
        from keras import ops  # heavy, and the names of the ranges are wanted without it

        x = ops.flip(image, axis=-1) if self.bgr else image
        # One number for all channels is several times as fast as three, and this is a tenth of a small network's step.
        scale, offset = (
            values[0] if len(set(values)) == 1 else ops.convert_to_tensor(values, "float32")
            for values in (self.scale, self.offset)
        )
        return ops.cast(x, "float32") * scale + offset


def _between(low: float, high: float) -> InputRange:
    return InputRange((float(high - low),) * 3, (float(low),) * 3)


_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

INPUT_RANGES = {
    "0..1": _between(0, 1),
    "-1..1": _between(-1, 1),
    "0..255": _between(0, 255),
    # (x255 - 127) / 128
    "lite": _between(-127 / 128, 1.0),
    # BGR in 0..255 less the ImageNet mean, as Caffe's networks were trained
    "caffe": InputRange((255.0,) * 3, (-103.939, -116.779, -123.68), bgr=True),
    # ImageNet mean and standard deviation, as torchvision's networks were trained
    "torch": InputRange(
        (1 / _STD[0], 1 / _STD[1], 1 / _STD[2]),
        (-_MEAN[0] / _STD[0], -_MEAN[1] / _STD[1], -_MEAN[2] / _STD[2]),
    ),
}


def input_range(name: str) -> InputRange:
    """Return the input range of that name.

    Raises:
        BadInput: there is no such range; the message lists those that exist.
    """
    if name not in INPUT_RANGES:
        known = ", ".join(INPUT_RANGES)
        raise BadInput(f"Unknown input range {name!r}{did_you_mean(name, INPUT_RANGES)}; there are {known}.")
    return INPUT_RANGES[name]
