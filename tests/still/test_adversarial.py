"""Adversarial pictures: bounds hold and classes turn in the files themselves."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from zoomdream import still
from zoomdream.errors import BadInput
from zoomdream.picture.fit import Fit
from zoomdream.picture.image import load_image, save_image
from zoomdream.picture.similarity import similarity
from zoomdream.still.attack import better
from zoomdream.still.levels import strongest_levels, to_levels
from zoomdream.still.subject import Aim, View

ATTACKS = {
    "fgsm": still.fgsm,
    "pgd": partial(still.pgd, steps=4),
    "pgd in l2": partial(still.pgd, steps=4, norm="l2"),
    "fool": partial(still.fool, steps=6),
}
attacks = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())


@pytest.fixture(scope="module")
def small(tiny: Any) -> Any:
    """Return the tiny network, taken to have been trained on pictures of 32×24 pixels."""
    return replace(tiny, size=(24, 32))


@pytest.fixture(scope="module")
def two_classes(network: Any) -> Callable[..., Any]:
    """Return a function (weights (h, w, 3), bias) → network with logits 0 and Σ weights · picture + bias."""
    import keras
    from keras import layers

    def build(weights: np.ndarray, bias: float = 0) -> Any:
        picture = keras.Input(weights.shape)
        head = layers.Dense(2)
        model = keras.Model(picture, head(layers.Flatten()(picture)), name="two")
        kernel = np.stack([np.zeros(weights.size), weights.ravel()], 1)
        head.set_weights([kernel, np.array([0, bias])])
        return network(model)

    return build


@pytest.fixture
def weights() -> np.ndarray:
    """Return (9, 7, 3), of which some are 0."""
    chance = np.random.default_rng(5)
    return chance.standard_normal((9, 7, 3)) * (chance.random((9, 7, 3)) > 0.1)


def grain(height: int, width: int, seed: int = 2) -> np.ndarray:
    """Return noise with blacks and whites, not rounded to 8 bits."""
    picture = np.random.default_rng(seed).uniform(-0.2, 1.2, (height, width, 3))
    return np.clip(picture, 0, 1).astype(np.float32)


def in_levels(image: np.ndarray) -> np.ndarray:
    return to_levels(image).astype(int)


@attacks
def test_an_epsilon_of_0_changes_nothing(attack, small):
    picture = grain(31, 53)
    found = attack(small, picture, epsilon=0)
    np.testing.assert_array_equal(found.image, to_levels(picture) / np.float32(255))
    assert (found.linf, found.l2, found.steps, found.flipped, found.succeeded) == (0, 0, 0, False, False)
    assert found.ssim == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("target", "way"), [(1, 1), ("class:0", -1), (None, -1)])
def test_one_step_through_a_linear_model_is_epsilon_times_the_sign(two_classes, weights, target, way):
    picture = grain(9, 7)
    found = still.fgsm(two_classes(weights, bias=50), picture, target, epsilon=2.9)
    wanted = np.clip(in_levels(picture) + way * 2 * np.sign(weights), 0, 255)
    np.testing.assert_array_equal(in_levels(found.image), wanted)
    assert (found.steps, found.queries, found.linf) == (1, 3, 2)


def test_the_best_corner_of_a_linear_model_is_found_from_anywhere(two_classes, weights):
    picture, model = grain(9, 7), two_classes(weights)
    for seed in range(3):
        found = still.pgd(model, picture, 1, epsilon=3, steps=5, seed=seed)
        moved = in_levels(found.image) - in_levels(picture)
        wanted = np.clip(in_levels(picture) + 3 * np.sign(weights), 0, 255) - in_levels(picture)
        np.testing.assert_array_equal(moved[weights != 0], wanted[weights != 0])


def test_a_network_that_is_sure_has_a_slope_still(two_classes, weights):
    picture = grain(9, 7)
    found = still.fgsm(two_classes(weights, bias=500), picture)
    assert found.before.probability == 1
    assert (found.image != to_levels(picture) / np.float32(255)).sum() > 100


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("size", [(31, 53), (97, 23), (5, 9)])
@pytest.mark.parametrize(
    ("attack", "norm", "epsilon"),
    [
        (still.fgsm, "linf", 3.7),
        (partial(still.pgd, steps=3), "linf", 1),
        (partial(still.pgd, steps=3, norm="l2"), "l2", 5.5),
        (partial(still.pgd, steps=3, norm="l2"), "l2", 40),
        (partial(still.fool, steps=5), "linf", 2),
    ],
)
def test_bounds_and_classes_are_those_of_the_file(tmp_path, small, attack, norm, epsilon, size, fit):
    picture = grain(*size)
    found = attack(small, picture, epsilon=epsilon, fit=fit)
    save_image(tmp_path / "twin.png", found.image)
    read = load_image(tmp_path / "twin.png")
    change = in_levels(read) - in_levels(picture)
    np.testing.assert_array_equal(read, found.image)
    assert found.linf == np.abs(change).max() > 0
    assert found.l2 * 255 == pytest.approx(np.linalg.norm(change))
    assert (found.linf if norm == "linf" else np.linalg.norm(change)) <= epsilon
    top = still.classify(small, read, top=1, fit=fit)[0]
    assert (top.index, top.label) == (found.after.index, found.after.label)
    assert top.probability == pytest.approx(found.after.probability, abs=1e-6)
    assert found.flipped == found.succeeded == (found.after.index != found.before.index)
    assert found.ssim == pytest.approx(similarity(to_levels(picture) / np.float32(255), read))


@attacks
def test_nothing_changes_where_the_crop_does_not_look(attack, small):
    picture = grain(40, 99)
    change = in_levels(attack(small, picture, epsilon=30).image) - in_levels(picture)
    rows, columns = Fit((40, 99), small.size).seen
    assert change[rows, columns].any()
    change[rows, columns] = 0
    assert not change.any()


@pytest.mark.parametrize("target", [None, 0, 1, 2, 3, 4])
@pytest.mark.parametrize("steps", [1, 6])
def test_many_steps_are_never_behind_one(small, target, steps):
    for seed in range(3):
        picture = grain(33, 47, seed)
        one = still.fgsm(small, picture, target, epsilon=4).aim_after.probability
        many = still.pgd(small, picture, target, epsilon=4, steps=steps, seed=seed).aim_after.probability
        assert many <= one if target is None else many >= one


def test_more_climbs_are_never_behind_fewer(small):
    once, thrice = (still.pgd(small, grain(33, 47), 3, epsilon=2, steps=3, restarts=restarts) for restarts in (1, 3))
    assert thrice.aim_after.probability >= once.aim_after.probability
    assert (once.steps, once.queries) == (4, 3 + 1 + 6)
    assert (thrice.steps, thrice.queries) == (10, 3 + 3 * 7)


@attacks
@pytest.mark.parametrize("target", ["class:bee", "class:elk", 2])
def test_a_target_becomes_more_probable(attack, small, target):
    found = attack(small, grain(33, 47), target, epsilon=20)
    assert found.targeted
    assert found.aim_after.probability > found.aim_before.probability
    assert found.succeeded == (found.after.index == found.aim_after.index)


@attacks
def test_without_a_target_the_class_becomes_less_probable(attack, small):
    found = attack(small, grain(33, 47), epsilon=8)
    assert (found.aim_before, found.targeted) == (found.before, False)
    assert found.aim_after.probability < found.before.probability


@pytest.mark.parametrize(
    ("towards", "there", "stronger"),
    [(True, [0.34, 0.33, 0.33], [0.48, 0.5, 0.02]), (False, [0.4, 0.5, 0.1], [0.35, 0.33, 0.32])],
)
def test_what_meets_the_aim_goes_before_what_is_only_stronger(towards, there, stronger):
    """The target may win with a lower probability than that with which it lost to another class."""
    aim = Aim(0, towards)
    one, other = (View(np.zeros((1, 1, 3), np.int16), None, np.log(each)) for each in (there, stronger))
    assert aim.gain(one.logits) < aim.gain(other.logits)
    assert aim.met(one.logits)
    assert not aim.met(other.logits)
    assert better(aim, one, other) is better(aim, other, one) is one


def test_a_small_length_is_all_used_though_each_value_alone_would_round_to_none(small):
    picture = (0.2 + 0.6 * grain(61, 83)).astype(np.float32)
    found = still.pgd(small, picture, 1, epsilon=20, norm="l2", steps=3)
    assert 19.5 < found.l2 * 255 <= 20
    assert found.aim_after.probability > found.aim_before.probability


def test_the_usual_length_is_a_level_for_each_value_that_is_seen(small):
    found = still.pgd(small, 0.2 + 0.6 * grain(24, 99), 1, norm="l2", steps=2)
    assert found.l2 * 255 == pytest.approx(np.sqrt(24 * 32 * 3), rel=0.01)


def test_the_shortest_through_a_linear_model_is_nearly_the_shortest_there_is(two_classes, weights):
    picture = (0.3 + 0.4 * grain(9, 7)).astype(np.float32)
    here = (weights * to_levels(picture) / 255).sum()
    found = still.fool(two_classes(weights, bias=0.3 - here), picture)
    shortest = next(
        most
        for most in np.arange(1, 50, 0.1)
        if (strongest_levels((-weights).astype(np.float32), most) * weights).sum() / 255 < -0.301
    )
    assert found.succeeded
    assert found.l2 * 255 <= 1.1 * shortest


def test_the_shortest_is_shorter_than_one_step_that_does_it_too(small):
    picture = grain(33, 47)
    one, short = still.fgsm(small, picture, epsilon=64), still.fool(small, picture, epsilon=64)
    assert one.succeeded
    assert short.succeeded
    assert short.l2 < 0.8 * one.l2


def test_what_cannot_be_fooled_within_the_bound_comes_as_close_as_it_can(two_classes, weights):
    found = still.fool(two_classes(weights, bias=100), grain(9, 7), epsilon=1)
    assert not found.succeeded
    assert not found.flipped
    assert found.linf == 1
    assert found.aim_after.logit < found.aim_before.logit


def test_a_picture_of_the_target_is_left_as_it_is(small):
    picture = grain(33, 47)
    top = still.classify(small, picture)[0]
    found = still.fool(small, picture, top.index)
    assert (found.linf, found.steps, found.succeeded, found.flipped) == (0, 0, True, False)


def test_the_seed_decides(small):
    one, same, other = (still.pgd(small, grain(33, 47), 1, steps=3, epsilon=9, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.image, same.image)
    assert (one.image != other.image).any()


@attacks
def test_the_picture_that_was_given_stays_as_it_was(attack, small):
    picture = grain(33, 47)
    kept = picture.copy()
    attack(small, picture, epsilon=4)
    np.testing.assert_array_equal(picture, kept)


@attacks
@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("class:bea", "did you mean 'bee'"),
        ("class:5", "classes 0 to 4"),
        (-1, "classes 0 to 4"),
        ("class", "class:LABEL or class:INDEX"),
        ("one:3", "class:LABEL or class:INDEX"),
        ("three", "no layer 'three'"),
    ],
)
def test_what_is_no_class_is_refused(attack, small, target, said):
    with pytest.raises(BadInput, match=said):
        attack(small, grain(9, 9), target)


@attacks
@pytest.mark.parametrize("epsilon", [-1, 0.5, float("nan"), float("inf")])
def test_an_epsilon_that_is_no_number_of_levels_is_refused(attack, small, epsilon):
    with pytest.raises(BadInput, match="levels"):
        attack(small, grain(9, 9), epsilon=epsilon)


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (partial(still.pgd, norm="l1"), "linf and l2"),
        (partial(still.pgd, steps=0), "steps is 0"),
        (partial(still.pgd, restarts=0), "restarts is 0"),
        (partial(still.fool, steps=-1), "steps is -1"),
    ],
)
def test_other_settings_out_of_range_are_refused(attack, small, said):
    with pytest.raises(BadInput, match=said):
        attack(small, grain(9, 9))


@pytest.mark.parametrize("picture", [np.zeros((9, 9), np.float32), np.zeros((9, 9, 4)), np.zeros((9, 9, 3), np.uint8)])
def test_what_is_no_picture_is_refused(small, picture):
    with pytest.raises(BadInput, match="floats in"):
        still.fgsm(small, picture)


def test_a_network_must_have_classes_to_choose_from(linear, network):
    import keras

    picture = keras.Input((9, 9, 3))
    headless = network(keras.Model(picture, keras.layers.Conv2D(2, 3)(picture), name="headless"))
    with pytest.raises(BadInput, match="headless has no classes"):
        still.pgd(headless, grain(9, 9))
    with pytest.raises(BadInput, match="single class"):
        still.pgd(linear(np.ones((9, 9, 3))), grain(9, 9))


def test_the_photograph_becomes_a_zebra_that_survives_its_file(tmp_path, lite0, photo):
    found = still.pgd(lite0, photo, "class:zebra", epsilon=2)
    save_image(tmp_path / "zebra.png", found.image)
    read = load_image(tmp_path / "zebra.png")
    top = still.classify(lite0, read)[0]
    assert np.abs(in_levels(read) - in_levels(photo)).max() == 2
    assert top.label == "zebra"
    assert top.probability > 0.6
    assert found.aim_before.probability < 0.001
    assert found.ssim > 0.985


def test_a_twentieth_of_a_level_fools_the_photograph(lite0, photo):
    found, one = still.fool(lite0, photo, steps=20), still.fgsm(lite0, photo)
    assert found.flipped
    assert one.flipped
    assert found.l2 < one.l2 / 20
    assert found.l2 * 255 < 0.05 * np.sqrt(300 * 300 * 3)
