"""What is silent changes nothing and is not run; what sounds is as if everything were."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from zoomdream.ascent import few as few_module
from zoomdream.ascent import objectives as o
from zoomdream.ascent.climb import compile_climb, compile_gradient
from zoomdream.ascent.few import Few, few_of
from zoomdream.ascent.rise import _stretches
from zoomdream.ascent.rules import normalise_std
from zoomdream.film.voicing import sounding
from zoomdream.network.backend import value_and_gradient
from zoomdream.network.backend.start import tf
from zoomdream.network.inputs import input_range
from zoomdream.network.network import Network


def arguments(network: Any, names: Any) -> dict[str, tuple[int, ...]]:
    return {o.weights_key(n): (2, network.classes if n == "class" else network.channels[n]) for n in names}


def sounds(shapes: dict[str, tuple[int, ...]], *which: str, count: int = 3) -> dict[str, np.ndarray]:
    """Return weights in which some channels of some layers weigh something."""
    weights = {key: np.zeros(shape, np.float32) for key, shape in shapes.items()}
    for layer in which:
        chance = np.random.default_rng(len(layer))
        width = weights[o.weights_key(layer)].shape[1]
        chosen = chance.choice(width, min(count, width), replace=False)
        weights[o.weights_key(layer)][:, chosen] = chance.uniform(-1, 2, (2, len(chosen)))
    return weights


def plainly(network: Any, objective: o.Objective, weights: dict[str, np.ndarray], image: np.ndarray) -> Any:
    """Return (gradient, value), everything computed, nothing compiled."""

    def value(seen: Any) -> Any:
        return objective.value({**network.activations(seen, objective.layers), **weights})

    height, slope = value_and_gradient(value, ops.convert_to_tensor(image[None]))
    return np.asarray(slope)[0], float(height)


def agree(found: Any, expected: Any) -> None:
    (slope, height), (uphill, high) = found, expected
    assert height == pytest.approx(high, rel=1e-4, abs=1e-9)
    np.testing.assert_allclose(slope, uphill, atol=1e-4 * np.abs(uphill).max())


LAYERS = ("block4", "block8", "block9_expand", "class")


@pytest.mark.parametrize("spared", [LAYERS, ("block9_expand",), ()])
def test_every_choice_of_layers_that_sound(lite0: Any, noise: np.ndarray, spared: tuple[str, ...]) -> None:
    shapes = arguments(lite0, LAYERS)
    objective = sounding(lite0, LAYERS, spared)
    gradient = compile_gradient(lite0, objective, shapes)
    for chosen in product([False, True], repeat=len(LAYERS)):
        weights = sounds(shapes, *(layer for layer, loud in zip(LAYERS, chosen, strict=True) if loud))
        agree(gradient(noise, weights), plainly(lite0, objective, weights, noise))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 40, 112])
def test_however_many_channels_sound(lite0: Any, noise: np.ndarray, count: int) -> None:
    shapes = arguments(lite0, ["block8", "block9"])
    spared, whole = (
        compile_gradient(lite0, o.score(["block8", "block9"], names), shapes) for names in (["block9"], [])
    )
    weights = sounds(shapes, "block8", "block9", count=count)
    agree(spared(noise, weights), whole(noise, weights))


def test_a_film_s_step_is_compiled_once_whatever_sounds(lite0: Any, noise: np.ndarray) -> None:
    shapes, traced = arguments(lite0, ["block3", "block4"]), []
    score = o.score(["block3", "block4"], ["block4"])
    counted = [
        o.Objective(term.layers, lambda a, term=term: (traced.append(1), term.value(a))[1], term.weights, term.few)
        for term in score.terms
    ]
    climb = compile_climb(lite0, sum(counted), normalise_std(), shapes)
    compiled = len(traced)
    for count, layer in product([1, 2, 7], ["block3", "block4"]):
        climb(noise, 1, lambda step: (1, 2), sounds(shapes, layer, count=count))
    assert len(traced) == compiled == 2


def heard_by(seen: list[str], layer: str) -> o.Objective:
    """Return the loudness of a layer, which notes where it is run, not where it is compiled."""
    import tensorflow as tf

    def noted(a: Any) -> Any:
        def note(x: Any) -> Any:
            seen.append(layer)
            return x

        kept = tf.ensure_shape(tf.numpy_function(note, [tf.stop_gradient(a[layer])], tf.float32), a[layer].shape)
        return ops.mean(a[layer] * kept) * ops.sum(a[o.weights_key(layer)])

    return o.Objective(frozenset({layer}), noted, o.weights_key(layer))


def test_what_is_silent_behind_what_sounds_is_not_run(lite0: Any, noise: np.ndarray) -> None:
    names, seen = ["block4", "block8", "block10"], []
    shapes = arguments(lite0, names)
    gradient = compile_gradient(lite0, sum(heard_by(seen, layer) for layer in reversed(names)), shapes)
    for sounding_now, run in [
        (["block4"], ["block4"]),
        (["block8"], ["block4", "block8"]),
        (["block10", "block4"], names),
        ([], ["block4"]),
    ]:
        del seen[:]
        gradient(noise, sounds(shapes, *sounding_now))
        assert sorted(seen, key=names.index) == run


def test_where_the_network_can_be_left(lite0: Any) -> None:
    def gates(objective: o.Objective, given: Any) -> list[str | None]:
        stretch = _stretches(lite0, Few(objective.terms), given)
        found = [stretch.gate or None]
        while stretch.behind:
            (stretch,) = stretch.behind
            found.append(stretch.gate or None)
        return found

    shapes = arguments(lite0, ["block7_expand", "block8", "block8_expand", "block9_expand", "block9"])
    score = o.score(["block9", "block8", "block9_expand", "block8_expand"])
    assert gates(score, shapes) == ["block8_expand", "block8", None]  # block9 reads block8 past what it expanded
    assert gates(o.score(["block8"]), shapes) == [None]
    assert gates(score, {}) == [None]  # nobody says what sounds
    assert gates(o.score(["block8"]) + o.energy("block9"), shapes) == [None]  # which always sounds
    assert gates(o.energy("block8") + o.score(["block9"]), shapes) == ["block8", None]
    assert gates(o.score(["block9"]) - 0.1 * o.norm(), shapes) == [None]  # before the first layer there is no gate
    assert gates(o.score(["block7_expand", "block8"]), shapes) == [None]


def test_parts_keep_their_weights_through_sums_and_factors() -> None:
    whole = 2 * o.score(["a", "b"], ["b"]) - o.energy("c")
    assert [(term.weights, term.few) for term in whole.terms] == [
        ("weights:a", False),
        ("weights:b", True),
        (None, False),
    ]
    one, two = np.ones((1, 1, 1, 2), np.float32), np.full((1, 1, 1, 2), 2, np.float32)
    found = {"a": one, "b": two, "c": two, "weights:a": one[0, 0].repeat(2, 0), "weights:b": one[0, 0].repeat(2, 0)}
    assert float(whole.value(found)) == sum(float(term.value(found)) for term in whole.terms) == 2 * (2 + 8) - 4


def test_whoever_else_reads_a_layer_has_it_whole(lite0: Any) -> None:
    shapes = arguments(lite0, ["block9"])
    assert few_of(lite0, o.score(["block9"], ["block9"]), shapes).layers == {"block9"}
    assert not few_of(lite0, o.score(["block9"]), shapes).layers
    assert not few_of(lite0, o.score(["block9"], ["block9"]), {}).layers
    assert not few_of(lite0, o.score(["block9"], ["block9"]) + o.energy("block9"), shapes).layers
    assert not few_of(lite0, o.score(["block9"], ["block9"]) + o.energy("block10"), shapes).layers


def test_layers_with_variables_behind_a_gate(noise: np.ndarray) -> None:
    """As a norm of a network of one's own has, which nothing takes the place of."""
    image = keras.Input((None, None, 3))
    first = layers.Conv2D(4, 3, padding="same", activation="relu", name="first")(image)
    second = layers.Conv2D(6, 3, padding="same", name="second")(layers.LayerNormalization(name="norm")(first))
    network = Network("own", keras.Model(image, second), input_range("0..1"))
    shapes = arguments(network, ["first", "second"])
    objective = o.score(["first", "second"], ["first", "second"])
    gradient = compile_gradient(network, objective, shapes)
    for loud in (["first"], ["second"], ["first", "second"]):
        weights = sounds(shapes, *loud)
        agree(gradient(noise, weights), plainly(network, objective, weights, noise))


