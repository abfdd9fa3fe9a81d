"""Class activation maps: worked out by hand, and related to each other as their definitions say."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from zoomdream.errors import BadInput
from zoomdream.still import class_maps, sensitivity
from zoomdream.still.class_maps import default_layer

# of the picture ``square`` behind the ReLU of ``mixing``, per place and channel
SEEN = np.asarray([[[4, 0], [1, 7]], [[0, 2], [2, 4]]])


def test_gradcam_by_hand(mixing: Any, ask: Any, square: Any) -> None:
    """The mean slopes of class 0 are 3/4 and 2/4, of class 1 -4/4 and 4/4."""
    found = class_maps.gradcam(ask(mixing, square, 0))
    assert np.array_equal(found.values, [[[3, 0.75 + 3.5], [1, 1.5 + 2]]])
    assert not found.signed
    assert found.facts["score"] == [18]
    assert np.array_equal(class_maps.gradcam(ask(mixing, square, 1)).values, [[[0, 6], [2, 2]]])
    signed = class_maps.gradcam(ask(mixing, square, 1), relu=False)
    assert np.array_equal(signed.values, [[[-4, 6], [2, 2]]])
    assert signed.signed


def test_gradcam_plus_plus_by_hand(mixing: Any, ask: Any, square: Any) -> None:
    """α = 1 / (2 + g·ΣA), with ΣA = 7 and 13; slopes below 0 have no weight."""
    found = class_maps.gradcam_plus_plus(ask(mixing, square, 0))
    first = 1 / (2 + 7) + 2 / (2 + 2 * 7) + 1 / (2 + 7)
    second = 2 / (2 + 2 * 13) + 3 / (2 + 3 * 13)
    assert np.allclose(found.values, SEEN @ [first, second], rtol=1e-6)


def test_gradcam_plus_plus_where_a_share_is_undefined(mixing: Any, ask: Any, square: Any) -> None:
    """With ΣA = 2 the slope of -1 has 2g² + g³ΣA = 0."""
    alone = square * [[[0], [0]], [[0], [1]]]
    found = class_maps.gradcam_plus_plus(ask(mixing, alone, 0)).values
    first, second = 1 / (2 + 2) + 2 / (2 + 2 * 2) + 1 / (2 + 2), 2 / (2 + 2 * 4) + 3 / (2 + 3 * 4)
    assert np.allclose(found, [[[0, 0], [0, 2 * first + 4 * second]]], rtol=1e-6)


def test_gradcam_plus_plus_keeps_what_speaks_against_only_if_told(network: Any, ask: Any, pictures: Any) -> None:
    """Behind a linear layer activations have both signs, and so has the map."""
    image = keras.Input((12, 10, 3))
    low = layers.Conv2D(4, 3, kernel_initializer=keras.initializers.RandomNormal(seed=1), name="low")(image)
    question = ask(network(keras.Model(image, layers.Dense(2)(layers.Flatten()(low)))), pictures, 0)
    whole, kept = (class_maps.gradcam_plus_plus(question, relu=relu) for relu in (False, True))
    assert whole.signed
    assert not kept.signed
    assert whole.values.min() < 0
    assert np.array_equal(kept.values, np.maximum(whole.values, 0))


def test_guided_gradcam_is_the_product(mixing: Any, ask: Any, square: Any) -> None:
    found = class_maps.guided_gradcam(ask(mixing, square, 0))
    guided = np.asarray([[[4, 0, -8], [-12, 24, 0]], [[0, 0, 0], [4, 0, -8]]])
    assert np.array_equal(found.values[0], guided * [[[3], [4.25]], [[1], [3.5]]])
    assert found.signed


def test_guided_gradcam_at_a_coarser_layer(twins: Any, ask: Any, pictures: Any) -> None:
    """The map of 5×4 places is stretched over the picture of 12×10: at each corner it is the corner's own value."""
    question = ask(twins[1], pictures, 1)
    found, fine = class_maps.guided_gradcam(question).values, sensitivity.guided(question).values
    coarse = class_maps.gradcam(question).values
    assert coarse.shape == (5, 5, 4)
    for y, x in [(0, 0), (0, -1), (-1, 0), (-1, -1)]:
        assert np.allclose(found[:, y, x], fine[:, y, x] * coarse[:, y, x, None], rtol=1e-4, atol=1e-9)


def test_gradcam_of_a_neuron_looks_at_the_layers_before_it(tiny: Any, ask: Any, pictures: Any) -> None:
    """One place of a 3×3 convolution hangs on nine places before it: its kernel's sum, over all places."""
    kernel = tiny.model.get_layer("two_conv").kernel.numpy()
    found = class_maps.gradcam(ask(tiny, pictures, "two_conv:4@2,2"), relu=False)
    before = np.asarray(tiny.activations(pictures, {"one"})["one"])
    rows, columns = before.shape[1:3]
    expected = before @ kernel[..., 4].sum((0, 1)) / (rows * columns)
    assert np.allclose(found.values, expected, rtol=1e-4, atol=1e-6)


def _pooled(image: Any, x: Any, head: Callable[[Any], Any]) -> Any:
    return keras.Model(image, head(x), name="pooled")


