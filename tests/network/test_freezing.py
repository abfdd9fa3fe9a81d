"""Frozen functions: the weights they read are constants; one that reads none is taken as it is."""

import numpy as np
import pytest

from zoomdream.ascent.climb import compile_climb
from zoomdream.ascent.objectives import score, weights_key
from zoomdream.ascent.rules import chain, normalise_std, scale, smooth
from zoomdream.network.backend import compiling
from zoomdream.network.backend.start import convert_variables_to_constants_v2, tf


@pytest.fixture
def converted(monkeypatch):
    """Return the functions that were converted, which takes a third of a second for a film's step."""
    found = []

    def convert(read, **how):
        found.append(read)
        return convert_variables_to_constants_v2(read, **how)

    monkeypatch.setattr(compiling, "convert_variables_to_constants_v2", convert)
    return found


def test_a_variable_is_frozen_at_what_it_was(converted):
    weight = tf.Variable([2.0, 3.0])
    scaled = compiling.compile_frozen(lambda x: [x * weight], {"x": (None,)})
    weight.assign([0.0, 0.0])
    np.testing.assert_array_equal(scaled(x=[1.0, 10.0])[0], [2, 30])
    assert len(converted) == 1


def test_what_reads_no_variable_is_not_converted(converted):
    doubled = compiling.compile_frozen(lambda x: [x * 2, x + 1], {"x": (None,)})
    assert [list(each) for each in doubled(x=[1.0, 10.0])] == [[2, 20], [2, 11]]
    assert not converted


def test_a_films_step_on_the_embedded_network_is_ready_unconverted_and_the_same(lite0, noise, converted, monkeypatch):
    """Its score is of two layers, so that there is a branch in the step."""
    layers, rule = ["block3", "block5"], chain(smooth(), normalise_std(), scale(0.01))
    loud = {weights_key(layer): np.ones((2, lite0.channels[layer]), np.float32) for layer in layers}
    shapes = {key: value.shape for key, value in loud.items()}

    def climbed():
        climb = compile_climb(lite0, score(layers, few=layers), rule, shapes)
        return [climb(noise, 2, lambda step: (3, 5), weights) for weights in (loud, {**loud, "weights:block5": quiet})]

    quiet = np.zeros((2, lite0.channels["block5"]), np.float32)
    as_it_is = climbed()
    assert not converted
    monkeypatch.setattr(compiling, "_without_variables", convert_variables_to_constants_v2)
    np.testing.assert_array_equal(as_it_is, climbed())
