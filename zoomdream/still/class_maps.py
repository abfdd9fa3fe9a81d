"""Class activation maps: which places of a deep layer a score rests on."""

from functools import lru_cache
from typing import Any

import cv2
import keras
import numpy as np

from zoomdream.errors import BadInput
from zoomdream.network.addresses import CLASS
from zoomdream.network.graph import walk
from zoomdream.network.head import logits_layer
from zoomdream.network.network import Network
from zoomdream.network.outline import outline
from zoomdream.network.pooled import pooled_head
from zoomdream.still.maps import Maps, Question
from zoomdream.still.passes import KEPT, Array, gradients_within
from zoomdream.still.sensitivity import guided


def gradcam(question: Question, layer: str | None = None, relu: bool = True) -> Maps:
    """Return ReLU(Σ_k w_k·A_k) with w_k the mean over places of ∂S/∂A_k (Selvaraju et al., 2017, §3).

    Args:
        layer: whose activations A are weighed; the last one with rows and columns if not given.
        relu: keep only what speaks for the target; without it the map is signed.
    """
    score, seen, slopes = _within(question, layer)
    return _weighed(seen, slopes.mean((1, 2)), relu, score)


def gradcam_plus_plus(question: Question, layer: str | None = None, relu: bool = True) -> Maps:
    """Return Grad-CAM with w_k = Σ α·ReLU(g), α = g²/(2g² + g³·Σ A_k), g = ∂S/∂A (Chattopadhay et al., 2018, §3.2).

    The paper differentiates exp(S); its derivatives reduce to powers of g, and its factor exp(S) to one for the whole
    map, left out here. α is 0 where it is undefined, or negative, which it can be where activations are.
    """
    score, seen, slopes = _within(question, layer)
    square = slopes * slopes
    below = 2 * square + square * slopes * seen.sum((1, 2), keepdims=True)
    share = np.divide(square, below, out=np.zeros_like(below), where=below > 0)
    return _weighed(seen, (share * np.maximum(slopes, 0)).sum((1, 2)), relu, score)


def cam(question: Question) -> Maps:
    """Return Σ_k W_kc·A_k, A what the head pools and W its dense weights (Zhou et al., 2016, §2).

    Where the last convolution has one map for each class and then pools, A_c itself.

    Raises:
        BadInput: the target is no class, or the head is not of this kind; the message says why.
    """
    if question.layer != CLASS:
        raise BadInput(f"{question.targets[0]}: a class activation map is of a class; gradcam takes any target.")
    head = pooled_head(question.network)
    score, seen, _ = gradients_within(question.network, question.pictures, CLASS, question.weights, head.layer)
    return _weighed(seen, question.weights @ head.kernel.T, relu=False, score=score)


def guided_gradcam(question: Question, layer: str | None = None) -> Maps:
    """Return guided backprop times Grad-CAM, one value for each colour (Selvaraju et al., 2017, §3.2)."""
    fine, coarse = guided(question), gradcam(question, layer)
    size = (fine.values.shape[2], fine.values.shape[1])
    places = np.stack([cv2.resize(each, size, interpolation=cv2.INTER_LINEAR) for each in coarse.values])
    return Maps(fine.values * places[..., None], signed=True, facts=coarse.facts)


@lru_cache(KEPT)
def default_layer(network: Network, target: str) -> str:
    """Return the last layer with rows and columns that all ways to a target lead through, poolings left aside."""
    passed = _passed(network, target) - {target}
    names = [facts.name for facts in outline(network.model) if facts.main and "Pool" not in facts.kind]
    before = [name for name in names if name in passed]
    return before[-1] if before else next(iter(network.channels))


def _passed(network: Network, target: str) -> frozenset[str]:
    """Return the layers that every way from the picture to a layer, or to the logits, leads through."""

    def visit(layer: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        ways = [each for each in keras.tree.flatten((args, kwargs)) if isinstance(each, frozenset)]
        passed = frozenset.intersection(*ways) | {name}
        return keras.tree.map_structure(lambda _: passed, layer.output)

    end = logits_layer(network.model)[0] if target == CLASS else target
    found: frozenset[str] = walk(network.model, frozenset(), {end}, visit)[end]
    return found


def _within(question: Question, layer: str | None) -> tuple[Array, Array, Array]:
    """Return (scores (n,), activations (n, a, b, c) of the layer, gradients of the scores to them)."""
    network = question.network
    inner = network.spatial_layer(layer) if layer else default_layer(network, question.layer)
    return gradients_within(network, question.pictures, question.layer, question.weights, inner, question.places)


def _weighed(seen: Array, shares: Array, relu: bool, score: Array) -> Maps:
    """Return Σ_k w_k·A_k for activations (n, a, b, k) and weights (n, k)."""
    values = np.einsum("nhwk,nk->nhw", seen, shares)
    return Maps(np.maximum(values, 0) if relu else values, signed=not relu, facts={"score": score})
