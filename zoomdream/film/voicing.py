"""Voicing: how the layers of a score sound, and how loud each channel is by nature."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from zoomdream.ascent.objectives import CLASS, Objective, class_answers, class_score, score
from zoomdream.film.score import Vector
from zoomdream.film.start import cover
from zoomdream.network.network import Network
from zoomdream.network.pooled import PooledHead, find_pooled_head
from zoomdream.picture.image import load_image
from zoomdream.samples import sample

QUIETEST = 0.05
"""Least loudness of a channel, as a share of its layer's mean, so that none is amplified without bound."""


def sounding(network: Network, layers: Sequence[str], few: Collection[str] = ()) -> Objective:
    """Return what a score maximises in these layers; classes sound place by place where the head allows it.

    Args:
        few: those of the layers that never sound whole.
    """
    head = find_pooled_head(network) if CLASS in layers else None
    if head is None:
        return score(layers, few)
    others = [layer for layer in layers if layer != CLASS]
    return class_score(*head) + score(others, few) if others else class_score(*head)


def loudness(network: Network, layers: Iterable[str]) -> dict[str, Vector]:
    """Return, per layer, how strongly each channel answers to an ordinary photograph: its mean square (channels,)."""
    head = find_pooled_head(network) if CLASS in layers else None
    read = {layer: head.layer if head and layer == CLASS else layer for layer in layers}
    photograph = cover(load_image(sample("cat.jpg")), network.size)[None]
    found = network.activations(photograph, set(read.values()))
    squares = {layer: _squares(np.asarray(found[read[layer]]), layer, head) for layer in layers}
    return {layer: np.maximum(each, QUIETEST * each.mean() + 1e-12) for layer, each in squares.items()}


def _squares(x: NDArray[np.float32], layer: str, head: PooledHead | None) -> Vector:
    if layer == CLASS and head is None:
        return np.full(x.shape[-1], x.std(), np.float32)
    if layer == CLASS and head is not None:
        x = np.maximum(x @ class_answers(head.kernel), 0)
    return np.asarray((x * x).mean(axis=tuple(range(x.ndim - 1))), np.float32)
