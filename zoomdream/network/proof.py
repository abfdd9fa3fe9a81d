"""Does a network see? It classifies a known photo, under every input range, folded and as it was."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from zoomdream.network.addresses import CLASS
from zoomdream.network.graph import named_layers
from zoomdream.network.inputs import INPUT_RANGES, InputRange
from zoomdream.network.network import Network

Probabilities = NDArray[np.float64]
CATS = range(281, 286)
"""ImageNet's classes of house cats."""

MOST_NORMS = 24

_AS_IT_IS = InputRange((1.0, 1.0, 1.0), (0.0, 0.0, 0.0))


def classify(network: Network, picture: NDArray[np.float32]) -> Probabilities:
    """Return the probability of each class (classes,) for a picture (H, W, 3), RGB in [0, 1]."""
    return np.asarray(softmax(network.activations(picture[None], {CLASS})[CLASS])[0])


def cat_shares(network: Network, picture: NDArray[np.float32]) -> dict[str, float]:
    """Return input range → probability of all of ImageNet's house cats together, were the picture given in it."""
    logits = _bare(network).activations(_in_all_ranges(picture), {CLASS})[CLASS]
    return dict(zip(INPUT_RANGES, softmax(logits)[:, CATS.start : CATS.stop].sum(1).tolist(), strict=True))


def strangeness(network: Network, picture: NDArray[np.float32]) -> dict[str, float]:
    """Return input range → how far what the network then sees is from what it was trained on; empty if unknown.

    Batch norms remember the mean and variance of every channel over all the pictures of the training. Measured is
    the Kullback–Leibler divergence in nats from there to the picture's own, taking both for normal distributions:
    mean over channels, geometric mean over the first 24 norms. The right range is among the lowest.
    """
    norms = dict(list(_trained_norms(network))[:MOST_NORMS])
    if not norms:
        return {}
    seen = _bare(network).activations(_in_all_ranges(picture), norms)
    each = [_divergence(norm, np.asarray(seen[name], np.float64)) for name, norm in norms.items()]
    return dict(zip(INPUT_RANGES, np.exp(np.log(each).mean(0)).tolist(), strict=True))


def _trained_norms(network: Network) -> Iterator[tuple[str, Any]]:
    for name, layer in named_layers(network.model):
        if type(layer) is keras.layers.BatchNormalization and name in network.channels and layer.axis in (-1, 3):
            fresh = np.all(np.asarray(layer.moving_mean) == 0) and np.all(np.asarray(layer.moving_variance) == 1)
            if not fresh:
                yield name, layer


def _divergence(norm: Any, output: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the divergence (n,) for what a batch norm puts out (n, h, w, c)."""
    gamma = np.asarray(norm.gamma, np.float64) if norm.scale else np.ones(output.shape[3])
    beta = np.asarray(norm.beta, np.float64) if norm.center else np.zeros(output.shape[3])
    alive = np.abs(gamma) > 1e-3
    usual = (output[..., alive] - beta[alive]) / gamma[alive]  # of mean 0 and variance 1 over the training
    mean, variance = usual.mean((1, 2)), usual.var((1, 2)) + 1e-6
    return np.asarray((variance + mean**2 - 1 - np.log(variance)).mean(1) / 2 + 1e-12)


def _in_all_ranges(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([np.asarray(known.apply(picture[None])) for known in INPUT_RANGES.values()])


def _bare(network: Network) -> Network:
    """Return the network as it came, to be given what it expects."""
    return replace(network, input_range=_AS_IT_IS, fold=False)


def folding_error(network: Network, picture: NDArray[np.float32]) -> float:
    """Return the largest difference folding makes to the deepest layer, relative to its largest value."""
    layer = CLASS if network.classes else list(network.channels)[-1]
    folded, plain = (
        np.asarray(which.activations(picture[None], {layer})[layer], np.float64)
        for which in (network, replace(network, fold=False))
    )
    return float(np.abs(folded - plain).max() / max(np.abs(plain).max(), 1e-30))


def softmax(logits: Any) -> Probabilities:
    """Return the probabilities (…, classes) behind logits of that shape."""
    values = np.asarray(logits, np.float64)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