def test_kernels_read_by_a_handle_behind_a_gate(noise: np.ndarray) -> None:
    """As those of convolutions by squares are, of which there are some before and some behind."""
    wide = [layers.Conv2D(112, 3, padding="same", activation="tanh", name=name) for name in ("one", "two", "three")]
    model = keras.Sequential([keras.Input((None, None, 3)), *wide])
    network, names = Network("own", model, input_range("0..1")), ["two", "three"]
    shapes = arguments(network, names)
    for spared in ([], ["three"]):
        objective = o.score(names, spared)
        gradient = compile_gradient(network, objective, shapes)
        for loud in (["two"], ["three"], names):
            weights = sounds(shapes, *loud)
            agree(gradient(noise, weights), plainly(network, objective, weights, noise))


class Noted(layers.Layer):
    """Gives what it is given, and writes down its name when it is run."""

    told: Callable[[str], None]

    def call(self, x: Any) -> Any:
        def note(y: Any) -> Any:
            self.told(self.name)
            return np.zeros_like(y)

        return x + tf.ensure_shape(tf.numpy_function(note, [tf.stop_gradient(x)], x.dtype), x.shape)


def branching(seen: list[str]) -> Network:
    """Return a network that ends in three branches: two of convolutions, one of which is deeper, and a pool."""
    image = keras.Input((None, None, 3))
    before = layers.Conv2D(4, 3, padding="same", activation="tanh", name="before")(image)
    deeper = layers.Conv2D(3, 1, activation="tanh", name="inner")(before)
    noted = [Noted(name=name) for name in ("one", "two", "three")]
    for layer in noted:
        layer.told = seen.append
    one = layers.ReLU(name="one_end")(layers.Conv2D(5, 3, padding="same")(noted[0](before)))
    two = layers.Conv2D(6, 3, padding="same", name="two_end")(noted[1](deeper))
    three = layers.MaxPooling2D(3, 1, padding="same", name="three_end")(noted[2](before))
    joined = layers.Concatenate(name="joined")([one, two, three])
    return Network("own", keras.Model(image, joined), input_range("0..1"))


