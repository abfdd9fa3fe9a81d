"""Some channels alone are those of the whole layer, and no more than these are computed."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from zoomdream.network.backend import Convolution, value_and_gradient
from zoomdream.network.catalogue import load_network
from zoomdream.network.narrowing import Branches

NUMBERS = np.array([3, 1, 1, 0], np.int32)


def _both(network: Any, layer: str, picture: Any) -> list[tuple[Any, Any]]:
    """Return (activations, gradient of their square) of some channels, taken from all and computed alone."""
    pictures = ops.convert_to_tensor(picture)

    def found(alone: bool, seen: Any) -> Any:
        if alone:
            return network.activations(seen, {layer}, some={layer: NUMBERS})[layer]
        return ops.take(network.activations(seen, {layer})[layer], NUMBERS, axis=-1)

    def taken(alone: bool) -> tuple[Any, Any]:
        _, gradient = value_and_gradient(lambda seen: ops.sum(found(alone, seen) ** 2), pictures)
        return np.asarray(found(alone, pictures)), np.asarray(gradient)

    return [taken(False), taken(True)]


def _agree(network: Any, layer: str, picture: Any) -> None:
    (expected, uphill), (found, alone) = _both(network, layer, picture)
    assert found.shape == expected.shape
    assert expected.any()
    assert uphill.any()
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
    np.testing.assert_allclose(alone, uphill, atol=1e-5 * np.abs(uphill).max())


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("efficientnet-lite0", "stem"),
        ("efficientnet-lite0", "block4"),
        ("efficientnet-lite0", "block9"),
        ("efficientnet-lite0", "block9_expand"),
        ("efficientnet-lite0", "block9_project"),
        ("vgg16", "block2_conv2"),
        ("resnet50", "conv3_block4_out"),
        ("resnet50", "conv3_block2_1_relu"),
    ],
)
def test_some_channels_of_known_networks(name: str, layer: str, picture: Any) -> None:
    network = load_network(name, weights=None if name == "efficientnet-lite0" else "random")
    assert network.narrow({layer}) == {layer}
    _agree(network, layer, picture)


CONVOLUTION = {"kernel_initializer": keras.initializers.RandomNormal(0, 0.3, seed=1), "padding": "same"}
ROWS: dict[str, tuple[Any, bool]] = {
    "convolution": (lambda: [layers.Conv2D(6, 3, **CONVOLUTION)], True),
    "no bias": (lambda: [layers.Conv2D(6, 3, use_bias=False, **CONVOLUTION)], True),
    "stride 2": (lambda: [layers.Conv2D(6, 3, strides=2, **CONVOLUTION)], True),
    "even kernel": (lambda: [layers.Conv2D(6, 4, **CONVOLUTION)], True),
    "dilated": (lambda: [layers.Conv2D(6, 3, dilation_rate=2, **CONVOLUTION)], True),
    "with activation": (lambda: [layers.Conv2D(6, 3, activation="gelu", **CONVOLUTION)], True),
    "with softmax": (lambda: [layers.Conv2D(6, 3, activation="softmax", **CONVOLUTION)], False),
    "grouped": (lambda: [layers.Conv2D(6, 3, groups=3, **CONVOLUTION)], False),
    "depthwise": (lambda: [layers.Conv2D(6, 3, **CONVOLUTION), layers.DepthwiseConv2D(3)], False),
    "separable": (lambda: [layers.SeparableConv2D(6, 3)], False),
    "norm": (lambda: [layers.Conv2D(6, 3, **CONVOLUTION), layers.BatchNormalization()], True),
    "norm and ReLU": (
        lambda: [layers.Conv2D(6, 3, **CONVOLUTION), layers.BatchNormalization(), layers.ReLU()],
        True,
    ),
    "activation layer": (lambda: [layers.Conv2D(6, 3, **CONVOLUTION), layers.Activation("tanh")], True),
    "softmax layer": (lambda: [layers.Conv2D(6, 3, **CONVOLUTION), layers.Activation("softmax")], False),
    "leaky, dropped out": (
        lambda: [layers.Conv2D(6, 3, **CONVOLUTION), layers.LeakyReLU(0.2), layers.Dropout(0.5)],
        True,
    ),
    "norm behind a ReLU": (
        lambda: [layers.Conv2D(6, 3, activation="relu", **CONVOLUTION), layers.BatchNormalization()],
        False,
    ),
    "pool": (lambda: [layers.Conv2D(6, 3, **CONVOLUTION), layers.MaxPooling2D()], False),
    "behind an average": (
        lambda: [
            layers.Conv2D(8, 3, **CONVOLUTION),
            layers.AveragePooling2D(3, 1, "same"),
            layers.Conv2D(6, 1, bias_initializer="ones", **CONVOLUTION),
            layers.ReLU(),
        ],
        True,
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_some_channels_of_layers_in_a_row(name: str, network: Any, small: Any, picture: Any) -> None:
    make, narrow = ROWS[name]
    row = make()
    found = network(small(*row))
    last = row[-1].name
    assert found.narrow({last}) == ({last} if narrow else set())
    if narrow:
        _agree(found, last, picture)


def _sum(trained: Any, width: int = 6, again: bool = False) -> Any:
    """Return a sum of a convolution's output and its input's, the input another convolution or the picture itself."""
    image = keras.Input((None, None, 3))
    first = layers.Conv2D(width, 3, activation="relu", name="first", **CONVOLUTION)(image)
    second = layers.Conv2D(6, 3, name="second", **CONVOLUTION)(first)
    second = layers.BatchNormalization(name="norm")(second)
    end = layers.Add(name="sum")([second, second if again else first])
    return trained(keras.Model(image, layers.Activation("relu", name="end")(end), name="summing"))


def test_some_channels_of_a_sum(network: Any, trained: Any, picture: Any, monkeypatch: Any) -> None:
    found = network(_sum(trained))
    for last in ("sum", "end"):
        assert found.narrow({last}) == {last}
        _agree(found, last, picture)
    given = []
    some = Convolution.some
    monkeypatch.setattr(Convolution, "some", lambda *all_: (given.append(some(*all_)), given[-1])[1])
    found.activations(ops.convert_to_tensor(picture), {"end"}, some={"end": NUMBERS})
    assert [tuple(ops.shape(y)) for y in given] == [(1, 40, 48, 4)]  # the first one is read by the second one too


def test_a_sum_that_spreads_one_channel_is_left_whole(network: Any, trained: Any) -> None:
    assert not network(_sum(trained, width=1)).narrow({"end"})


def test_what_is_read_twice_is_left_whole(network: Any, trained: Any) -> None:
    assert not network(_sum(trained, again=True)).narrow({"end"})


def test_only_the_last_layer_is_narrow(lite0: Any) -> None:
    assert lite0.narrow({"block8", "block9"}) == {"block9"}
    assert lite0.narrow({"block9", "image"}) == {"block9"}
    assert not lite0.narrow({"block9", "class"})
    assert not lite0.narrow({"image"})
    assert not lite0.narrow(set())


def test_a_convolution_that_is_asked_for_is_as_it_is(lite0: Any) -> None:
    """Its norm is then not folded into it, and it has no twin that could give some channels."""
    assert not lite0.narrow({"block9_project_conv"})
    assert not lite0.narrow({"block9_project_conv", "block9_project"})


def test_a_layer_that_is_called_twice_is_left_whole(network: Any) -> None:
    image = keras.Input((None, None, 3))
    shared = layers.Conv2D(3, 3, name="shared", **CONVOLUTION)
    assert not network(keras.Model(image, shared(shared(image)))).narrow({"shared"})


def test_inside_a_nested_model(network: Any, small: Any, picture: Any) -> None:
    inner = small(layers.Conv2D(6, 3, **CONVOLUTION), layers.ReLU(name="inside"), name="inner")
    image = keras.Input((None, None, 3))
    found = network(keras.Model(image, layers.MaxPooling2D()(inner(image)), name="outer"))
    assert found.narrow({"inside"}) == {"inside"}
    _agree(found, "inside", picture)


def test_a_layer_by_two_names_is_left_whole(network: Any, small: Any) -> None:
    """Somebody who reads it by its other name would get channels that are not those of their weights."""
    inner = small(layers.Conv2D(6, 3, name="inside", **CONVOLUTION), name="inner")
    image = keras.Input((None, None, 3))
    found = network(keras.Model(image, layers.MaxPooling2D()(inner(image)), name="outer"))
    assert found.narrow({"inner/inside"}) == {"inner/inside"}
    assert not found.narrow({"inside", "inner/inside"})


def test_some_channels_of_what_must_be_whole_are_refused(lite0: Any, picture: Any) -> None:
    with pytest.raises(ValueError, match="can be computed alone"):
        lite0.activations(ops.convert_to_tensor(picture), {"block9_depthwise"}, some={"block9_depthwise": NUMBERS})


def test_a_rectifier_is_wrapped_there_too(network: Any, small: Any, picture: Any) -> None:
    found = network(small(layers.Conv2D(6, 3, activation="relu", name="last", **CONVOLUTION)))
    seen = ops.convert_to_tensor(picture)
    doubled = found.activations(seen, {"last"}, lambda run: lambda x: 2 * run(x), {"last": NUMBERS})["last"]
    np.testing.assert_allclose(doubled, 2 * found.activations(seen, {"last"}, some={"last": NUMBERS})["last"])


def test_the_branches_of_known_networks() -> None:
    inception = load_network("inception_v3", weights="random")
    assert inception.branches("mixed5") == Branches(
        "mixed4",
        {
            "activation_40": slice(0, 192),
            "activation_43": slice(192, 384),
            "activation_48": slice(384, 576),
            "activation_49": slice(576, 768),
        },
    )
    mixed3 = inception.branches("mixed3")
    assert mixed3 == Branches(
        "mixed2",
        {"activation_26": slice(0, 384), "activation_29": slice(384, 480), "max_pooling2d_2": slice(480, 768)},
    )
    assert all(inception.branches(layer) is None for layer in ("activation_40", "image", "class"))
    assert inception.branches("mixed9_0") is None  # other branches go past the layer at which its own part


def _branching(name: str) -> Any:
    """Return a model whose last layer joins two convolutions, or others that cannot be told apart."""
    image = keras.Input((None, None, 3))
    before = layers.Conv2D(4, 3, name="before", **CONVOLUTION)(image)
    other = image if name == "past the fork" else before
    one = layers.Conv2D(5, 3, name="one", **CONVOLUTION)(before)
    inner = layers.Conv2D(4, 3, name="inner", **CONVOLUTION)(one if name == "one behind the other" else other)
    two = layers.ReLU(name="two")(inner)
    ends = {"twice the same": [two, two], "a third that shares": [one, two, layers.ReLU(name="three")(inner)]}
    joined = layers.Concatenate(axis=1 if name == "rows" else -1, name="joined")(
        ends.get(name, [two, layers.Conv2D(4, 3, name="four", **CONVOLUTION)(before)] if name == "rows" else [one, two])
    )
    end = layers.Concatenate(name="end")([joined, one]) if name == "read again" else joined
    return keras.Model(image, end)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("two", True),
        ("past the fork", False),
        ("one behind the other", False),
        ("twice the same", False),
        ("a third that shares", False),
        ("rows", False),
        ("read again", False),
    ],
)
def test_where_branches_can_be_told_apart(network: Any, name: str, parts: bool) -> None:
    found = network(_branching(name)).branches("joined")
    assert found == (Branches("before", {"one": slice(0, 5), "two": slice(5, 9)}) if parts else None)


def test_branches_that_part_at_two_layers(network: Any) -> None:
    image = keras.Input((None, None, 3))
    one, two = (layers.Conv2D(4, 3, name=name, **CONVOLUTION)(image) for name in ("one", "two"))
    ends = [layers.Add()([one, two]), layers.Multiply()([one, two])]
    assert network(keras.Model(image, layers.Concatenate(name="joined")(ends))).branches("joined") is None


def test_the_branches_of_a_model_that_is_nested_in_two(network: Any) -> None:
    width = keras.Input((None, None, 3))
    fork = layers.Conv2D(3, 3, name="fork", **CONVOLUTION)(width)
    ends = [layers.Conv2D(count, 3, name=name, **CONVOLUTION)(fork) for name, count in (("one", 1), ("two", 2))]
    shared = keras.Model(width, layers.Concatenate(name="joined")(ends), name="shared")

    def around(name: str) -> Any:
        image = keras.Input((None, None, 3))
        return keras.Model(image, layers.ReLU()(shared(image)), name=name)

    image = keras.Input((None, None, 3))
    found = network(keras.Model(image, around("second")(around("first")(image)))).branches("first/shared/joined")
    ends_of_it = {"first/shared/one": slice(0, 1), "first/shared/two": slice(1, 3)}
    assert found is None or found == Branches("first/shared/fork", ends_of_it)
