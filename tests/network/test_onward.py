"""A network goes on from a layer that everything comes through, and gets where it would have got from the picture."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from zoomdream.network.catalogue import load_network


def _goes_on(network: Any, after: str, wanted: set[str], picture: Any) -> None:
    assert network.is_gate(after, wanted)
    whole = network.activations(ops.convert_to_tensor(picture), {after, *wanted})
    found = network.onward(whole[after], after, wanted)
    assert found.keys() == wanted
    for layer in wanted:
        np.testing.assert_allclose(found[layer], whole[layer], atol=1e-5 * np.abs(whole[layer]).max())


@pytest.mark.parametrize(
    ("name", "after", "wanted"),
    [
        ("efficientnet-lite0", "stem", {"block2"}),
        ("efficientnet-lite0", "block3", {"block4_depthwise", "block4", "block6"}),
        ("efficientnet-lite0", "block9", {"block10_expand", "class"}),
        ("efficientnet-lite0", "block15", {"class"}),
        ("resnet50", "conv2_block3_out", {"conv3_block1_2_relu", "conv3_block4_out"}),
        ("inception_v3", "mixed0", {"mixed1", "mixed3"}),
        ("mobilenet_v2", "block_2_add", {"block_4_project_BN"}),
    ],
)
def test_known_networks_go_on(name: str, after: str, wanted: set[str]) -> None:
    network = load_network(name, weights=None if name == "efficientnet-lite0" else "random")
    _goes_on(network, after, wanted, np.random.default_rng(2).random((1, 96, 112, 3), np.float32))


def test_what_something_goes_past_is_no_pass(lite0: Any) -> None:
    for inside in ("block9_expand", "block9_depthwise", "block9_project"):
        assert not lite0.is_gate(inside, {"block9"})  # the sum reads block8 too
        assert not lite0.is_gate(inside, {"block10"})
    assert lite0.is_gate("block9_expand", {"block9_depthwise", "block9_project"})
    assert lite0.is_gate("block8_expand", {"block8", "block9"})  # a block with another width than the one before it


def test_what_comes_first_or_at_once_is_not_behind(lite0: Any) -> None:
    assert not lite0.is_gate("block9", {"block8", "block10"})
    assert not lite0.is_gate("block9", {"block9"})
    assert not lite0.is_gate("block9", {"block9", "block10"})
    assert not lite0.is_gate("block9", {"image", "block10"})
    assert not lite0.is_gate("image", {"block9"})
    assert not lite0.is_gate("class", {"class"})


def test_a_picture_that_is_read_again_later_goes_past(network: Any, picture: Any) -> None:
    image = keras.Input((None, None, 3))
    first = layers.Conv2D(4, 3, padding="same", name="first")(image)
    both = layers.Concatenate(name="both")([first, image])
    found = network(keras.Model(image, layers.Conv2D(5, 3, name="last")(both)))
    assert not found.is_gate("first", {"last"})
    _goes_on(found, "both", {"last"}, picture)


def test_a_layer_that_is_called_again_goes_past_itself(network: Any) -> None:
    image = keras.Input((None, None, 3))
    shared = layers.Conv2D(3, 3, name="shared")
    end = layers.Add(name="end")([shared(shared(image)), layers.Conv2D(3, 5, name="aside")(image)])
    assert not network(keras.Model(image, end)).is_gate("shared", {"end"})


def test_nested_models(network: Any, small: Any, picture: Any) -> None:
    inner = small(layers.Conv2D(4, 3, name="conv"), layers.BatchNormalization(name="norm"), name="inner")
    image = keras.Input((None, None, 3))
    outer = keras.Model(image, layers.Conv2D(5, 3, name="last")(inner(layers.ReLU(name="first")(image))), name="outer")
    found = network(outer)
    _goes_on(found, "first", {"norm", "last"}, picture)
    _goes_on(found, "norm", {"last"}, picture)
    _goes_on(found, "conv", {"norm", "last"}, picture)  # asked for, so its norm is a layer of its own
    assert not found.is_gate("inner", {"last"})


def test_depth_is_the_order_of_layers(lite0: Any) -> None:
    layers_in_order = ["image", "stem", "block0", "block9_expand", "block9", "head", "class"]
    depths = [lite0.depth(layer) for layer in layers_in_order]
    assert depths == sorted(set(depths))


def _split(image: Any, before: bool) -> Any:
    """Return a model that shuffles channels, before or behind the layer ``middle``."""

    def shuffled(x: Any) -> Any:
        one, two = ops.split(layers.Conv2D(8, 3, padding="same")(x), 2, axis=-1)
        return layers.Concatenate()([two, layers.ReLU()(one)])

    x = layers.Conv2D(6, 3, padding="same", name="first")(image)
    x = layers.Conv2D(6, 3, padding="same", name="middle")(shuffled(x) if before else x)
    return keras.Model(image, layers.Conv2D(5, 3, name="last")(x if before else shuffled(x)))


@pytest.mark.parametrize("before", [True, False])
def test_an_operation_with_several_outputs(network: Any, picture: Any, before: bool) -> None:
    found = network(_split(keras.Input((None, None, 3)), before))
    _goes_on(found, "middle", {"last"}, picture)
    _goes_on(found, "first", {"last", "middle"}, picture)


def test_a_second_output_that_goes_past(network: Any) -> None:
    image = keras.Input((None, None, 3))
    one, two = ops.split(layers.Conv2D(8, 3, padding="same")(image), 2, axis=-1)
    beside = layers.Concatenate(name="both")([layers.Conv2D(4, 3, padding="same", name="one")(one), two])
    assert not network(keras.Model(image, beside)).is_gate("one", {"both"})


def test_a_head_that_is_called_class(network: Any) -> None:
    image = keras.Input((32, 32, 3))
    x = layers.Flatten()(layers.Conv2D(4, 3, name="conv")(image))
    found = network(keras.Model(image, layers.Dense(3, name="class")(x)))
    assert found.depth("class") > found.depth("conv")
    assert not found.narrow({"conv", "class"})
    assert found.is_gate("conv", {"class"})


def test_only_what_leads_there_is_run(network: Any, small: Any, picture: Any) -> None:
    seen: list[str] = []

    class Told(layers.Layer):
        def call(self, x: Any) -> Any:
            seen.append(self.name)
            return x

    inner = small(layers.Conv2D(3, 1), Told(name="within"), name="inner")
    image = keras.Input((None, None, 3))
    fork = layers.Conv2D(3, 3, name="fork")(image)
    ends = [Told(name="one")(fork), Told(name="two")(fork), inner(fork)]
    found = network(keras.Model(image, layers.Concatenate(name="joined")(ends)))
    activations = found.activations(ops.convert_to_tensor(picture), {"fork", "joined"})
    for wanted, run in (({"one"}, ["one"]), ({"inner/within"}, ["within"]), ({"joined"}, ["one", "two", "within"])):
        seen.clear()
        found.onward(activations["fork"], "fork", wanted)
        assert sorted(seen) == run