def test_branches_are_heard_each_by_itself_and_silent_ones_are_not_run(noise: np.ndarray) -> None:
    seen: list[str] = []
    network = branching(seen)
    shapes = arguments(network, ["before", "joined"])
    objective = o.score(["before", "joined"], ["joined"])
    few = few_of(network, 2 * objective, shapes)
    assert few.layers == {"one_end", "two_end"}
    gradient = compile_gradient(network, 2 * objective, shapes)
    parts = {"one": slice(0, 5), "two": slice(5, 11), "three": slice(11, 15)}
    for loud in product([False, True], repeat=4):
        weights = sounds(shapes, "before", "joined", count=99)
        weights["weights:before"] *= loud[0]
        for sounding_now, part in zip(loud[1:], parts.values(), strict=True):
            weights["weights:joined"][:, part] *= sounding_now
        expected = plainly(network, 2 * objective, weights, noise)
        seen.clear()
        agree(gradient(noise, weights), expected)
        assert set(seen) == {name for name, now in zip(parts, loud[1:], strict=True) if now}


@pytest.mark.parametrize("count", [1, 3, 15])
def test_few_channels_of_branches(noise: np.ndarray, count: int) -> None:
    network = branching([])
    shapes = arguments(network, ["joined"])
    spared, whole = (compile_gradient(network, o.score(["joined"], few), shapes) for few in (["joined"], []))
    weights = sounds(shapes, "joined", count=count)
    agree(spared(noise, weights), whole(noise, weights))


