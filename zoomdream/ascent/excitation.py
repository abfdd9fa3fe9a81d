"""Objectives that excite channels or classes of a batch of pictures, each picture its own: values are (n,).

Which channels, and where, reaches them from outside, so one compiled step serves all neurons of a layer: ``channels``
(n, c) weighs the channels for each picture, ``places`` (n, h, w) the places; each adds up to 1 for one neuron.
"""

from collections.abc import Mapping
from typing import Any

from keras import ops

from zoomdream.ascent.objectives import CLASS, Objective

CHANNELS, PLACES = "channels", "places"


def excitation(layer: str) -> Objective:
    """Activation, weighed over channels and places; of ``class`` the logits."""

    def value(a: Mapping[str, Any]) -> Any:
        x, weights = a[layer], a[CHANNELS]
        if layer == CLASS:
            return ops.sum(x * weights, axis=-1)
        return ops.sum(ops.squeeze(ops.matmul(x, weights[:, None, :, None]), -1) * a[PLACES], axis=(1, 2))

    return Objective(frozenset({layer}), value)


def log_likelihood() -> Objective:
    """Log probability of each picture's class: it grows as well by silencing all other classes."""
    return Objective(frozenset({CLASS}), lambda a: ops.sum(ops.log_softmax(a[CLASS], axis=-1) * a[CHANNELS], axis=-1))
