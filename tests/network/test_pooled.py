"""Pooled heads: found wherever they are linear from the pooling on, refused with a reason elsewhere."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from zoomdream.errors import BadInput
from zoomdream.network.pooled import pooled_head

Head = Callable[[Any], Any]


@pytest.fixture(autouse=True)
def _same_weights_every_time() -> None:
    keras.utils.set_random_seed(0)


def _base(**more: Any) -> Any:
    return layers.Conv2D(3, 3, activation="relu", name="last", **more)


def _sequential(*parts: Any) -> Head:
    return lambda x: keras.Sequential([keras.Input(x.shape[1:]), *parts], name="ending")(x)


def _nested_pool(x: Any) -> Any:
    inside = keras.Input(x.shape[1:])
    inner = keras.Model(inside, layers.GlobalAveragePooling2D(keepdims=True)(inside), name="pooling")
    return layers.Softmax()(layers.Dense(3)(layers.Flatten()(inner(x))))


HEADS: dict[str, Head] = {
    "dense": lambda x: layers.Dense(3)(layers.GlobalAveragePooling2D()(x)),
    "without bias": lambda x: layers.Dense(3, use_bias=False)(layers.GlobalAveragePooling2D()(x)),
    "softmax": lambda x: layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling2D()(x)),
    "softmax layer": lambda x: layers.Softmax()(layers.Dense(3)(layers.GlobalAveragePooling2D()(x))),
    "softmax operation": lambda x: ops.softmax(layers.Dense(3)(layers.GlobalAveragePooling2D()(x))),
    "dropout": lambda x: layers.Dense(3)(layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x))),
    "convolution": lambda x: layers.Flatten()(layers.Conv2D(3, 1)(layers.GlobalAveragePooling2D(keepdims=True)(x))),
    "mobilenet": lambda x: layers.Activation("softmax")(
        layers.Reshape((3,))(layers.Conv2D(3, 1)(layers.Dropout(0.1)(layers.GlobalAveragePooling2D(keepdims=True)(x))))
    ),
    "one map for each class": lambda x: layers.GlobalAveragePooling2D()(x),
    "one map for each class, softmax": lambda x: layers.Softmax()(layers.GlobalAveragePooling2D()(x)),
    "nested": _sequential(layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax")),
    "nested pool": _nested_pool,
}


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("kind", HEADS)
def test_logits_are_the_mean_times_the_kernel(kind: str, nested: bool, network: Any, picture: Any) -> None:
    """But for a bias, which the difference of two pictures leaves out."""
    image = keras.Input((20, 24, 3))
    x = layers.Conv2D(4, 3, name="first")(image)
    if nested:
        inside = keras.Input(x.shape[1:])
        x = keras.Model(inside, _base()(inside), name="base")(x)
    else:
        x = _base()(x)
    which = network(keras.Model(image, HEADS[kind](x), name="model"))
    found = pooled_head(which)
    assert found.layer == ("base/last" if nested else "last")
    assert found.kernel.shape == (3, 3)
    pair = np.concatenate([picture[:, :20, :24], picture[:, 20:, 24:]])
    seen = which.activations(pair, {found.layer, "class"})
    logits, means = np.asarray(seen["class"]), np.asarray(seen[found.layer]).mean((1, 2))
    assert np.ptp(logits[0] - logits[1]) > 1e-3
    assert np.allclose(logits[0] - logits[1], (means[0] - means[1]) @ found.kernel, rtol=1e-3, atol=1e-5)


def test_a_base_called_again_is_followed_to_the_right_call(network: Any) -> None:
    """The base was built on an input of its own first; the head reads its second call."""
    inside = keras.Input((None, None, 3))
    base = keras.Model(inside, _base()(inside), name="base")
    base(keras.Input((10, 10, 3)))
    model = keras.Sequential([keras.Input((20, 24, 3)), base, layers.GlobalAveragePooling2D(), layers.Dense(2)])
    found = pooled_head(network(model))
    assert found.layer == "base/last"
    assert np.array_equal(found.kernel, model.layers[-1].kernel)


REFUSED: dict[str, tuple[Head, str]] = {
    "flattened": (
        lambda x: layers.Dense(3, name="d")(layers.Flatten()(x)),
        r"last \(Conv2D\) comes before its classes",
    ),
    "hidden": (
        lambda x: layers.Dense(3)(layers.Dense(8, activation="relu", name="d")(layers.GlobalAveragePooling2D()(x))),
        r"d \(Dense\) comes before its classes",
    ),
    "maximum": (
        lambda x: layers.Dense(3)(layers.GlobalMaxPooling2D(name="peak")(x)),
        r"peak \(GlobalMaxPooling2D\) comes before its classes",
    ),
    "sigmoid": (
        lambda x: layers.Dense(3, activation="sigmoid", name="d")(layers.GlobalAveragePooling2D()(x)),
        "its classes come out of d by sigmoid",
    ),
    "sigmoid layer": (
        lambda x: layers.Activation("sigmoid", name="s")(layers.Dense(3)(layers.GlobalAveragePooling2D()(x))),
        "its classes come out of s by sigmoid",
    ),
    "rectified convolution": (
        lambda x: layers.Flatten()(
            layers.Conv2D(3, 1, activation="relu", name="c")(layers.GlobalAveragePooling2D(keepdims=True)(x))
        ),
        "its classes come out of c by relu",
    ),
    "two branches": (
        lambda x: layers.Add(name="sum")(
            [layers.Dense(3)(layers.GlobalAveragePooling2D()(x)), layers.Dense(3)(layers.GlobalMaxPooling2D()(x))]
        ),
        r"its classes come out of sum \(Add\)",
    ),
    "norm": (
        lambda x: layers.Dense(3)(layers.BatchNormalization(name="norm")(layers.GlobalAveragePooling2D()(x))),
        r"norm \(BatchNormalization\) comes before its classes",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_another_head_is_refused_with_the_reason(kind: str, network: Any) -> None:
    head, reason = REFUSED[kind]
    image = keras.Input((20, 24, 3))
    which = network(keras.Model(image, head(_base()(image)), name="other"))
    with pytest.raises(BadInput, match=f"is linear from there on; in other .*{reason}.* gradcam works"):
        pooled_head(which)


def test_no_classes_no_head(network: Any) -> None:
    image = keras.Input((20, 24, 3))
    with pytest.raises(BadInput, match=r"^The network maps has no classes"):
        pooled_head(network(keras.Model(image, _base()(image), name="maps")))