CAM_HEADS: dict[str, Callable[[Any], Any]] = {
    "dense": lambda x: layers.Dense(3)(layers.GlobalAveragePooling2D()(x)),
    "softmax": lambda x: layers.Dense(3, activation="softmax")(layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x))),
    "convolution": lambda x: layers.Softmax()(
        layers.Reshape((3,))(layers.Conv2D(3, 1)(layers.GlobalAveragePooling2D(keepdims=True)(x)))
    ),
    "one map for each class": lambda x: layers.Activation("softmax")(layers.GlobalAveragePooling2D()(x)),
}


@pytest.mark.parametrize("kind", CAM_HEADS)
def test_cam_is_gradcam_times_the_places(kind: str, network: Any, ask: Any, pictures: Any) -> None:
    image = keras.Input((12, 10, 3))
    x = layers.Conv2D(3, 3, name="last")(layers.Conv2D(4, 3, activation="relu")(image))
    question = ask(network(_pooled(image, x, CAM_HEADS[kind])), pictures, 2)
    found, slope = class_maps.cam(question), class_maps.gradcam(question, relu=False)
    assert found.values.shape == (5, 8, 6)
    assert np.abs(found.values).max() > 0.01
    assert np.allclose(found.values, slope.values * 8 * 6, rtol=1e-4, atol=1e-6)
    assert found.signed


def test_cam_where_base_and_head_are_nested(twins: Any, ask: Any, pictures: Any) -> None:
    for which in twins:
        question = ask(which, pictures, 3)
        found, slope = class_maps.cam(question), class_maps.gradcam(question, relu=False)
        assert np.abs(found.values).max() > 0.01
        assert np.allclose(found.values, slope.values * 5 * 4, rtol=1e-4, atol=1e-6)


def test_the_map_of_a_last_convolution_is_its_own_channel(network: Any, ask: Any, pictures: Any) -> None:
    image = keras.Input((12, 10, 3))
    maps = layers.Conv2D(3, 1, name="maps")(layers.Conv2D(4, 3, activation="relu")(image))
    which = network(keras.Model(image, layers.Softmax()(layers.GlobalAveragePooling2D()(maps))))
    found = class_maps.cam(ask(which, pictures, 1)).values
    assert np.allclose(found, np.asarray(which.activations(pictures, {"maps"})["maps"])[..., 1], rtol=1e-5, atol=1e-7)


def test_the_mean_of_a_cam_is_the_logit_without_its_bias(tiny: Any, ask: Any, pictures: Any) -> None:
    found = class_maps.cam(ask(tiny, pictures, 4))
    bias = tiny.model.get_layer("predictions").bias.numpy()[4]
    assert np.allclose(found.values.mean((1, 2)), found.facts["score"] - bias, rtol=1e-4)


def test_a_cam_is_of_a_class(tiny: Any, ask: Any, pictures: Any) -> None:
    with pytest.raises(BadInput, match=r"^two:3: a class activation map is of a class; gradcam takes any target"):
        class_maps.cam(ask(tiny, pictures, "two:3"))


def test_a_layer_behind_the_target_is_refused(tiny: Any, ask: Any, pictures: Any) -> None:
    with pytest.raises(BadInput, match=r"^one of tiny does not depend on two: name a layer before it"):
        class_maps.gradcam(ask(tiny, pictures, "one:3"), layer="two")


def test_a_layer_without_places_is_refused(tiny: Any, ask: Any, pictures: Any) -> None:
    with pytest.raises(BadInput, match="layer 'pool' of tiny has no rows and columns"):
        class_maps.gradcam(ask(tiny, pictures), layer="pool")
    with pytest.raises(BadInput, match="has no layer 'tow'"):
        class_maps.gradcam(ask(tiny, pictures), layer="tow")


def test_the_layer_can_be_chosen(twins: Any, ask: Any, pictures: Any) -> None:
    nested, flat = (ask(which, pictures, 1) for which in twins)
    for layer, shape in (("act", (12, 10)), ("top", (5, 4)), ("base/act", (12, 10))):
        found = class_maps.gradcam(nested, layer).values
        assert found.shape == (5, *shape)
        assert np.allclose(found, class_maps.gradcam(flat, layer.rpartition("/")[2]).values, rtol=1e-4, atol=1e-8)


def test_the_usual_layer_is_one_that_all_ways_lead_through(network: Any, ask: Any, pictures: Any) -> None:
    """Not the last branch of a concatenation, on which most of its channels do not depend."""
    image = keras.Input((12, 10, 3))
    trunk = layers.Conv2D(4, 3, activation="relu", name="trunk")(image)
    one, two = (layers.Conv2D(4, 3, activation="tanh", name=name)(trunk) for name in ("one", "two"))
    both = layers.Concatenate(name="both")([one, two])
    split = ops.split(layers.Conv2D(4, 1, name="mix")(both), 2, axis=-1)
    end = layers.Add(name="end")(split)
    which = network(keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D()(end))))
    usual = {target: default_layer(which, target) for target in ("both", "one", "two", "end", "class")}
    assert usual == {"both": "trunk", "one": "trunk", "two": "trunk", "end": "mix", "class": "end"}
    for channel in range(8):
        assert class_maps.gradcam(ask(which, pictures, f"both:{channel}"), relu=False).values.any()


def test_the_usual_layer_is_the_last_before_the_target(tiny: Any, twins: Any) -> None:
    assert default_layer(tiny, "class") == "two"
    assert default_layer(tiny, "two") == "one"
    assert default_layer(twins[1], "class") == "top"
    assert default_layer(twins[1], "top") == "act"
