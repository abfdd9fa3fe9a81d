"""Passes: the same numbers whatever the batch, and the network's own."""

from typing import Any

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.still import passes


def test_scores_are_the_networks_own(twins: Any, pictures: Any) -> None:
    for which in twins:
        assert np.allclose(passes.scores(which, pictures, "class"), which.model(pictures), rtol=1e-5, atol=1e-6)
        seen = np.asarray(which.activations(pictures, {"act"})["act"])
        place = which.place("act")
        rows = np.ones((len(pictures), which.classes), np.float32)
        score, activations, _ = passes.gradients_within(which, pictures, "class", rows, place)
        assert np.allclose(activations, seen, rtol=1e-5, atol=1e-6)
        assert np.allclose(score, np.asarray(which.model(pictures)).sum(1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("count", [1, passes.BATCH, passes.BATCH + 1])
def test_batches_do_not_show(count: int, tiny: Any) -> None:
    images = np.random.default_rng(1).random((count, 9, 8, 3), np.float32)
    rows = np.random.default_rng(2).normal(size=(count, 5)).astype(np.float32)
    found = passes.gradients_within(tiny, images, "class", rows, "one")
    scores, down = passes.gradients(tiny, images, "class", rows)
    assert [each.shape for each in found] == [(count,), (count, 5, 4, 8), (count, 5, 4, 8)]
    assert down.shape == images.shape
    assert np.array_equal(found[0], scores)
    for number in (0, count - 1):
        one = slice(number, number + 1)
        alone = passes.gradients_within(tiny, images[one], "class", rows[one], "one")
        assert all(np.allclose(a[one], b, rtol=1e-4, atol=1e-7) for a, b in zip(found, alone, strict=True))
        assert np.allclose(down[one], passes.gradients(tiny, images[one], "class", rows[one])[1], rtol=1e-4, atol=1e-7)


def test_a_score_may_weigh_several_classes(tiny: Any, pictures: Any) -> None:
    rows = np.tile(np.asarray([1, -2, 0, 0.5, 0], np.float32), (5, 1))
    scores, down = passes.gradients(tiny, pictures, "class", rows)
    parts = [passes.gradients(tiny, pictures, "class", np.tile(row, (5, 1))) for row in np.eye(5, dtype=np.float32)]
    assert np.allclose(scores, sum(w * part[0] for w, part in zip(rows[0], parts, strict=True)), rtol=1e-4)
    assert np.allclose(down, sum(w * part[1] for w, part in zip(rows[0], parts, strict=True)), rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize(("most", "factor"), [(0, 2), (1000, 1)])
def test_a_pass_copies_the_weights_of_small_networks_only(
    network: Any, pictures: Any, monkeypatch: pytest.MonkeyPatch, most: int, factor: float
) -> None:
    """Weights that change after a pass is compiled are seen by it only if it holds none of its own."""
    import keras
    from keras import layers

    image = keras.Input((12, 10, 3))
    x = layers.BatchNormalization()(layers.Conv2D(2, 3, name="conv")(image))
    which = network(keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D()(x))))
    monkeypatch.setattr("zoomdream.network.network.MOST_FROZEN", most)
    rows = np.eye(1, 3, dtype=np.float32)
    before = passes.gradients(which, pictures[:1], "class", rows)[1]
    kernel = which.model.get_layer("conv").kernel
    kernel.assign(kernel * 2)
    after = passes.gradients(which, pictures[:1], "class", rows)[1]
    assert np.abs(before).max() > 0
    assert np.allclose(after, factor * before, rtol=1e-4, atol=1e-8)


def test_pictures_of_the_wrong_size_are_refused(network: Any, linear: Any, pictures: Any) -> None:
    which = linear(np.ones((3, 4, 3)))
    with pytest.raises(BadInput, match="need a picture of 4×3 pixels, not 10×12"):
        passes.scores(which, pictures, "class")


def test_a_layer_beyond_the_picture_is_refused(small_only: Any, pictures: Any) -> None:
    with pytest.raises(BadInput, match="cannot be reached with a picture of 10×12 pixels"):
        passes.scores(small_only, pictures, "deep")


@pytest.fixture
def small_only(network: Any) -> Any:
    """Return a network whose second layer needs 13 pixels each way."""
    import keras
    from keras import layers

    image = keras.Input((None, None, 3))
    x = layers.Conv2D(2, 9, name="deep")(layers.Conv2D(2, 5)(image))
    return network(keras.Model(image, x, name="hungry"), size=(20, 20))
