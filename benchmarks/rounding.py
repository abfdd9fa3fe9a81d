"""What fewer digits in a network's convolutions make of a step and of a film: whether the picture stays the same.

Rounded are their kernels, what they read and what they give, forward and back; sums are float32, as in the units of an
accelerator. So it can be seen on any machine what such a unit would make of a film.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
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
from zoomdream.film.film import State, Studio
from zoomdream.network.backend.convolutions import Convolution
from zoomdream.presets import load_preset

Row = dict[str, Any]
Round = Callable[[Any], Any]

LAYER, CHANNEL = "block9", 82
KEYS = (12, 24, 36)
"""From which keys of the usual film one more is made; after the last, films from one beginning are compared."""
SIZE = (640, 360)
QUICK: dict[str, Any] = {"keys": (1, 2), "size": (64, 64), "changes": {"dream.lines": 64, "dream.octaves": 1}}


def rows(
    keys: Sequence[int] = KEYS,
    size: tuple[int, int] = SIZE,
    changes: dict[str, Any] = {},  # noqa: B006
) -> Iterator[Row]:
    """Yield a row for each rounding: how the gradient turns, and keys beside those of float32."""
    film = load_preset("reef", {"start.warmup": 0, **changes})
    network = load(film.network)

    def ready() -> Studio:
        return studio(film, network, size=size)

    states, usual = _film(ready(), keys[-1] + 1)
    last = usual[keys[-1]]
    slope = _gradient(network, last)
    for name, digits in ROUNDINGS.items():
        with _rounded(digits):
            turned, other = _gradient(network, last), ready()
            on = [_decibels(next(islice(other.keys(begin=states[key]), 1, 2)), usual[key + 1]) for key in keys]
            far = _film(other, keys[-1])[1][-1]
        cosine = np.vdot(slope, turned) / np.linalg.norm(slope) / np.linalg.norm(turned)
        yield {
            "rounding": name,
            "gradient off by": float(np.linalg.norm(turned - slope) / np.linalg.norm(slope)),
            "1 - cosine": float(1 - cosine),
            "one key on, dB": float(np.mean(on)),
            f"{keys[-1]} keys on, dB": _decibels(far, last),
            "contrast": float(far.std() / last.std()),
            "sharpness": _sharpness(far) / _sharpness(last),
        }


def _film(ready: Studio, count: int) -> tuple[list[State], list[Any]]:
    """Return the states of a film and its keys, from the first to the one with this number."""
    states = list[State]()
    return states, list(islice(ready.keys(tap=states.append), count + 1))


def _gradient(network: Any, picture: Any) -> Any:
    return compile_gradient(network, channel(LAYER, CHANNEL))(picture, {})[0]


def _decibels(one: Any, other: Any) -> float:
    """Return the peak signal to noise ratio of two pictures in [0, 1]."""
    return float(-10 * np.log10(np.square(one - other).mean() + 1e-12))


def _sharpness(picture: Any) -> float:
    return float(cv2.Laplacian(picture.mean(2), cv2.CV_32F).std())


@contextmanager
def _rounded(digits: Round) -> Iterator[None]:
    """Round what convolutions are made of, read and give, and the gradients on their way back through them."""
    whole, some = Convolution.__call__, Convolution.some
    rounded = tf.custom_gradient(lambda x: (digits(x), digits))

    @cache
    def coarse(convolution: Convolution) -> Convolution:
        with tf.init_scope():
            return replace(convolution, kernel=digits(convolution.kernel).numpy())

    with (
        patch.object(Convolution, "__call__", lambda self, x: rounded(whole(coarse(self), rounded(x)))),
        patch.object(Convolution, "some", lambda self, x, numbers: rounded(some(coarse(self), rounded(x), numbers))),
    ):
        yield


def _off_by_a_bit(x: Any) -> Any:
    """Return what is off by two units in the last place."""
    return tf.convert_to_tensor(x) * np.float32(1 + 2**-22)


def _through(kind: Any) -> Round:
    return lambda x: tf.cast(tf.cast(x, kind), tf.float32)


def _tf32(x: Any) -> Any:
    """Return a number of ten binary digits beside the first, as float16 has, within the range of float32."""
    bits = tf.bitcast(tf.convert_to_tensor(x), tf.int32)
    return tf.bitcast(tf.bitwise.bitwise_and(bits + (1 << 12), -1 << 13), tf.float32)


ROUNDINGS: dict[str, Round] = {
    "last bits": _off_by_a_bit,
    "TF32": _tf32,
    "float16": _through(tf.float16),
    "bfloat16": _through(tf.bfloat16),
}
