"""Objectives by hand, by finite differences, and by climbing them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from keras import ops

from zoomdream.ascent import objectives as o
from zoomdream.ascent.climb import Climb, compile_gradient
from zoomdream.ascent.rules import chain, normalise_std, scale
from zoomdream.errors import BadInput

A = np.arange(12, dtype=np.float32).reshape(1, 2, 2, 3) - 4
B = np.array([[[[1, 2, -3], [0, -1, 2]]]], np.float32)
LOGITS = np.array([[0.5, -2, 3]], np.float32)


def value(objective: o.Objective, **activations: np.ndarray) -> float:
    return float(objective.value({name: ops.convert_to_tensor(x) for name, x in activations.items()}))


def test_energy():
    assert value(o.energy("a"), a=A) == pytest.approx((A**2).mean())
    assert o.energy("a").layers == {"a"}


def test_channel():
    assert value(o.channel("a", 2), a=A) == pytest.approx(np.mean([4, 1, 16, 49]))


def test_channels_weigh_and_silence():
    expected = 2 * np.mean([16, 1, 4, 25]) - 0.5 * np.mean([4, 1, 16, 49])
    assert value(o.channels("a", {0: 2, 2: -0.5}), a=A) == pytest.approx(expected)


def test_neuron_is_one_row_column_and_channel():
    assert value(o.neuron("a", 1, 1, 0), a=A) == 3


def test_direction():
    assert value(o.direction("b", [1, 10, 100]), b=B) == pytest.approx((1 + 20 - 300 - 10 + 200) / 2)


def test_class_logit():
    assert value(o.class_logit(2), **{"class": LOGITS}) == 3
    assert o.class_logit(2).layers == {"class"}


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: x[None]])
def test_guide_takes_the_best_match_at_each_place(wrap):
    example = wrap(np.array([[[1, 0, 0], [0, 0, 1]], [[-1, 0, 1], [0, -1, 0]]], np.float32))
    best = [max(1, -3, -4, -2), max(0, 2, 2, 1)]
    assert value(o.guide("b", example), b=B) == pytest.approx(np.mean(best))


def test_total_variation_by_hand():
    picture = np.zeros((1, 2, 3, 1), np.float32)
    picture[0, 0] = [[0], [3], [3]]
    picture[0, 1] = [[4], [3], [0]]
    assert value(o.total_variation(), image=picture) == pytest.approx(np.mean([9 + 16, 0 + 0]))
    assert value(o.total_variation(beta=1), image=picture) == pytest.approx(np.mean([5, 0]), rel=1e-3)


def test_a_plain_picture_has_no_variation():
    assert value(o.total_variation(), image=np.full((1, 5, 5, 3), 0.7, np.float32)) == pytest.approx(0, abs=1e-6)


def test_norm():
    picture = np.array([0, 0.5, 1, 0.75], np.float32).reshape(1, 2, 2, 1)
    assert value(o.norm(), image=picture) == pytest.approx((0.25 + 0 + 0.25 + 0.0625) / 4)
    assert value(o.norm(1), image=picture) == pytest.approx((0.5 + 0 + 0.5 + 0.25) / 4)
    assert value(o.norm(layer="a"), a=A) == pytest.approx((A**2).mean())
    assert value(o.norm(2, "a", 1.5), a=A) == pytest.approx(((A - 1.5) ** 2).mean())
    assert value(o.norm(1, centre=0), image=picture) == pytest.approx(picture.mean())


def test_score_weighs_channels_of_several_layers_and_logits():
    weights = {"weights:a": [1, 0, -2], "weights:b": [0, 3, 0], "weights:class": [0, 0, 5]}
    given = {name: np.array([w, w], np.float32) for name, w in weights.items()}
    expected = (
        value(o.channels("a", {0: 1, 2: -2}), a=A) + value(o.channels("b", {1: 3}), b=B) + 5 * float(LOGITS[0, 2])
    )
    objective = o.score(["a", "b", "class"])
    assert value(objective, a=A, b=B, **{"class": LOGITS}, **given) == pytest.approx(expected)
    assert objective.layers == {"a", "b", "class"}


def test_score_weighs_positive_and_negative_answers_apart():
    sides = np.array([[1, 0, 10], [0, 1, 100]], np.float32)
    assert value(o.score(["b"]), b=B, **{"weights:b": sides}) == pytest.approx((1 + 100 * 9 + 1 + 10 * 4) / 2)


def test_objectives_combine_and_their_operands_stay():
    a, b = o.energy("a"), o.channel("b", 1)
    va, vb = value(a, a=A), value(b, b=B)
    combined = {
        "sum": (a + b, va + vb),
        "difference": (a - b, va - vb),
        "twice": (2 * a, 2 * va),
        "from the right": (a * 2, 2 * va),
        "minus": (-a, -va),
        "all": (a + 2 * b - 0.5 * a, 0.5 * va + 2 * vb),
        "with itself": (a - a, 0),
    }
    for name, (objective, expected) in combined.items():
        assert value(objective, a=A, b=B) == pytest.approx(expected), name
    assert (a + b).layers == {"a", "b"}
    assert (value(a, a=A), value(b, b=B)) == (va, vb)
    assert (a.layers, b.layers) == ({"a"}, {"b"})


GUIDE = np.random.default_rng(3).random((4, 5, 12), np.float32)
RISING: dict[str, Callable[[], o.Objective]] = {
    "energy": lambda: o.energy("two"),
    "channel": lambda: o.channel("one", 4),
    "channels": lambda: o.channels("two", {1: 1.0, 5: 2.0}),
    "neuron": lambda: o.neuron("two", 4, 6, 7),
    "direction": lambda: o.direction("one", np.linspace(-1, 1, 8)),
    "class_logit": lambda: o.class_logit(1),
    "guide": lambda: o.guide("two", GUIDE),
    "sum": lambda: o.energy("one") + 3 * o.channel("two", 0),
    "away from a channel": lambda: -o.channel("one", 2),
    "less total variation": lambda: -o.total_variation(),
    "less total variation, beta 1": lambda: -o.total_variation(1.0),
    "nearer to grey": lambda: -o.norm(),
    "nearer to grey, power 6": lambda: -o.norm(6),
    "weaker layer": lambda: -o.norm(2, "one"),
    "energy less variation": lambda: o.energy("two") - 0.1 * o.total_variation(),
}
EVERY = pytest.mark.parametrize("make", RISING.values(), ids=RISING.keys())


@EVERY
def test_climbing_raises_every_objective(tiny: Any, noise: np.ndarray, make: Callable[[], o.Objective]):
    gradient = compile_gradient(tiny, make())
    climb = Climb(gradient, chain(normalise_std(), scale(0.5 / 255)))
    before = gradient(noise, {})[1]
    after = gradient(climb(noise, 4, lambda step: (0, 0)), {})[1]
    assert after > before + 1e-3 * abs(before)


@EVERY
def test_gradients_agree_with_finite_differences(tiny: Any, noise: np.ndarray, make: Callable[[], o.Objective]):
    gradient = compile_gradient(tiny, make())
    slope, _ = gradient(noise, {})
    uphill = slope / np.sqrt((slope**2).mean())
    eps = np.float32(1e-3)
    difference = (gradient(noise + eps * uphill, {})[1] - gradient(noise - eps * uphill, {})[1]) / (2 * eps)
    assert difference == pytest.approx(float((slope * uphill).sum()), rel=0.03)


def test_score_is_channels_weighted_from_outside(tiny: Any, noise: np.ndarray):
    scored = compile_gradient(tiny, o.score(["two_norm"]), {"weights:two_norm": (2, 12)})
    weights = np.zeros((2, 12), np.float32)
    weights[:, [2, 7]] = 1.5, -0.5
    slope, height = scored(noise, {"weights:two_norm": weights})
    expected_slope, expected_height = compile_gradient(tiny, o.channels("two_norm", {2: 1.5, 7: -0.5}))(noise, {})
    assert height == pytest.approx(expected_height, rel=1e-5)
    np.testing.assert_allclose(slope, expected_slope, atol=1e-5 * np.abs(expected_slope).max())


def test_the_positive_side_is_the_channel_behind_a_relu(tiny: Any, noise: np.ndarray):
    scored = compile_gradient(tiny, o.score(["two_norm"]), {"weights:two_norm": (2, 12)})
    weights = np.zeros((2, 12), np.float32)
    weights[0, 3] = 1
    slope, _ = scored(noise, {"weights:two_norm": weights})
    expected, _ = compile_gradient(tiny, o.channel("two", 3))(noise, {})
    np.testing.assert_allclose(slope, expected, atol=1e-5 * np.abs(expected).max())


def test_weights_of_zero_leave_no_gradient(tiny: Any, noise: np.ndarray):
    scored = compile_gradient(tiny, o.score(["two", "class"]), {"weights:two": (2, 12), "weights:class": (2, 5)})
    nothing = {"weights:two": np.zeros((2, 12), np.float32), "weights:class": np.zeros((2, 5), np.float32)}
    slope, height = scored(noise, nothing)
    assert height == 0
    assert not slope.any()


def test_an_objective_of_ones_own(tiny: Any, noise: np.ndarray):
    brightness = o.Objective(frozenset({"image"}), lambda a: ops.mean(a["image"]))
    slope, height = compile_gradient(tiny, brightness)(noise, {})
    assert height == pytest.approx(noise.mean(), rel=1e-5)
    np.testing.assert_allclose(slope, 1 / noise.size, rtol=1e-4)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: o.channel("two", 12), "two:12: two has channels 0 to 11."),
        (lambda: o.channel("two", -1), "two:-1: two has channels 0 to 11."),
        (lambda: o.energy("one") + 0.5 * o.channels("one", {7: 1, 8: 1}), "one:8: one has channels 0 to 7."),
        (lambda: o.neuron("two", 9999, 0, 0), "two:9999: two has channels 0 to 11."),
        (lambda: o.class_logit(5), "class:5: class has classes 0 to 4."),
        (lambda: o.direction("one", [1, 2, 3]), "one has 8 channels; what is looked for there has 3."),
        (lambda: o.guide("two", np.zeros((4, 4, 5))), "two has 12 channels; what is looked for there has 5."),
        (lambda: o.energy("twoo"), "did you mean 'two'"),
    ],
)
def test_what_the_network_has_not_is_refused_when_compiled(tiny: Any, make: Callable[[], o.Objective], says: str):
    with pytest.raises(BadInput) as caught:
        compile_gradient(tiny, make())
    assert says in str(caught.value)


def test_a_neuron_beyond_the_border_pulls_nowhere(tiny: Any, noise: np.ndarray):
    slope, height = compile_gradient(tiny, o.neuron("two", 3, 999, 0))(noise, {})
    assert height == 0
    assert not slope.any()


def test_objectives_can_be_summed():
    whole = sum(o.Objective(frozenset({"a"}), lambda a, k=k: k * a["a"]) for k in (1, 2, 4))
    assert whole.value({"a": 3.0}) == 21


def test_a_class_in_a_film_sounds_place_by_place():
    kernel = np.array([[3.0, 1.0, -1.0], [0.0, 2.0, 1.0]], np.float32)  # less its mean over classes: 2 0 -2, -1 1 0
    seen = np.zeros((1, 1, 2, 2), np.float32)
    seen[0, 0] = [[1, 0], [0, 2]]  # answers of the places: 2 0 -2, and -2 2 0
    weights = np.zeros((2, 3), np.float32)
    weights[:, 0], weights[:, 1] = 0.5, -1
    value = o.class_score("top", kernel).value({"top": seen, "weights:class": weights})
    assert float(value) == pytest.approx((np.log(1 + 0.5 * 4) - np.log(1 + 4)) / 2)


def test_only_the_loudest_classes_of_a_film_sound():
    kernel = np.eye(40, dtype=np.float32)
    weights = np.tile(np.linspace(1, 2, 40, dtype=np.float32), (2, 1))
    seen = np.eye(40, dtype=np.float32)[None, None]  # each place is sure of one class
    value = o.class_score("top", kernel).value({"top": seen, "weights:class": weights})
    answer = 1 - 1 / 40
    assert float(value) == pytest.approx(np.log1p(weights[0, -16:] * answer**2).sum() / 40, rel=1e-4)
