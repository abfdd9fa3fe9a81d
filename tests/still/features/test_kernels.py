"""Filters and feature maps are what is in the network."""

from dataclasses import replace

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.network.inputs import input_range
from zoomdream.still.features.feature_maps import activations
from zoomdream.still.features.kernels import filters, strength


def test_the_first_filters_are_in_colour(tiny):
    found = filters(tiny)
    assert (found.layer, found.colours) == ("one", True)
    kernel = np.asarray(tiny.model.get_layer("one").kernel)
    np.testing.assert_allclose(found.kernels, kernel.transpose(3, 0, 1, 2), rtol=1e-6)
    np.testing.assert_allclose(strength(found.kernels), np.sqrt((kernel**2).sum((0, 1, 2))), rtol=1e-5)


def test_colours_are_red_green_and_blue_whatever_the_network_reads(tiny):
    plain = filters(tiny).kernels
    np.testing.assert_allclose(filters(replace(tiny, input_range=input_range("caffe"))).kernels, 255 * plain[..., ::-1])
    torch = filters(replace(tiny, input_range=input_range("torch"))).kernels
    np.testing.assert_allclose(torch, plain / np.asarray([0.229, 0.224, 0.225], np.float32), rtol=1e-5)


def test_a_convolution_is_found_behind_its_norm_and_activation(tiny):
    for name in ("two", "two_norm", "two_conv"):
        found = filters(tiny, name)
        assert (found.layer, found.colours, found.kernels.shape) == ("two_conv", False, (12, 3, 3, 8))


def test_filters_of_nested_models(twins):
    nested, flat = twins
    np.testing.assert_array_equal(filters(nested, "act").kernels, filters(flat, "act").kernels)
    assert filters(nested, "act").layer == "base/low"
    assert filters(nested).colours
    assert not filters(nested, "top").colours


def test_channels_that_are_read_one_by_one(network):
    import keras
    from keras import layers

    given = keras.Input((12, 12, 3))
    spread = layers.DepthwiseConv2D(3, depth_multiplier=2, name="spread")(layers.Rescaling(2, -1)(given))
    mixed = layers.Conv2DTranspose(5, (2, 4), name="grown")(layers.SeparableConv2D(4, 3, name="apart")(spread))
    model = keras.Model(given, mixed, name="kinds")
    made = network(model)
    found = filters(made)
    assert (found.layer, found.kernels.shape, found.colours) == ("spread", (6, 3, 3, 1), False)
    np.testing.assert_array_equal(found.kernels[3, ..., 0], np.asarray(model.get_layer("spread").kernel)[..., 1, 1])
    assert filters(made, "apart").kernels.shape == (6, 3, 3, 1)
    grown = filters(made, "grown")
    assert grown.kernels.shape == (5, 2, 4, 4)
    np.testing.assert_array_equal(grown.kernels[3, ..., 2], np.asarray(model.get_layer("grown").kernel)[:, :, 3, 2])


def test_units_are_no_layer_between_the_picture_and_its_filters(network):
    import keras
    from keras import layers

    given = keras.Input((12, 12, 3))
    model = keras.Model(
        given, layers.Conv2D(4, 3)(layers.ZeroPadding2D(1)(layers.Rescaling(2, -1)(given))), name="units"
    )
    assert filters(network(model)).colours


@pytest.mark.parametrize(
    ("layer", "said"),
    [("pool", "has no kernels of its own: name a convolution, such as 'one'"), ("twoo", "did you mean")],
)
def test_a_layer_without_kernels_is_refused(tiny, layer, said):
    with pytest.raises(BadInput, match=said):
        filters(tiny, layer)


def test_a_network_without_kernels_is_refused(network):
    import keras

    given = keras.Input((8, 8, 3))
    model = keras.Model(given, keras.layers.MaxPooling2D()(given), name="pools")
    with pytest.raises(BadInput, match="has no convolution"):
        filters(network(model))


def test_feature_maps_are_the_activations(small, photo):
    picture = photo[:32, :32]
    found = activations(small, picture, "two")
    np.testing.assert_allclose(
        found, np.asarray(small.activations(picture[None], {"two"})["two"])[0], rtol=1e-4, atol=1e-5
    )
    assert found.dtype == np.float32
    assert activations(small, photo, "one", fit="pad").shape == (16, 16, 8)


@pytest.mark.parametrize(("layer", "said"), [("pool", "no rows and columns"), ("onee", "did you mean 'one'")])
def test_feature_maps_of_a_layer_without_places_are_refused(small, photo, layer, said):
    with pytest.raises(BadInput, match=said):
        activations(small, photo, layer)
