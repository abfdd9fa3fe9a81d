"""Rectifiers: every way to write a ReLU is found, and what is none is refused by name."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import activations, layers, ops

from zoomdream.errors import BadInput
from zoomdream.network.backend import guided, value_and_gradient
from zoomdream.network.rectifiers import around

KERNEL = np.asarray([[4, -4], [0, 8], [-8, 0]], np.float32)
SHARES = np.asarray([[[1, 2], [-1, 3]], [[2, -2], [1, -1]]], np.float32)
PICTURE = np.asarray([[[[1, 0, 0], [0.25, 1, 0]], [[0, 0.25, 1], [1, 1, 0.25]]]], np.float32)
SEEN = PICTURE[0] @ KERNEL  # [[4 -4, 1 7], [-8 2, 2 4]]

Act = Callable[[Any], Any]


@pytest.fixture(autouse=True)
def _same_weights_every_time() -> None:
    keras.utils.set_random_seed(0)


def _as(values: Any) -> Callable[..., Any]:
    return lambda shape, dtype=None: np.asarray(values, np.float32).reshape(shape)


def _mix(**more: Any) -> Any:
    return layers.Conv2D(2, 1, use_bias=False, kernel_initializer=_as(KERNEL), name="mix", **more)


def _within(kind: Any, weights: Any = KERNEL, **more: Any) -> Act:
    return kind(2, 1, use_bias=False, kernel_initializer=_as(weights), name="mix", **more)


def _then(act: Act) -> Act:
    return lambda x: act(_mix()(x))


def _separable(**more: Any) -> Any:
    start = {"depthwise_initializer": "ones", "pointwise_initializer": _as(KERNEL)}
    return layers.SeparableConv2D(2, 1, use_bias=False, name="mix", **start, **more)


RELUS: dict[str, Act] = {
    "layer": _then(lambda x: layers.ReLU()(x)),
    "activation layer": _then(lambda x: layers.Activation("relu")(x)),
    "activation layer of a layer": _then(lambda x: layers.Activation(layers.ReLU())(x)),
    "activation layer of an operation": _then(lambda x: layers.Activation(ops.relu)(x)),
    "operation": _then(ops.relu),
    "function": _then(activations.relu),
    "in a convolution": lambda x: _within(layers.Conv2D, activation="relu")(x),
    "in a convolution, as a layer": lambda x: _within(layers.Conv2D, activation=layers.ReLU())(x),
    "in a convolution, as an operation": lambda x: _within(layers.Conv2D, activation=ops.relu)(x),
    "in a transposed convolution": lambda x: _within(layers.Conv2DTranspose, KERNEL.T, activation="relu")(x),
    "in a separable convolution": lambda x: _separable(activation="relu")(x),
    "in a dense layer": lambda x: layers.Dense(
        2, activation="relu", use_bias=False, kernel_initializer=_as(KERNEL), name="mix"
    )(x),
}
RELU6S: dict[str, Act] = {
    "layer": _then(lambda x: layers.ReLU(6.0)(x)),
    "activation layer": _then(lambda x: layers.Activation("relu6")(x)),
    "operation": _then(ops.relu6),
    "function": _then(activations.relu6),
    "function of relu": _then(lambda x: activations.relu(x, max_value=6.0)),
    "in a convolution": lambda x: _within(layers.Conv2D, activation="relu6")(x),
}


def _model(act: Act, nested: str = "") -> Any:
    """Return pixels → channels by KERNEL → ``act`` → Σ SHARES; with the first two in a nested model if asked."""
    image = keras.Input((2, 2, 3))
    if nested == "model":
        inside = keras.Input((2, 2, 3))
        x = keras.Model(inside, act(inside), name="inner")(image)
    elif nested == "sequential":
        inside = keras.Input((2, 2, 3))
        row = keras.Sequential([keras.Input((2, 2, 3)), keras.Model(inside, act(inside), name="inner")], name="row")
        x = row(image)
    else:
        x = act(image)
    return keras.Model(image, layers.Dense(1, kernel_initializer=_as(SHARES))(layers.Flatten()(x)), name="model")


def _down(which: Any, relu: Any = None) -> Any:
    """Return the gradient of the only class to PICTURE, (2, 2, 3)."""
    picture = ops.convert_to_tensor(PICTURE)
    _, down = value_and_gradient(lambda x: ops.sum(which.activations(x, {"class"}, relu)["class"]), picture)
    return np.asarray(down)[0]


def _expected(most: float, above: float) -> Any:
    """Return R·1[0<a<most]·1[R>above] sent down through KERNEL."""
    on, wanted = np.logical_and(SEEN > 0, np.less(SEEN, most)), np.greater(SHARES, above)
    return (SHARES * on * wanted) @ KERNEL.T


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("nested", ["", "model", "sequential"])
@pytest.mark.parametrize("kind", RELUS)
def test_every_relu_is_guided(kind: str, nested: str, fold: bool, network: Any) -> None:
    which = network(_model(RELUS[kind], nested), fold=fold)
    assert np.array_equal(_down(which), _expected(np.inf, -np.inf))
    assert np.array_equal(_down(which, guided), _expected(np.inf, 0))
    assert np.array_equal(_down(which), _expected(np.inf, -np.inf))


@pytest.mark.parametrize("kind", RELU6S)
def test_a_relu6_also_stops_what_is_saturated(kind: str, network: Any) -> None:
    which = network(_model(RELU6S[kind]))
    assert SEEN.max() > 6
    assert np.array_equal(_down(which), _expected(6, -np.inf))
    assert np.array_equal(_down(which, guided), _expected(6, 0))


def test_a_relu_read_twice_and_one_used_twice(network: Any) -> None:
    """Both uses of a shared ReLU are guided: 2x - 1 is below 0 where x is small, and only there something is lost."""
    shared = layers.ReLU()
    image = keras.Input((2, 2, 3))
    once = shared(image)
    x = shared(ops.subtract(ops.multiply(once, 2.0), 1.0))
    both = layers.Concatenate()([once, x])
    head = layers.Dense(1, kernel_initializer=_as(np.tile([1, 1, -1, -1, 1, 1], 4)))(layers.Flatten()(both))
    down = _down(network(keras.Model(image, head)), guided)
    on, twice = PICTURE[0] > 0, 2 * PICTURE[0] > 1
    # colour by colour: 1 straight and -1, stopped, around; 1 and 2; -1 and 2
    assert np.array_equal(
        down,
        on * np.stack([np.ones((2, 2)), 1 + 2 * twice[..., 1], np.zeros((2, 2))], -1)
        + (on * np.stack([np.zeros((2, 2)), np.zeros((2, 2)), np.maximum(2.0 * twice[..., 2] - 1, 0)], -1)),
    )


def test_dense_layers_keep_their_weights(network: Any) -> None:
    """A hidden dense layer with a ReLU runs as a twin with the very same weights."""
    image = keras.Input((2, 2, 3))
    hidden = layers.Dense(7, activation="relu", name="hidden", bias_initializer="ones")
    model = keras.Model(image, layers.Dense(3)(hidden(layers.Flatten()(image))))
    which = network(model)
    plain = which.activations(PICTURE, {"class"})["class"]
    assert np.array_equal(which.activations(PICTURE, {"class"}, guided)["class"], plain)
    twin = around(hidden, "hidden", guided)
    assert twin is not hidden
    assert hidden.activation is activations.relu
    assert all(a is b for a, b in zip(twin.variables, hidden.variables, strict=True))


OTHERS: dict[str, tuple[Act, str]] = {
    "swish": (lambda x: layers.Activation("swish", name="bent")(x), "silu of bent"),
    "gelu": (lambda x: layers.Activation("gelu", name="bent")(x), "gelu of bent"),
    "leaky": (lambda x: layers.LeakyReLU(name="bent")(x), "LeakyReLU of bent"),
    "elu": (lambda x: layers.ELU(name="bent")(x), "ELU of bent"),
    "prelu": (lambda x: layers.PReLU(name="bent")(x), "PReLU of bent"),
    "sloping relu": (lambda x: layers.ReLU(negative_slope=0.1, name="bent")(x), "leaky ReLU of bent"),
    "hard swish": (lambda x: layers.Activation("hard_swish", name="bent")(x), "hard_silu of bent"),
    "in a convolution": (lambda x: layers.Conv2D(2, 1, activation="silu", name="bent")(x), "silu of bent"),
    "in a dense layer": (lambda x: layers.Dense(2, activation="gelu", name="bent")(x), "gelu of bent"),
    "leaky function": (lambda x: layers.Conv2D(2, 1, activation="leaky_relu", name="bent")(x), "leaky_relu of bent"),
    "leaky layer": (lambda x: layers.Conv2D(2, 1, activation=layers.LeakyReLU(), name="bent")(x), "LeakyReLU of bent"),
    "bare swish": (ops.silu, "Silu of silu"),
    "bare gelu": (ops.gelu, "Gelu of gelu"),
    "bare leaky": (ops.leaky_relu, "LeakyRelu of leaky_relu"),
    "bare softplus": (ops.softplus, "Softplus of softplus"),
    "bare hard swish": (ops.hard_silu, "HardSilu of hard_silu"),
    "swish written out": (lambda x: ops.multiply(x, ops.sigmoid(x)), r"x·sigmoid\(x\) of multiply"),
    "swish of layers": (
        lambda x: layers.Multiply(name="bent")([layers.Activation("sigmoid")(x), x]),
        r"x·sigmoid\(x\) of bent",
    ),
    "quick gelu written out": (lambda x: x * ops.sigmoid(1.702 * x), r"x·sigmoid\(x\) of multiply"),
    "gelu written out": (lambda x: 0.5 * x * (1 + ops.erf(x / 2**0.5)), r"x·erf\(x\) of multiply"),
    "hard swish written out": (lambda x: x * ops.relu6(x + 3) / 6, r"x·relu6\(x\) of multiply"),
    "bare sloping relu": (lambda x: activations.relu(x, negative_slope=0.1), "ReLU of re_lu"),
}


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_relu_is_refused_by_name(kind: str, fold: bool, network: Any) -> None:
    act, words = OTHERS[kind]
    which = network(_model(_then(act)), fold=fold)
    which.activations(PICTURE, {"class"})
    with pytest.raises(BadInput, match=f"^Guided backprop is defined for plain ReLUs, not for the {words}.*gradcam"):
        which.activations(PICTURE, {"class"}, guided)


def test_it_is_named_with_the_model_it_is_in(network: Any) -> None:
    which = network(_model(_then(OTHERS["swish"][0]), "sequential"))
    with pytest.raises(BadInput, match="silu of row/inner/bent"):
        which.activations(PICTURE, {"class"}, guided)


def test_what_is_not_on_the_way_is_not_asked_about(network: Any) -> None:
    which = network(_model(_then(OTHERS["swish"][0])))
    assert which.activations(PICTURE, {"mix"}, guided)["mix"].shape == (1, 2, 2, 2)


def test_a_relu_out_of_reach_is_refused(network: Any) -> None:
    act = _then(lambda x: layers.TimeDistributed(layers.Dense(2, activation="relu"), name="each")(x))
    with pytest.raises(BadInput, match="does not reach the ReLU inside each"):
        network(_model(act)).activations(PICTURE, {"class"}, guided)
    act = _then(lambda x: layers.TimeDistributed(layers.Dense(2, activation="silu"), name="each")(x))
    with pytest.raises(BadInput, match=r"silu of .* of each"):
        network(_model(act)).activations(PICTURE, {"class"}, guided)


def test_channels_that_are_weighed_by_others_are_no_swish(network: Any) -> None:
    """Squeeze and excite, a gate with weights of its own, a square, and a layer by another."""
    image = keras.Input((2, 2, 3))
    x = layers.ReLU()(_mix()(image))
    pooled = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Multiply()([x, layers.Dense(2, activation="sigmoid")(pooled)])
    x = layers.Multiply()([x, ops.sigmoid(layers.Conv2D(2, 1)(x))])
    x = ops.tanh(x) * ops.sigmoid(layers.BatchNormalization()(x)) + x * x
    which = network(keras.Model(image, layers.Dense(1)(layers.Flatten()(x))))
    assert which.activations(PICTURE, {"class"}, guided)["class"].shape == (1, 1)


@pytest.mark.parametrize("kind", ["tanh", "sigmoid", "linear", "softmax", "hard_sigmoid"])
def test_what_does_not_rectify_is_left_alone(kind: str) -> None:
    layer = layers.Activation(kind)
    assert around(layer, "it", guided) is layer
    for other in (layers.BatchNormalization(), layers.MaxPooling2D(), layers.Add(), layers.Dropout(0.5)):
        assert around(other, "it", guided) is other
