"""What fewer digits in a network's convolutions make of a step and of a film: whether the picture stays the same.

Rounded is what convolutions read, and in half precision what they give, forward and back; sums are float32, as in the
units of an accelerator. So it can be seen on any machine what such a unit would make of a film.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
import tensorflow as tf
from idioms import load

from zoomdream.api import studio
from zoomdream.ascent.climb import compile_gradient
from zoomdream.ascent.objectives import channel
from zoomdream.network.backend.convolutions import Convolution
from zoomdream.presets import load_preset

Row = dict[str, Any]
Round = Callable[[Any], Any]

LAYER, CHANNEL = "block9", 82
KEYS = (1, 12, 36)
"""After how many keys films from one beginning are compared; twelve make a second, with 24 a film warms up."""
SIZE = (360, 640)
QUICK: dict[str, Any] = {"keys": (1, 2), "size": (64, 64), "changes": {"dream.lines": 64, "dream.octaves": 1}}


def rows(
    keys: Sequence[int] = KEYS,
    size: tuple[int, int] = SIZE,
    changes: dict[str, Any] = {},  # noqa: B006
) -> Iterator[Row]:
    """Yield a row for each rounding: how the gradient turns, and a film beside that of float32."""
    film = load_preset("reef", {"start.warmup": 0, **changes})
    network = load(film.network)

    def dreamt() -> list[Any]:
        made = list(islice(studio(film, network, size=size[::-1]).keys(), max(keys) + 1))
        return [made[key] for key in keys]

    usual = dreamt()
    slope = _gradient(network, usual[-1])
    for name, (read, given) in ROUNDINGS.items():
        with _rounded(read, given):
            turned, other = _gradient(network, usual[-1]), dreamt()
        cosine = np.vdot(slope, turned) / np.linalg.norm(slope) / np.linalg.norm(turned)
        yield {
            "rounding": name,
            "gradient off by": float(np.linalg.norm(turned - slope) / np.linalg.norm(slope)),
            "1 - cosine": float(1 - cosine),
            **{f"dB, key {key}": _decibels(*pair) for key, *pair in zip(keys, usual, other, strict=True)},
            "contrast": float(other[-1].std() / usual[-1].std()),
            "sharpness": _sharpness(other[-1]) / _sharpness(usual[-1]),
        }


def _gradient(network: Any, picture: Any) -> Any:
    return compile_gradient(network, channel(LAYER, CHANNEL))(picture, {})[0]


def _decibels(one: Any, other: Any) -> float:
    """Return the peak signal to noise ratio of two pictures in [0, 1]."""
    return float(-10 * np.log10(np.square(one - other).mean() + 1e-12))


def _sharpness(picture: Any) -> float:
    return float(cv2.Laplacian(picture.mean(2), cv2.CV_32F).std())


@contextmanager
def _rounded(read: Round, given: Round) -> Iterator[None]:
    """Round what convolutions read, and what they give."""
    run = Convolution._run

    def rounding(self: Convolution, x: Any, kernel: Any, padding: str) -> Any:
        return given(run(self, read(x), read(kernel), padding))

    with patch.object(Convolution, "_run", rounding):
        yield


def _kept(x: Any) -> Any:
    return x


def _off_by_a_bit(x: Any) -> Any:
    """Return what is off by two units in the last place."""
    return x * np.float32(1 + 2**-22)


def _through(kind: Any) -> Round:
    return lambda x: tf.cast(tf.cast(x, kind), tf.float32)


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _tf32(x: Any) -> Any:
    """Return a number of ten binary digits beside the first, as float16 has, within the range of float32."""
    bits = tf.bitcast(tf.convert_to_tensor(x, tf.float32), tf.int32)
    nearest = tf.bitwise.bitwise_and(bits + (1 << 12), -1 << 13)
    return tf.bitcast(nearest, tf.float32), lambda upstream: upstream


ROUNDINGS: dict[str, tuple[Round, Round]] = {
    "last bit": (_kept, _off_by_a_bit),
    "TF32": (_tf32, _kept),
    "float16": (_through(tf.float16), _through(tf.float16)),
    "bfloat16": (_through(tf.bfloat16), _through(tf.bfloat16)),
}
"""Rounding → what it does to what convolutions read, and to what they give."""
