"""Networks of every build: nested, sequential, shared, branching, with heads of every sort."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from zoomdream.errors import BadInput
from zoomdream.network.addresses import Address, channel_index, channels_of
from zoomdream.network.backend import compile_frozen
from zoomdream.network.graph import number_afresh, walk


def _close(found: Any, expected: Any) -> bool:
    return bool(np.allclose(np.asarray(found), np.asarray(expected), rtol=1e-4, atol=1e-5))


def _pair(trained: Any) -> tuple[Any, Any]:
    """Return (a model with a nested one behind preparing layers, the same layers in one flat model)."""
    prepare = layers.Rescaling(2.0, -1.0, name="prepare")
    flip = layers.RandomFlip("horizontal", name="flip")
    conv, norm = layers.Conv2D(4, 3, strides=2, name="conv"), layers.BatchNormalization(name="norm")
    act, last = layers.ReLU(name="act"), layers.Conv2D(5, 1, name="last")
    pool, dense = layers.GlobalAveragePooling2D(name="pool"), layers.Dense(3, activation="softmax", name="dense")

    inside = keras.Input((32, 32, 3))
    inner = keras.Model(inside, act(norm(conv(inside))), name="inner")
    image = keras.Input((32, 32, 3))
    nested = trained(keras.Model(image, dense(pool(last(inner(flip(prepare(image)))))), name="nested"))
    image = keras.Input((32, 32, 3))
    flat = keras.Model(image, dense(pool(last(act(norm(conv(prepare(image))))))), name="flat")
    return nested, flat


def test_nested_equals_flat(trained: Any, network: Any, picture: Any) -> None:
    nested, flat = (network(model) for model in _pair(trained))
    for inner, outer in [("inner/conv", "conv"), ("inner/norm", "norm"), ("inner/act", "act"), ("inner", "act")]:
        assert _close(nested.activations(picture, {inner})[inner], flat.activations(picture, {outer})[outer])
    for name in ("last", "class"):
        assert _close(nested.activations(picture, {name})[name], flat.activations(picture, {name})[name])


def test_inner_layers_answer_to_their_own_names(trained: Any, network: Any, picture: Any) -> None:
    nested = network(_pair(trained)[0])
    assert nested.channels["inner/act"] == 4
    assert channels_of(nested, "act") == 4
    assert channel_index(Address("act", "3"), nested) == 3
    found = nested.activations(picture, {"act", "inner/act"})
    assert np.array_equal(found["act"], found["inner/act"])
    assert found["act"].shape == (1, 19, 23, 4)
    with pytest.raises(BadInput, match=r"has no layer 'atc' .did you mean 'act'"):
        nested.place("atc")


def test_a_name_in_two_nested_models_needs_its_model(network: Any, picture: Any) -> None:
    def branch(name: str) -> Any:
        inside = keras.Input((None, None, 3))
        return keras.Model(inside, layers.Conv2D(2, 3, name="conv")(inside), name=name)

    image = keras.Input((None, None, 3))
    model = keras.Model(image, layers.Concatenate(name="both")([branch("left")(image), branch("right")(image)]))
    which = network(model)
    assert {"left/conv", "right/conv", "both"} <= set(which.channels)
    with pytest.raises(BadInput, match="has no layer 'conv'"):
        which.activations(picture, {"conv"})
    found = which.activations(picture, {"left/conv", "right/conv"})
    assert not np.allclose(found["left/conv"], found["right/conv"])


def test_a_nested_model_with_several_outputs(network: Any, picture: Any) -> None:
    inside = keras.Input((None, None, 3))
    one = layers.Conv2D(2, 1, name="one")(inside)
    inner = keras.Model(inside, [one, layers.ReLU(name="two")(one)], name="inner")
    image = keras.Input((None, None, 3))
    low, high = inner(image)
    model = keras.Model(image, layers.Subtract(name="difference")([high, low]), name="outer")
    which = network(model)
    assert list(which.channels) == ["inner/one", "inner/two", "difference"]
    assert _close(which.activations(picture, {"difference"})["difference"], model(picture))


def test_a_nested_model_called_twice_is_seen_at_its_first_call(network: Any, trained: Any, picture: Any) -> None:
    inside = keras.Input((None, None, 3))
    x = layers.BatchNormalization(name="norm")(layers.Conv2D(3, 3, padding="same", name="conv")(inside))
    inner = keras.Model(inside, x, name="inner")
    image = keras.Input((None, None, 3))
    model = trained(keras.Model(image, layers.ReLU(name="end")(inner(inner(image))), name="outer"))
    which = network(model)
    assert which.folded == 1
    assert _close(which.activations(picture, {"end"})["end"], model(picture))
    assert _close(which.activations(picture, {"inner"})["inner"], inner(picture))


def test_a_shared_layer_is_seen_at_its_first_call(network: Any, picture: Any) -> None:
    shared = layers.Conv2D(3, 3, padding="same", name="shared")
    image = keras.Input((None, None, 3))
    model = keras.Model(image, layers.ReLU(name="end")(shared(shared(image))))
    found = network(model).activations(picture, {"shared", "end"})
    assert _close(found["shared"], shared(picture))
    assert _close(found["end"], model(picture))


@pytest.mark.parametrize("one_by_one", [True, False])
def test_a_sequential_model(one_by_one: bool, network: Any, trained: Any, picture: Any) -> None:
    parts = [keras.Input((32, 32, 3)), layers.Conv2D(4, 3, name="conv"), layers.BatchNormalization(name="norm")]
    parts += [layers.ReLU(name="act"), layers.GlobalAveragePooling2D(), layers.Dense(3), layers.Softmax()]
    model = keras.Sequential([] if one_by_one else parts, name="row")
    for part in parts if one_by_one else []:
        model.add(part)
    which = network(trained(model))
    assert which.folded == 1
    assert list(which.channels) == ["conv", "norm", "act"]
    small = picture[:, :32, :32]
    assert _close(ops.softmax(which.activations(small, {"class"})["class"]), model(small))


def test_a_bare_operation_is_a_place_too(network: Any, picture: Any) -> None:
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(3, 3, padding="same", name="conv")(image)
    total = image + x
    model = keras.Model(image, layers.Conv2D(2, 3, name="end")(ops.relu(total)))
    which = network(number_afresh(model))
    assert list(which.channels) == ["conv", "add", "relu", "end"]
    found = which.activations(picture, {"conv", "add", "end"})
    assert _close(found["add"], picture + found["conv"])
    assert _close(found["end"], model(picture))


def test_a_sequential_model_of_models(network: Any, trained: Any, picture: Any) -> None:
    body = keras.Sequential(
        [keras.Input((32, 32, 3)), layers.Conv2D(4, 3, name="conv"), layers.ReLU(name="act")], name="body"
    )
    head = keras.Sequential([layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax")], name="head")
    model = keras.Sequential([keras.Input((32, 32, 3)), body, head], name="whole")
    which = network(model)
    assert list(which.channels) == ["body/conv", "body/act", "body"]
    small = picture[:, :32, :32]
    assert _close(ops.softmax(which.activations(small, {"class"})["class"]), model(small))


HEADS: dict[str, Any] = {
    "dense": lambda x: layers.Dense(3)(layers.GlobalAveragePooling2D()(x)),
    "dense softmax": lambda x: layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling2D()(x)),
    "softmax layer": lambda x: layers.Softmax()(layers.Dense(3)(layers.GlobalAveragePooling2D()(x))),
    "activation": lambda x: layers.Activation("softmax")(layers.Dense(3)(layers.GlobalAveragePooling2D()(x))),
    "operation": lambda x: ops.softmax(layers.Dense(3)(layers.GlobalAveragePooling2D()(x))),
    "convolution, pool": lambda x: layers.Softmax()(layers.GlobalAveragePooling2D()(layers.Conv2D(3, 1)(x))),
    "convolution, reshape": lambda x: layers.Activation("softmax")(
        layers.Reshape((3,))(layers.Conv2D(3, 1)(layers.GlobalAveragePooling2D(keepdims=True)(x)))
    ),
    "softmax in a model of its own": lambda x: keras.Sequential([keras.Input((3,)), layers.Softmax()])(
        layers.Dense(3)(layers.GlobalAveragePooling2D()(x))
    ),
}


@pytest.mark.parametrize("kind", HEADS)
def test_class_means_the_logits(kind: str, network: Any, picture: Any) -> None:
    image = keras.Input((None, None, 3))
    model = keras.Model(image, HEADS[kind](layers.Conv2D(4, 3, activation="relu")(image)))
    which = network(model)
    logits = which.activations(picture, {"class"})["class"]
    assert which.classes == 3
    assert which.head_size is None
    assert not np.allclose(np.asarray(logits).sum(), 1)
    assert _close(ops.softmax(logits), model(picture) if kind != "dense" else ops.softmax(model(picture)))


PROBABILITIES: dict[str, Any] = {
    "convolution, pool": lambda x: layers.GlobalAveragePooling2D()(layers.Conv2D(3, 1, activation="softmax")(x)),
    "convolution, flatten": lambda x: layers.Flatten()(
        layers.Conv2D(3, 1, activation="softmax")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    ),
    "softmax layer, dropout, pool": lambda x: layers.Dropout(0.5)(
        layers.GlobalMaxPooling2D()(layers.Softmax()(layers.Conv2D(3, 1)(x)))
    ),
    "in a model of its own": lambda x: keras.Sequential(
        [keras.Input((38, 46, 4)), layers.Conv2D(3, 1), layers.Activation("softmax"), layers.GlobalAveragePooling2D()]
    )(x),
}


@pytest.mark.parametrize("kind", PROBABILITIES)
def test_probabilities_are_not_taken_for_logits(kind: str, network: Any, picture: Any) -> None:
    image = keras.Input((40, 48, 3))
    which = network(keras.Model(image, PROBABILITIES[kind](layers.Conv2D(4, 3, name="seen")(image))))
    said = "has no logits: its softmax is in .*, with layers behind it"
    for ask in (lambda: which.check_size(40, 48, {"class"}), lambda: channels_of(which, "class")):
        with pytest.raises(BadInput, match=said):
            ask()
    assert which.activations(picture, {"seen"})["seen"].shape == (1, 38, 46, 4)


def test_the_head_is_the_output_whatever_the_order_of_layers(network: Any, picture: Any) -> None:
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3)(image)
    short = layers.Dense(3)(layers.GlobalAveragePooling2D()(x))
    long = layers.Dense(3)(layers.GlobalMaxPooling2D()(layers.ReLU()(layers.Conv2D(4, 3)(x))))
    model = keras.Model(image, layers.Average()([short, long]))
    assert _close(network(model).activations(picture, {"class"})["class"], model(picture))


def test_a_map_of_probabilities_is_no_head(network: Any, picture: Any) -> None:
    image = keras.Input((None, None, 3))
    model = keras.Model(image, layers.Conv2D(4, 1, activation="softmax", name="map")(image))
    which = network(model)
    assert which.classes == 0
    assert _close(which.activations(picture, {"map"})["map"], model(picture))
    with pytest.raises(BadInput, match="has no classes"):
        which.activations(picture, {"class"})


def test_a_flattened_head_needs_its_size(network: Any, picture: Any) -> None:
    image = keras.Input((32, 32, 3))
    x = layers.Conv2D(4, 3, name="conv")(image)
    model = keras.Model(image, layers.Dense(3)(layers.Flatten()(x)), name="flat")
    which = network(model)
    assert which.head_size == (32, 32)
    assert which.activations(picture, {"conv"})["conv"].shape == (1, 38, 46, 4)
    assert _close(which.activations(picture[:, :32, :32], {"class"})["class"], model(picture[:, :32, :32]))
    with pytest.raises(BadInput, match=r"classes of flat need a picture of 32×32 pixels, not 48×40"):
        which.activations(picture, {"class"})
    with pytest.raises(BadInput, match="32×32"):
        which.check_size(40, 48, {"class"})
    which.check_size(32, 32, {"class"})
    which.check_size(40, 48, {"conv"})


def test_pooling_by_a_fixed_window_needs_its_size_too(network: Any) -> None:
    image = keras.Input((32, 32, 3))
    x = layers.Flatten()(layers.AveragePooling2D(32)(layers.Conv2D(4, 3, padding="same")(image)))
    assert network(keras.Model(image, layers.Dense(3)(x))).head_size == (32, 32)
    x = layers.Flatten()(layers.GlobalAveragePooling2D(keepdims=True)(layers.Conv2D(4, 3)(image)))
    assert network(keras.Model(image, layers.Dense(3)(x))).head_size is None


def test_a_picture_too_small_is_refused_before_anything_runs(small: Any, network: Any) -> None:
    which = network(small(layers.Conv2D(4, 5, name="a"), layers.Conv2D(4, 5, strides=2, name="b"), name="hungry"))
    which.check_size(9, 9, {"a", "b", "image"})
    which.check_size(5, 5, {"a"})
    with pytest.raises(BadInput, match=r"^b of hungry cannot be reached with a picture of 9×8 pixels"):
        which.check_size(8, 9, {"a", "b"})


def test_nothing_deeper_than_asked_runs(small: Any, picture: Any) -> None:
    model = small(layers.Conv2D(2, 3, name="a"), layers.ReLU(name="b"), layers.Conv2D(2, 3, name="c"))
    ran = []

    def visit(layer: Any, name: str, args: Any, kwargs: Any) -> Any:
        ran.append(name)
        return layer(*args, **kwargs)

    assert set(walk(model, picture, {"b"}, visit)) == {"b"}
    assert ran == ["a", "b"]
    assert walk(model, picture, set(), visit) == {}


def test_augmentation_and_dropout_do_nothing(network: Any, picture: Any) -> None:
    image = keras.Input((None, None, 3))
    x = layers.RandomFlip()(layers.RandomContrast(0.9)(image))
    x = layers.Dropout(0.9)(layers.GaussianNoise(1.0)(x))
    model = keras.Model(image, layers.Conv2D(3, 3, name="end")(x, training=True))
    found = [network(model).activations(picture, {"end"})["end"] for _ in range(2)]
    assert np.array_equal(found[0], found[1])
    assert _close(found[0], model(picture, training=False))


def test_inputs_and_layers_without_rows_are_no_places(network: Any, picture: Any) -> None:
    image = keras.Input((None, None, 3), name="image")
    x = layers.Conv2D(4, 3, name="conv")(image)
    which = network(keras.Model(image, layers.Dense(3, name="head")(layers.GlobalAveragePooling2D(name="pool")(x))))
    assert list(which.channels) == ["conv"]
    assert which.activations(picture, {"pool"})["pool"].shape == (1, 4)
    with pytest.raises(BadInput, match=r"'pool' .* has no rows and columns"):
        channels_of(which, "pool")


def test_the_picture_itself_needs_no_network(network: Any, small: Any, picture: Any) -> None:
    which = network(small(layers.Conv2D(2, 3)))
    assert which.activations(picture, {"image"})["image"] is picture
    assert set(which.activations(picture, set())) == {"image"}


def test_one_compilation_serves_all_sizes(network: Any, trained: Any, picture: Any) -> None:
    which = network(_pair(trained)[0])
    run = compile_frozen(lambda image: [which.activations(image, {"act"})["act"]], {"image": (1, None, None, 3)})
    for size in (32, 17):
        part = picture[:, :size]
        assert _close(run(image=part)[0], which.activations(part, {"act"})["act"])


def test_unnamed_layers_are_numbered_from_the_start() -> None:
    def build() -> Any:
        image = keras.Input((None, None, 3))
        x = layers.Conv2D(2, 3)(image)
        x = layers.Conv2D(2, 3)(layers.MaxPooling2D()(x))
        return keras.Model(image, layers.ReLU(name="relu_7")(layers.BatchNormalization()(x) * 2))

    names = ["conv2d", "max_pooling2d", "conv2d_1", "batch_normalization", "relu_7"]
    for _ in range(2):
        assert [layer.name for layer in number_afresh(build()).layers[1:]] == names
