"""What a map must have to do with the network and the picture: the embedded network on the photograph."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from zoomdream.network.efficientnet_lite import efficientnet_lite0
from zoomdream.network.network import Network
from zoomdream.picture.fit import Fit
from zoomdream.still import explain
from zoomdream.still.passes import scores

CAT, HONEYCOMB = "class:Egyptian Mau", "class:honeycomb"


def _ranks(values: NDArray[Any]) -> NDArray[Any]:
    return values.ravel().argsort(kind="stable").argsort(kind="stable")


def _rank_correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return Spearman's; 1 for maps that order their places alike."""
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _randomised(network: Network, last: str) -> Network:
    """Return a network like the embedded one, its weights drawn anew from the top down to a layer."""
    model, chance = efficientnet_lite0(), np.random.default_rng(0)
    model.set_weights(network.model.get_weights())
    for layer in reversed(model.layers):
        if layer.weights and "norm" not in layer.name and hasattr(layer, "kernel"):
            kernel, *bias = layer.get_weights()
            drawn = chance.normal(kernel.mean(), kernel.std(), kernel.shape)
            layer.set_weights([drawn, *bias])
        if layer.name == last:
            break
    return Network("randomised", model, network.input_range, network.labels, size=network.size)


@pytest.mark.parametrize("last", ["logits", "block14_expand_conv"])
def test_maps_are_of_these_weights(last: str, lite0: Any, photo: Any) -> None:
    """Weights randomised from the top change the map, as they must (Adebayo et al., 2018)."""
    other = _randomised(lite0, last)
    for kind in (explain.saliency, explain.gradcam):
        signed = {"relu": False} if kind is explain.gradcam else {}
        own, random = (kind(which, photo, CAT, fit="stretch", **signed) for which in (lite0, other))
        assert min(np.unique(own).size, np.unique(random).size) > 1000
        assert _rank_correlation(own, random) < 0.5


def _curves(network: Network, picture: Any, order: NDArray[Any], steps: int = 12) -> tuple[float, float]:
    """Return the mean probability of the cat while places are blurred, and while they appear from the blur."""
    blurred, rank = cv2.GaussianBlur(picture, (0, 0), 20), _ranks(-order).reshape(order.shape)
    shares = np.linspace(0, 1, steps)[:, None, None, None]
    first = rank[None, ..., None] < shares * rank.size
    index = network.labels.index(CAT.removeprefix("class:"))
    means = []
    for pictures in (np.where(first, blurred, picture), np.where(first, picture, blurred)):
        logits = scores(network, pictures.astype(np.float32), "class").astype(np.float64)
        powers = np.exp(logits - logits.max(1, keepdims=True))
        means.append(float((powers / powers.sum(1, keepdims=True))[:, index].mean()))
    return means[0], means[1]


def test_what_a_map_shows_first_counts_most(lite0: Any, photo: Any) -> None:
    """Deletion and insertion curves (Petsiuk et al., 2018) beat random orders as smooth as the maps."""
    picture = Fit(photo.shape[:2], lite0.size, "pad").to(photo)
    grain = np.random.default_rng(0).random((4, *lite0.size), np.float32)
    orders = [grain[0], *(cv2.GaussianBlur(each, (0, 0), 20) for each in grain[1:])]
    random = np.asarray([_curves(lite0, picture, order) for order in orders])
    gains = random[:, 1] - random[:, 0]
    for kind in (explain.gradcam, explain.occlusion):
        deletion, insertion = _curves(lite0, picture, kind(lite0, picture, CAT))
        assert deletion < random[:, 0].mean()
        assert insertion > random[:, 1].mean()
        assert insertion - deletion > gains.max()


def _honeycomb() -> NDArray[np.float32]:
    """Return a comb of cells (224, 224, 3): three waves at 60° to each other."""
    y, x = np.mgrid[:224, :224]
    waves = sum(np.cos(2 * np.pi / 36 * (np.cos(turn) * x + np.sin(turn) * y)) for turn in np.pi / 3 * np.arange(3))
    return np.asarray(np.clip(0.5 + 0.3 * waves, 0, 1)[..., None] * [0.9, 0.6, 0.1], np.float32)


@pytest.mark.parametrize(
    ("kind", "cat_first"), [("gradcam", True), ("gradcam", False), ("cam", True), ("cam", False), ("occlusion", True)]
)
def test_each_class_is_found_in_its_own_half(kind: str, cat_first: bool, lite0: Any, photo: Any) -> None:
    cat = cv2.resize(photo, (224, 224), interpolation=cv2.INTER_AREA)
    both = np.concatenate([cat, _honeycomb()][:: 1 if cat_first else -1], axis=1)
    for target, left in ((CAT, cat_first), (HONEYCOMB, not cat_first)):
        squares = {"patch": 56, "stride": 28} if kind == "occlusion" else {}
        found = getattr(explain, kind)(lite0, both, target, fit="pad", **squares)
        column = np.unravel_index(found.argmax(), found.shape)[1]
        assert (column < 224) == left
        halves = np.maximum(found, 0).reshape(224, 2, 224).sum((0, 2))
        assert (halves[0] > halves[1]) == left
