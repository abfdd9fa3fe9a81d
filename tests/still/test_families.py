"""Stills of networks of keras.applications, their weights random: heads, sizes and the layers that maps are made of."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.network.catalogue import load_network
from zoomdream.picture.fit import Fit
from zoomdream.still import explain
from zoomdream.still.class_maps import default_layer
from zoomdream.still.passes import gradients, scores

# Where Grad-CAM looks, and how many rows and columns that has.
USUAL = {
    "mobilenet_v2": ("out_relu", 7),
    "resnet50": ("conv5_block3_out", 7),
    "vgg16": ("block5_conv3", 14),
}


@pytest.fixture(scope="module", params=USUAL)
def network(request: Any) -> Iterator[Any]:
    yield load_network(request.param, weights="random")


def test_maps_of_known_networks(network: Any, photo: Any) -> None:
    layer, side = USUAL[network.name]
    assert default_layer(network, "class") == layer
    assert network.model.get_layer(layer).output.shape[1:3] == (side, side)
    fine, coarse = explain.saliency(network, photo, 7), explain.gradcam(network, photo, 7, relu=False)
    for found in (fine, coarse):
        assert found.shape == photo.shape[:2]
        assert np.isfinite(found).all()
        assert not found[:, :75].any()
        assert np.unique(found[:, 100:350]).size > side * side


def test_their_gradients_are_slopes_of_their_scores(network: Any, photo: Any) -> None:
    """A small step along the gradient raises the score by its squared length."""
    picture = Fit(photo.shape[:2], network.size).to(photo)[None]
    rows = np.eye(1, network.classes, 7, dtype=np.float32)
    _, down = gradients(network, picture, "class", rows)
    step = 1e-3 * down / np.abs(down).max()
    ends = np.concatenate([picture + step, picture - step])
    high, low = scores(network, ends, "class")[:, 7].astype(np.float64)
    assert np.isclose(high - low, 2 * np.vdot(step, down), rtol=0.05)


@pytest.mark.parametrize("network", ["mobilenet_v2", "resnet50"], indirect=True)
def test_class_maps_where_the_head_pools(network: Any, photo: Any) -> None:
    found, slope = explain.cam(network, photo, 7), explain.gradcam(network, photo, 7, relu=False)
    assert np.abs(found).max() > 0
    assert np.allclose(found, slope * 49, rtol=1e-3, atol=1e-4 * np.abs(found).max())


@pytest.mark.parametrize("network", ["vgg16"], indirect=True)
def test_a_head_of_dense_layers_is_guided_and_has_no_class_map(network: Any, photo: Any) -> None:
    found, fine = explain.guided(network, photo, 7), explain.saliency(network, photo, 7)
    assert found.shape == photo.shape
    assert np.abs(found).max() > 0
    assert not np.allclose(np.abs(found).max(-1), fine)
    with pytest.raises(BadInput, match=r"in vgg16 fc2 \(Dense\) comes before its classes"):
        explain.cam(network, photo, 7)


def test_a_network_of_hard_swishes_is_refused_where_it_must(photo: Any) -> None:
    network = load_network("mobilenet_v3_small", weights="random")
    assert explain.gradcam(network, photo, 7).shape == photo.shape[:2]
    with pytest.raises(BadInput, match=r"in mobilenet_v3_small .* \(Activation\) comes before its classes"):
        explain.cam(network, photo, 7)
    with pytest.raises(BadInput, match=r"not for the hard_silu of activation"):
        explain.guided(network, photo, 7)
