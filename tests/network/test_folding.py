"""Folded networks equal their originals, and so do their gradients."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from zoomdream.network.backend import Convolution, compile_frozen, value_and_gradient
from zoomdream.network.catalogue import load_network
from zoomdream.network.network import Network


def _relative(found: Any, expected: Any) -> float:
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    return float(np.abs(found - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize(
    ("name", "layer", "norms"),
    [
        ("efficientnet-lite0", "block14", 49),
        ("resnet50", "conv5_block3_out", 53),
        ("mobilenet_v2", "block_16_project_BN", 52),
        ("inception_v3", "mixed10", 94),
        ("xception", "block14_sepconv2_act", 40),
    ],
)
def test_a_folded_network_equals_the_original(trained: Any, name: str, layer: str, norms: int) -> None:
    loaded = load_network(name, weights="random")
    network = replace(loaded, model=trained(loaded.model))
    image = np.random.default_rng(0).random((1, 96, 112, 3), np.float32)
    wanted = {layer, "class"}
    folded = network.activations(image, wanted)
    plain = replace(network, fold=False).activations(image, wanted)
    assert network.folded == norms
    for key in wanted:
        assert _relative(folded[key], plain[key]) < 1e-4
    unfolded_norms = loaded.activations(image, {layer})[layer]  # folded before the norms were trained
    assert _relative(unfolded_norms, plain[layer]) > 1e-2


CONVOLUTIONS: dict[str, tuple[Callable[[], Any], bool]] = {
    "plain": (lambda: layers.Conv2D(6, 3, padding="same"), True),
    "stride 2": (lambda: layers.Conv2D(6, 3, strides=2, padding="same"), True),
    "even kernel": (lambda: layers.Conv2D(6, 4, padding="same"), True),
    "odd and even": (lambda: layers.Conv2D(6, (3, 2), padding="same"), True),
    "valid": (lambda: layers.Conv2D(6, 3, padding="valid"), True),
    "1x1 valid": (lambda: layers.Conv2D(6, 1, padding="valid"), True),
    "no bias": (lambda: layers.Conv2D(6, 5, padding="same", use_bias=False), True),
    "dilated": (lambda: layers.Conv2D(6, 3, padding="same", dilation_rate=2), True),
    "dilated valid": (lambda: layers.Conv2D(6, (2, 3), padding="valid", dilation_rate=(2, 3)), True),
    "dilated depthwise": (lambda: layers.DepthwiseConv2D(3, padding="same", dilation_rate=2), True),
    "grouped, dilated": (lambda: layers.Conv2D(9, 3, padding="same", groups=3, dilation_rate=2), True),
    "grouped": (lambda: layers.Conv2D(6, 3, padding="same", groups=3), True),
    "as many groups as channels": (lambda: layers.Conv2D(12, 3, padding="same", groups=6), True),
    "activation": (lambda: layers.Conv2D(6, 3, padding="same", activation="tanh"), False),
    "depthwise": (lambda: layers.DepthwiseConv2D(3, padding="same"), True),
    "depthwise stride 2": (lambda: layers.DepthwiseConv2D(5, strides=2, padding="same"), True),
    "depthwise valid": (lambda: layers.DepthwiseConv2D(3, padding="valid", use_bias=False), True),
    "depth multiplier 2": (lambda: layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2), True),
    "separable": (lambda: layers.SeparableConv2D(7, 3, padding="same"), True),
    "separable stride 2": (lambda: layers.SeparableConv2D(7, 3, strides=2, padding="valid", depth_multiplier=2), True),
    "transposed": (lambda: layers.Conv2DTranspose(6, 3, strides=2, padding="same"), False),
}


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("kernel", [1, 2, 3, (4, 5), 7])
def test_the_gradient_of_a_first_convolution_with_stride_2(kernel: Any, padding: str) -> None:
    random = np.random.default_rng(0)
    layer = layers.Conv2D(5, kernel, strides=2, padding=padding)
    layer.build((None, None, None, 3))
    ours = Convolution(np.asarray(layer.kernel), None, (2, 2), padding, (1, 1), depthwise=False)
    for size in ((8, 8), (9, 10), (12, 13), (7, 7)):  # even and odd: what "same" pads depends on it
        picture = ops.convert_to_tensor(random.normal(size=(2, *size, 3)).astype("float32"))
        value, gradient = value_and_gradient(lambda x: ops.sum(ours(x) ** 2), picture)
        expected_value, expected = value_and_gradient(lambda x: ops.sum(layer(x) ** 2), picture)
        assert float(value) == pytest.approx(float(expected_value), rel=1e-5)
        assert _relative(gradient, expected) < 1e-5


@pytest.mark.parametrize("kind", CONVOLUTIONS)
def test_values_and_gradients_of_a_folded_convolution(kind: str, small: Any, network: Any, picture: Any) -> None:
    make, folds = CONVOLUTIONS[kind]
    model = small(layers.Conv2D(6, 1), make(), layers.BatchNormalization(), layers.Activation("tanh", name="end"))
    folded, plain = network(model), network(model, fold=False)
    assert folded.folded == int(folds)

    def up(which: Network) -> tuple[Any, Any]:
        x = ops.convert_to_tensor(picture)
        value, gradient = value_and_gradient(lambda image: ops.sum(which.activations(image, {"end"})["end"] ** 2), x)
        return value, gradient

    (value, gradient), (expected_value, expected) = up(folded), up(plain)
    keras_value, keras_gradient = value_and_gradient(lambda x: ops.sum(model(x) ** 2), ops.convert_to_tensor(picture))
    assert _relative(value, expected_value) < 1e-5
    assert _relative(gradient, expected) < 1e-5
    assert _relative(value, keras_value) < 1e-5
    assert _relative(gradient, keras_gradient) < 1e-5
    assert np.abs(np.asarray(gradient)).max() > 0


POOLED: dict[str, tuple[Any, Any, bool]] = {
    "fewer channels": (lambda: layers.AveragePooling2D(3, 1, "same"), lambda: layers.Conv2D(4, 1), True),
    "valid": (lambda: layers.AveragePooling2D((2, 3), 1), lambda: layers.Conv2D(4, 1), True),
    "more channels": (lambda: layers.AveragePooling2D(3, 1, "same"), lambda: layers.Conv2D(8, 1), False),
    "stride": (lambda: layers.AveragePooling2D(2), lambda: layers.Conv2D(4, 1), False),
    "wide kernel": (lambda: layers.AveragePooling2D(3, 1, "same"), lambda: layers.Conv2D(4, 3, padding="same"), False),
    "maximum": (lambda: layers.MaxPooling2D(3, 1, "same"), lambda: layers.Conv2D(4, 1), False),
    "depthwise": (lambda: layers.AveragePooling2D(3, 1, "same"), lambda: layers.DepthwiseConv2D(1), False),
    "with activation": (
        lambda: layers.AveragePooling2D(3, 1, "same"),
        lambda: layers.Conv2D(4, 1, activation="relu"),
        True,
    ),
}


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("kind", POOLED)
def test_an_average_is_taken_of_as_few_channels_as_can_be(
    kind: str, norm: bool, small: Any, network: Any, picture: Any
) -> None:
    pool, mix, postponed = POOLED[kind]
    ends = [*([layers.BatchNormalization(name="norm")] if norm else []), layers.Activation("tanh", name="end")]
    parts = [layers.Conv2D(6, 3, name="first"), pool(), mix(), *ends]
    parts[1].name, parts[2].name = "pool", "mix"
    model = small(*parts)
    for weight in model.weights:
        if "bias" in weight.path:
            weight.assign(np.linspace(-1, 1, weight.shape[0]))
    folded, plain = network(model), network(model, fold=False)
    assert bool(folded._stand_ins.postponed) == postponed
    seen = ops.convert_to_tensor(picture)

    def up(which: Network, wanted: set[str]) -> Any:
        squares = lambda x: sum(ops.sum(y**2) for y in which.activations(x, wanted).values())  # noqa: E731
        return value_and_gradient(squares, seen)[1]

    for wanted in ({"end"}, {"pool", "end"}, {"mix", "end"}, {"pool"}, {"first", "pool", "mix", "end"}):
        found, expected = folded.activations(seen, wanted), plain.activations(seen, wanted)
        assert all(_relative(found[layer], expected[layer]) < 1e-5 for layer in wanted)
        assert _relative(up(folded, wanted), up(plain, wanted)) < 1e-5
    if "pool" in folded.channels and folded.is_gate("pool", {"end"}):
        before = plain.activations(seen, {"pool", "end"})
        assert _relative(folded.onward(before["pool"], "pool", {"end"})["end"], before["end"]) < 1e-5


def test_an_average_in_half_precision_stays_where_it_is(small: Any, network: Any) -> None:
    model = small(layers.Conv2D(6, 1), layers.AveragePooling2D(3, 1, "same", dtype="float16"), layers.Conv2D(4, 1))
    assert not network(model)._stand_ins.postponed


@pytest.mark.parametrize("again", ["read", "called"])
def test_an_average_that_is_taken_for_others_too_stays_where_it_is(again: str, network: Any, picture: Any) -> None:
    image = keras.Input((None, None, 3))
    pool = layers.AveragePooling2D(3, 1, "same")
    pooled = pool(layers.Conv2D(6, 3, padding="same")(image))
    mixed = layers.Conv2D(4, 1)(pool(pooled) if again == "called" else pooled)
    model = keras.Model(image, layers.Concatenate(name="end")([mixed, pooled] if again == "read" else [mixed]))
    assert not network(model)._stand_ins.postponed
    found = [network(model, fold=fold).activations(picture, {"end"})["end"] for fold in (True, False)]
    assert _relative(*found) < 1e-5


@pytest.mark.parametrize(
    "kind", ["plain", "stride 2", "grouped", "grouped, dilated", "depth multiplier 2", "separable"]
)
def test_the_compiled_frozen_gradient_equals_the_eager_one(kind: str, small: Any, network: Any, picture: Any) -> None:
    model = small(
        layers.Conv2D(6, 1), CONVOLUTIONS[kind][0](), layers.BatchNormalization(), layers.ReLU(6.0, name="end")
    )
    which = network(model)

    def step(image: Any) -> list[Any]:
        return list(value_and_gradient(lambda x: ops.mean(which.activations(x, {"end"})["end"] ** 2), image))

    value, gradient = compile_frozen(step, {"image": (1, None, None, 3)})(image=picture)
    eager_value, eager = step(ops.convert_to_tensor(picture))
    assert _relative(value, eager_value) < 1e-5
    assert _relative(gradient, eager) < 1e-5


def test_the_gradient_agrees_with_finite_differences(small: Any, network: Any, picture: Any) -> None:
    model = small(
        layers.Conv2D(6, 3, strides=2, padding="same"),
        layers.BatchNormalization(),
        layers.Activation("tanh"),
        layers.DepthwiseConv2D(3, padding="same"),
        layers.BatchNormalization(name="end"),
    )
    which = network(model)
    direction = np.random.default_rng(4).standard_normal(picture.shape).astype(np.float32)

    def value(x: Any) -> Any:
        return ops.mean(which.activations(x, {"end"})["end"] ** 2)

    _, gradient = value_and_gradient(value, ops.convert_to_tensor(picture))
    step = 1e-2
    rise = (float(value(picture + step * direction)) - float(value(picture - step * direction))) / (2 * step)
    assert rise == pytest.approx(float((np.asarray(gradient) * direction).sum()), rel=0.01)


def test_weights_are_frozen_when_compiled(small: Any, network: Any, picture: Any) -> None:
    model = small(layers.Conv2D(4, 3, name="one"), layers.Dense(3, name="two"), name="changed")
    which = network(model)
    run = compile_frozen(lambda image: [which.activations(image, {"two"})["two"]], {"image": (1, None, None, 3)})
    before = run(image=picture)[0]
    for layer in model.layers:
        layer.set_weights([weight * 2 for weight in layer.get_weights()])
    assert np.array_equal(run(image=picture)[0], before)


def test_a_norm_is_not_folded_where_others_see_the_convolution(network: Any, trained: Any, picture: Any) -> None:
    image = keras.Input((None, None, 3))
    seen = layers.Conv2D(4, 3, name="seen_conv")(image)
    norm = layers.BatchNormalization(name="seen_norm")(seen)
    read_twice = layers.Add(name="sum")([seen, norm])
    shared = layers.Conv2D(4, 3, padding="same", name="shared_conv")
    shared_norm = layers.BatchNormalization(name="norm")
    once = shared_norm(shared(read_twice))
    twice = shared_norm(shared(once))
    end = layers.Conv2D(4, 1, name="end_conv")(twice)
    tail = layers.BatchNormalization(name="end")(end)
    model = trained(keras.Model(image, [tail, end], name="knotted"))
    which = network(model)
    assert which.folded == 0
    found = which.activations(picture, {"end", "end_conv", "sum"})
    expected, expected_conv = model(picture)
    assert _relative(found["end"], expected) < 1e-5
    assert _relative(found["end_conv"], expected_conv) < 1e-5


def test_a_convolution_shared_with_a_nested_model_is_not_folded(network: Any, trained: Any, picture: Any) -> None:
    convolution, norm = layers.Conv2D(3, 3, padding="same", name="conv"), layers.BatchNormalization(name="norm")
    inside = keras.Input((None, None, 3))
    inner = keras.Model(inside, norm(convolution(inside)), name="inner")
    image = keras.Input((None, None, 3))
    model = trained(keras.Model(image, layers.ReLU(name="end")(convolution(inner(image))), name="outer"))
    assert network(model).folded == 0
    assert _relative(network(model).activations(picture, {"end"})["end"], model(picture)) < 1e-5


def test_a_convolution_asked_for_by_name_is_seen_before_its_norm(small: Any, network: Any, picture: Any) -> None:
    convolution = layers.Conv2D(4, 3, name="conv")
    model = small(convolution, layers.BatchNormalization(name="norm"), layers.ReLU(name="end"))
    found = network(model).activations(picture, {"conv", "norm", "end"})
    assert _relative(found["conv"], convolution(picture)) < 1e-6
    assert _relative(found["end"], model(picture)) < 1e-5
    alone = network(model).activations(picture, {"norm"})["norm"]
    assert _relative(alone, found["norm"]) < 1e-5


def test_half_precision_layers_are_left_as_they_are(network: Any, trained: Any, picture: Any) -> None:
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, dtype="mixed_float16")(image)
    x = layers.BatchNormalization(dtype="mixed_float16", name="end")(x)
    which = network(trained(keras.Model(image, x, name="half")))
    assert which.folded == 0
    assert which.activations(picture, {"end"})["end"].shape == (1, 38, 46, 4)
