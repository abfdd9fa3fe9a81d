"""A ReLU and the maximum behind it change places, and nothing else changes."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from zoomdream.network.backend import value_and_gradient
from zoomdream.network.network import Network


def relu(x: Any) -> Any:
    """Not what it is called: the smaller a number, the larger what comes out."""
    return -x


MAXIMUM = {"name": "pool", "padding": "same", "strides": 2}
KINDS: dict[str, tuple[Any, dict[str, Any], bool]] = {
    "of a convolution": (lambda: [layers.Conv2D(6, 3, activation="relu", name="before")], {}, True),
    "an activation": (lambda: [layers.Conv2D(6, 3), layers.Activation("relu", name="before")], {}, True),
    "a layer": (lambda: [layers.Conv2D(6, 3), layers.ReLU(name="before")], {}, True),
    "behind a norm": (
        lambda: [layers.Conv2D(6, 3), layers.BatchNormalization(), layers.Activation("relu6", name="before")],
        {},
        True,
    ),
    "up to a limit": (lambda: [layers.Conv2D(6, 3), layers.ReLU(0.1, name="before")], {}, True),
    "of a depthwise one": (lambda: [layers.DepthwiseConv2D(3, activation="relu", name="before")], {}, True),
    "without padding": (lambda: [layers.Conv2D(6, 3, activation="relu", name="before")], {"padding": "valid"}, True),
    "down only": (lambda: [layers.Conv2D(6, 3, activation="relu", name="before")], {"strides": (2, 1)}, True),
    "as many numbers": (lambda: [layers.Conv2D(6, 3, activation="relu", name="before")], {"strides": 1}, False),
    "leaky": (lambda: [layers.Conv2D(6, 3), layers.LeakyReLU(name="before")], {}, False),
    "leaky by name": (lambda: [layers.Conv2D(6, 3), layers.ReLU(negative_slope=0.2, name="before")], {}, False),
    "with a threshold": (lambda: [layers.Conv2D(6, 3), layers.ReLU(threshold=0.1, name="before")], {}, True),
    "another function": (lambda: [layers.Conv2D(6, 3, activation="tanh", name="before")], {}, False),
    "a user's own": (lambda: [layers.Conv2D(6, 3, activation=relu, name="before")], {}, False),
    "half precision": (lambda: [layers.Conv2D(6, 3), layers.ReLU(dtype="float16", name="before")], {}, False),
}


def _up(network: Network, wanted: set[str], picture: Any) -> Any:
    """Return the gradient of the squares of all that is wanted."""

    def height(x: Any) -> Any:
        return sum(ops.sum(ops.cast(y, "float32") ** 2) for y in network.activations(x, wanted).values())

    return np.asarray(value_and_gradient(height, ops.convert_to_tensor(picture))[1])


@pytest.mark.parametrize("kind", KINDS)
def test_a_relu_behind_the_maximum_gives_the_same(kind: str, small: Any, network: Any, picture: Any) -> None:
    make, pooling, late = KINDS[kind]
    pool = layers.MaxPooling2D(3, **{**MAXIMUM, **pooling})
    model = small(layers.Conv2D(6, 1), *make(), pool, layers.Conv2D(4, 1, name="end"))
    ours, plain = network(model), network(model, fold=False)
    assert bool(ours._stand_ins.late(set()).behind) == late
    for wanted in ({"pool"}, {"end"}, {"before"}, {"before", "end"}, {"before", "pool", "end"}):
        found, expected = ours.activations(picture, wanted), plain.activations(picture, wanted)
        for layer in wanted:
            np.testing.assert_allclose(found[layer], expected[layer], atol=1e-6 if kind != "half precision" else 2e-3)
        slope = _up(plain, wanted, picture)
        np.testing.assert_allclose(_up(ours, wanted, picture), slope, atol=1e-5 * np.abs(slope).max())
        assert np.abs(slope).max() > 0


@pytest.mark.parametrize("limit", [None, 0.3])
@pytest.mark.parametrize("even", [False, True])
@pytest.mark.parametrize("overlap", [0, 1])
def test_to_the_same_bits(
    limit: float | None, even: bool, overlap: int, small: Any, network: Any, picture: Any
) -> None:
    pool = layers.MaxPooling2D(2 + overlap, 2, name="pool")
    late = network(small(layers.Conv2D(6, 3), layers.ReLU(limit), pool, layers.Conv2D(4, 3, name="end")))
    early = network(late.model)
    assert late._stand_ins.late(set()).behind
    vars(early)["_stand_ins"] = early._stand_ins._replace(rectified={})
    picture = np.repeat(np.repeat(picture, 4, 1), 4, 2) if even else picture  # so that maxima are there several times
    for wanted in ({"pool"}, {"end"}):
        found, expected = (one.activations(picture, wanted) for one in (late, early))
        for layer in wanted:
            np.testing.assert_array_equal(found[layer], expected[layer])
        np.testing.assert_array_equal(_up(late, wanted, picture), _up(early, wanted, picture))


@pytest.mark.parametrize("pooled", ["within", "outside"])
def test_of_a_model_within_a_model(pooled: str, small: Any, network: Any, picture: Any) -> None:
    pool = layers.MaxPooling2D(2, name="pool")
    within = [pool] if pooled == "within" else []
    inner = small(layers.Conv2D(6, 3), layers.ReLU(name="before"), *within, name="inner")
    model = small(inner, *([] if within else [pool]), layers.Conv2D(4, 1, name="end"))
    ours, plain = network(model), network(model, fold=False)
    assert bool(ours._stand_ins.late(set()).behind) == (pooled == "within")
    for wanted in ({"end"}, {"before", "end"}):
        for layer, found in ours.activations(picture, wanted).items():
            np.testing.assert_allclose(found, plain.activations(picture, wanted)[layer], atol=1e-6)
        np.testing.assert_allclose(_up(ours, wanted, picture), _up(plain, wanted, picture), atol=1e-4)


def test_a_layer_that_runs_as_it_is_keeps_its_relu(small: Any, network: Any, picture: Any) -> None:
    average = layers.AveragePooling2D(3, 1, "same", name="average")
    before = layers.Conv2D(2, 1, activation="relu", name="before")
    model = small(layers.Conv2D(6, 3), average, before, layers.MaxPooling2D(2, name="pool"))
    ours, plain = network(model), network(model, fold=False)
    assert ours._stand_ins.late(set()).bare == {id(before)}
    assert ours._stand_ins.late({id(average)}) == ({}, set())
    for layer, found in ours.activations(picture, {"average", "pool"}).items():
        np.testing.assert_allclose(found, plain.activations(picture, {layer})[layer], atol=1e-6)


def test_only_the_pooled_numbers_are_rectified(small: Any, network: Any, picture: Any, monkeypatch: Any) -> None:
    seen: list[tuple[int, ...]] = []
    model = small(layers.Conv2D(6, 3), layers.ReLU(name="before"), layers.MaxPooling2D(2, name="pool"))
    rectify = layers.ReLU.call
    monkeypatch.setattr(layers.ReLU, "call", lambda self, x: (seen.append(tuple(x.shape)), rectify(self, x))[1])
    whole = network(model, fold=False).activations(picture, {"pool"})["pool"]
    pooled = network(model).activations(picture, {"pool"})["pool"]
    np.testing.assert_allclose(pooled, whole, atol=1e-6)
    assert seen[1] == tuple(pooled.shape) != seen[0]


@pytest.mark.parametrize("why", ["read", "called", "pooled twice"])
def test_a_relu_that_others_read_stays_where_it_is(why: str, network: Any, picture: Any) -> None:
    image = keras.Input((None, None, 3))
    rectifier, pool = layers.ReLU(), layers.MaxPooling2D(2)
    rectified = rectifier(layers.Conv2D(6, 3)(image))
    pooled = pool(rectified)
    end = {
        "read": lambda: layers.AveragePooling2D(2)(rectified),
        "called": lambda: layers.AveragePooling2D(2)(rectifier(layers.Conv2D(6, 3)(image))),
        "pooled twice": lambda: pool(layers.Conv2D(6, 3)(image)),
    }[why]
    model = keras.Model(image, layers.Concatenate(name="end")([pooled, end()]))
    ours, plain = network(model), network(model, fold=False)
    assert not ours._stand_ins.late(set()).behind
    for of in (lambda one: one.activations(picture, {"end"})["end"], lambda one: _up(one, {"end"}, picture)):
        np.testing.assert_allclose(of(ours), of(plain), atol=1e-4)


def test_what_is_put_around_a_relu_is_put_around_all_its_numbers(small: Any, network: Any, picture: Any) -> None:
    model = small(layers.Conv2D(6, 3, activation="relu", name="before"), layers.MaxPooling2D(2, name="pool"))
    shapes: list[Any] = []

    def wrap(run: Any) -> Any:
        return lambda x: (shapes.append(tuple(x.shape)), run(x))[1]

    found = network(model).activations(picture, {"pool", "before"}, wrap)
    assert shapes == [tuple(found["before"].shape)]
    shapes.clear()
    network(model).activations(picture, {"pool"}, wrap)
    assert shapes == [tuple(found["before"].shape)]


def test_onward_from_the_relu_or_the_pool(small: Any, network: Any, picture: Any) -> None:
    model = small(
        layers.Conv2D(6, 3, activation="relu", name="before"),
        layers.MaxPooling2D(2, name="pool"),
        layers.Conv2D(4, 1, name="end"),
    )
    ours = network(model)
    found = network(model, fold=False).activations(picture, {"before", "pool", "end"})
    for gate in ("before", "pool"):
        np.testing.assert_allclose(ours.onward(found[gate], gate, {"end"})["end"], found["end"], atol=1e-6)


def test_some_channels_of_the_relu_itself(small: Any, network: Any, picture: Any) -> None:
    model = small(layers.Conv2D(6, 3, activation="relu", name="before"), layers.MaxPooling2D(2, name="pool"))
    ours = network(model)
    whole = ours.activations(picture, {"before"})["before"]
    some = ours.activations(picture, {"before"}, some={"before": [4, 1]})["before"]
    np.testing.assert_allclose(some, np.asarray(whole)[..., [4, 1]], atol=1e-6)
