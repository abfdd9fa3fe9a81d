"""What a map must have to do with the network and the picture: the embedded network on photographs."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_sample_image

from zoomdream.network.efficientnet_lite import efficientnet_lite0
from zoomdream.network.network import Network
from zoomdream.picture.fit import Fit, Mode
from zoomdream.still import explain
from zoomdream.still.passes import scores

CAT, DAISY, TOWER = "class:Egyptian Mau", "class:daisy", "class:bell tower"


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


def _curves(network: Network, picture: Any, target: str, order: NDArray[Any], steps: int = 8) -> tuple[float, float]:
    """Return the mean probability of a class while places are blurred, and while they appear from the blur."""
    blurred, rank = cv2.GaussianBlur(picture, (0, 0), 20), _ranks(-order).reshape(order.shape)
    shares = np.linspace(0, 1, steps)[:, None, None, None]
    first = rank[None, ..., None] < shares * rank.size
    index = network.labels.index(target.removeprefix("class:"))
    means = []
    for pictures in (np.where(first, blurred, picture), np.where(first, picture, blurred)):
        logits = scores(network, pictures.astype(np.float32), "class").astype(np.float64)
        powers = np.exp(logits - logits.max(1, keepdims=True))
        means.append(float((powers / powers.sum(1, keepdims=True))[:, index].mean()))
    return means[0], means[1]


@pytest.fixture(scope="module")
def photographs(photo: Any) -> Mapping[str, Any]:
    """Return photographs by what the embedded network takes them for."""
    others = ((DAISY, "flower.jpg"), (TOWER, "china.jpg"))
    return {CAT: photo, **{target: np.float32(load_sample_image(name)) / 255 for target, name in others}}


@pytest.mark.parametrize(("target", "fit"), [(CAT, "pad"), (DAISY, "crop"), (TOWER, "pad")])
def test_what_a_map_shows_first_counts_most(target: str, fit: Mode, lite0: Any, photographs: Any) -> None:
    """Deletion and insertion curves (Petsiuk et al., 2018) beat random orders as smooth as the maps."""
    picture = Fit(photographs[target].shape[:2], lite0.size, fit).to(photographs[target])
    grain = np.random.default_rng(0).random((4, *lite0.size), np.float32)
    orders = [grain[0], *(cv2.GaussianBlur(each, (0, 0), 20) for each in grain[1:])]
    random = np.asarray([_curves(lite0, picture, target, order) for order in orders])
    gains = random[:, 1] - random[:, 0]
    for found in (explain.gradcam(lite0, picture), explain.occlusion(lite0, picture, patch=48)):
        deletion, insertion = _curves(lite0, picture, target, found)
        assert deletion < random[:, 0].mean()
        assert insertion > random[:, 1].mean()
        assert insertion - deletion > gains.max()


@pytest.mark.parametrize(
    ("kind", "cat_first", "other"),
    [
        ("gradcam", True, DAISY),
        ("gradcam", False, TOWER),
        ("cam", True, TOWER),
        ("cam", False, DAISY),
        ("occlusion", True, TOWER),
    ],
)
def test_each_class_is_found_in_its_own_half(
    kind: str, cat_first: bool, other: str, lite0: Any, photographs: Any
) -> None:
    both = [cv2.resize(photographs[target], (224, 224), interpolation=cv2.INTER_AREA) for target in (CAT, other)]
    row = np.concatenate(both[:: 1 if cat_first else -1], axis=1)
    for target, left in ((CAT, cat_first), (other, not cat_first)):
        squares = {"patch": 56} if kind == "occlusion" else {}
        found = getattr(explain, kind)(lite0, row, target, fit="pad", **squares)
        column = np.unravel_index(found.argmax(), found.shape)[1]
        assert (column < 224) == left
        halves = np.maximum(found, 0).reshape(224, 2, 224).sum((0, 2))
        assert (halves[0] > halves[1]) == left
