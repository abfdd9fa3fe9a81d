"""What is in a network, and whether it sees."""

from typing import Any

import numpy as np
import pytest
from keras import layers

from zoomdream.network.catalogue import load_network
from zoomdream.network.outline import outline
from zoomdream.network.proof import cat_shares, classify, folding_error, strangeness
from zoomdream.picture.warp import resize


@pytest.fixture(scope="module")
def cat(photo: np.ndarray) -> np.ndarray:
    side = min(photo.shape[:2])
    left = (photo.shape[1] - side) // 2
    return resize(photo[:, left : left + side], (224, 224))


def test_the_declared_range_of_the_embedded_network_is_among_the_least_strange(lite0: Any, cat: np.ndarray) -> None:
    strange = strangeness(lite0, cat)
    best = min(strange.values())
    assert strange["lite"] <= 1.02 * best
    assert strange["-1..1"] == pytest.approx(strange["lite"], rel=0.02)  # they differ by half a level in 255
    for wrong in ("0..1", "0..255", "caffe"):
        assert strange[wrong] > 1.3 * best


def test_the_range_does_not_depend_on_what_is_declared(cat: np.ndarray, lite0: Any) -> None:
    wrong = load_network("efficientnet-lite0", input_range="caffe")
    assert strangeness(wrong, cat) == pytest.approx(strangeness(lite0, cat))
    assert cat_shares(wrong, cat) == pytest.approx(cat_shares(lite0, cat))


def test_cats_are_seen_in_the_right_range_and_not_in_a_very_wrong_one(lite0: Any, cat: np.ndarray) -> None:
    shares = cat_shares(lite0, cat)
    assert shares["lite"] > 0.8
    assert shares["0..255"] < 0.2
    probabilities = classify(lite0, cat)
    assert probabilities.sum() == pytest.approx(1)
    assert probabilities[281:286].sum() == pytest.approx(shares["lite"], rel=1e-3)


def test_folding_changes_next_to_nothing(lite0: Any, cat: np.ndarray) -> None:
    assert folding_error(lite0, cat) < 1e-5


def test_strangeness_is_zero_for_what_a_norm_was_trained_on(small: Any, network: Any) -> None:
    """A norm that remembers exactly this picture, in 0..1, finds nothing strange in it there."""
    image = np.random.default_rng(0).normal(0.5, 0.1, (64, 64, 3)).astype(np.float32)
    norm = layers.BatchNormalization(name="norm")
    model = small(norm)
    norm.set_weights([*norm.get_weights()[:2], image.mean((0, 1)), image.var((0, 1)) - norm.epsilon])
    strange = strangeness(network(model), image)
    assert strange["0..1"] < 1e-4
    assert min(strange, key=lambda name: strange[name]) == "0..1"
    # -1..1 doubles the deviation and shifts the mean by -0.5 = 5 deviations: (4 + 25 - 1 - ln 4) / 2
    assert strange["-1..1"] == pytest.approx((4 + 25 - 1 - np.log(4)) / 2, rel=0.1)


def test_untrained_or_absent_norms_prove_nothing(network: Any, small: Any, cat: np.ndarray) -> None:
    import keras

    image = keras.Input((None, None, 3))
    fresh = keras.Model(image, layers.BatchNormalization()(image))
    assert strangeness(network(fresh), cat) == {}
    assert strangeness(network(small(layers.Conv2D(2, 3))), cat) == {}


def test_the_outline_of_the_embedded_network(lite0: Any) -> None:
    facts = {layer.name: layer for layer in outline(lite0.model)}
    assert list(facts) == list(lite0.channels)
    assert {name: facts[name].channels for name in facts} == lite0.channels
    assert [facts[name].stride for name in ("stem", "block2", "block4", "block10", "block14", "head")] == [
        2,
        4,
        8,
        16,
        32,
        32,
    ]
    main = [name for name, layer in facts.items() if layer.main]
    assert {"stem", "head", *(f"block{i}" for i in range(16))} <= set(main)
    assert not any(name.endswith(("_conv", "_norm", "_project")) for name in main)
    assert facts["block10"].kind == "Add"


def test_strides_are_whole_where_borders_are_cut_off() -> None:
    facts = {layer.name: layer for layer in outline(load_network("inception_v3", weights="random").model)}
    assert [facts[name].stride for name in ("activation", "mixed0", "mixed4", "mixed9")] == [2, 8, 16, 32]
    assert facts["mixed4"].main
    assert not facts["conv2d_5"].main


def test_squeezed_layers_have_no_stride(small: Any) -> None:
    model = small(layers.Conv2D(2, 3, name="a"), layers.GlobalAveragePooling2D(keepdims=True, name="b"))
    assert [(layer.name, layer.stride, layer.main) for layer in outline(model)] == [("a", 1, True), ("b", None, False)]