def test_branches_that_are_not_heard_each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    network = branching([])
    names = ["joined", "one_end"]
    shapes, score = arguments(network, names), o.score(["joined"], ["joined"])
    assert few_of(network, score, shapes).joined
    assert not few_of(network, o.score(["joined"]), shapes).joined  # all of it sounds
    assert not few_of(network, score, {}).joined  # nobody says what sounds
    assert not few_of(network, score + o.energy("joined"), shapes).joined  # which hears all of it
    assert not few_of(network, o.score(names, ["joined"]), shapes).joined  # where a branch has weights of its own
    inner = arguments(network, ["joined", "inner"])
    assert not few_of(network, o.score(["joined", "inner"], ["joined"]), inner).joined  # it would be run twice
    beside = o.Objective(frozenset({"joined", "image"}), lambda a: score.value(a), "weights:joined", few=True)
    assert not few_of(network, beside, shapes).joined
    monkeypatch.setattr(few_module, "accelerators", lambda: ["a card"])
    assert not few_of(network, score, shapes).joined


def test_a_branch_that_ends_in_a_nested_model(noise: np.ndarray) -> None:
    inside = keras.Input((None, None, 4))
    inner = layers.Conv2D(3, 3, padding="same", activation="tanh", name="inner")(inside)
    branch = keras.Model(inside, layers.Conv2D(2, 1, name="last")(inner), name="branch")
    image = keras.Input((None, None, 3))
    before = layers.Conv2D(4, 3, padding="same", activation="tanh", name="before")(image)
    one = layers.Conv2D(5, 3, padding="same", name="one")(before)
    model = keras.Model(image, layers.Concatenate(name="joined")([one, branch(before)]))
    network = Network("own", model, input_range("0..1"))
    for names in (["joined"], ["branch/inner", "joined"], ["before", "branch/inner", "joined"]):
        shapes = arguments(network, names)
        objective = o.score(names, ["joined"])
        gradient = compile_gradient(network, objective, shapes)
        for count in (1, 7):
            weights = sounds(shapes, *names, count=count)
            agree(gradient(noise, weights), plainly(network, objective, weights, noise))


def test_a_sum_whose_value_is_replaced_is_no_sum_any_more(lite0: Any, noise: np.ndarray) -> None:
    total = o.energy("block3") + o.energy("block4")
    louder = replace(total, value=lambda a: ops.log(total.value(a)))
    assert louder.terms == (louder,)
    found, expected = compile_gradient(lite0, louder)(noise, {}), compile_gradient(lite0, total)(noise, {})
    assert found[1] == pytest.approx(np.log(expected[1]), rel=1e-5)


def test_a_score_by_two_names_of_a_layer(noise: np.ndarray) -> None:
    inside = keras.Input((None, None, 3))
    inner = keras.Model(inside, layers.Conv2D(6, 3, padding="same", name="conv")(inside), name="inner")
    image = keras.Input((None, None, 3))
    network = Network("own", keras.Model(image, layers.MaxPooling2D()(inner(image))), input_range("0..1"))
    names = ["conv", "inner/conv"]
    shapes = {o.weights_key(name): (2, 6) for name in names}
    objective, weights = o.score(names, names), sounds(shapes, *names)
    agree(compile_gradient(network, objective, shapes)(noise, weights), plainly(network, objective, weights, noise))


def test_on_an_accelerator_all_channels_are_computed(lite0: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its compiler would compile again for each number of channels."""
    monkeypatch.setattr(few_module, "accelerators", lambda: ["a card"])
    assert not few_of(lite0, o.score(["block9"], ["block9"]), arguments(lite0, ["block9"])).layers


def test_in_tiles(lite0: Any) -> None:
    names = ["block3", "block4"]
    shapes, image = arguments(lite0, names), np.random.default_rng(0).random((300, 280, 3), np.float32)
    found = [
        compile_climb(lite0, o.score(names, some), normalise_std(), shapes, tile=256)(
            image, 2, lambda step: (40, -200), sounds(shapes, loud)
        )
        for some in (names, [])
        for loud in names
    ]
    for spared, whole in zip(found[:2], found[2:], strict=True):
        np.testing.assert_allclose(spared, whole, atol=1e-3)
