"""The quickest of several ways."""

import numpy as np
import pytest

from zoomdream.network.backend import compiling
from zoomdream.network.backend.quickest import GAIN, TRIALS, quickest


class Clock:
    """A clock that goes on only when something takes time."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def way(self, name, first, later, calls):
        """Return a way that takes some seconds at its first call, and others later."""

        def run(inputs):
            calls.append(name)
            self.now += first if calls.count(name) == 1 else later(inputs)
            return name, inputs

        return run


def size(inputs):
    return len(inputs)


def test_the_quicker_way_is_taken_whatever_compiling_it_takes():
    clock, calls = Clock(), []
    ways = [clock.way("plain", 0, lambda _: 3.0, calls), clock.way("compiled", 99.0, lambda _: 1.0, calls)]
    run = quickest(ways, lambda outputs: None, size, clock)
    assert run([7]) == ("compiled", [7])
    assert calls.count("plain") == 1 + TRIALS
    del calls[:]
    assert run([8]) == ("compiled", [8])
    assert calls == ["compiled"]


@pytest.mark.parametrize(("gain", "taken"), [(0.95 * GAIN, "plain"), (1.05 * GAIN, "compiled")])
def test_a_way_that_is_hardly_quicker_is_not_taken(gain, taken):
    clock, calls = Clock(), []
    ways = [clock.way("plain", 0, lambda _: 1.0, calls), clock.way("compiled", 0, lambda _: 1 / gain, calls)]
    assert quickest(ways, lambda outputs: None, size, clock)([1])[0] == taken


def test_each_kind_of_input_has_its_own():
    clock, calls = Clock(), []
    ways = [clock.way("plain", 0, lambda _: 2.0, calls), clock.way("compiled", 0, lambda given: len(given), calls)]
    run = quickest(ways, lambda outputs: None, size, clock)
    assert run([1])[0] == "compiled"
    assert run([1, 2, 3])[0] == "plain"
    assert run([4])[0] == "compiled"


def test_time_is_taken_until_outputs_are_there():
    clock = Clock()

    def wait(outputs):
        clock.now += outputs

    assert quickest([lambda _: 5, lambda _: 2], wait, size, clock)([1]) == 2


def test_a_way_that_fails_is_not_taken_but_the_first_one_may_say_why():
    def fails(inputs):
        raise ValueError("no room")

    assert quickest([sum, fails], lambda outputs: None, size)([1, 2]) == 3
    with pytest.raises(ValueError, match="no room"):
        quickest([fails, sum], lambda outputs: None, size)([1, 2])


def test_one_way_is_not_timed():
    assert quickest([sum], lambda outputs: None, size) is sum


@pytest.fixture()
def accelerated(monkeypatch):
    """As if there were an accelerator, so that XLA is tried; it compiles for the processor as well."""
    tried = []
    with_xla = compiling._with_xla

    def noted(frozen):
        way = with_xla(frozen)
        return lambda tensors: (tried.append(tensors[0].shape), way(tensors))[1]

    monkeypatch.setattr(compiling, "accelerators", lambda: ["a card"])
    monkeypatch.setattr(compiling, "_with_xla", noted)
    return tried


def test_with_an_accelerator_a_step_by_xla_is_tried_at_each_size_and_the_same(tiny, accelerated):
    from zoomdream.ascent.climb import compile_climb
    from zoomdream.ascent.objectives import energy
    from zoomdream.ascent.rules import chain, normalise_std, scale, smooth

    rule = chain(smooth(), normalise_std(), scale(0.01))
    climb = compile_climb(tiny, energy("two"), rule)
    image = np.random.default_rng(0).random((40, 48, 3), np.float32)
    climb(image, 3, lambda step: (step, 2))
    assert len(accelerated) >= 1 + TRIALS
    assert climb(image[:32], 1, lambda step: (0, 0)).shape == (32, 48, 3)
    assert {tuple(shape) for shape in accelerated} == {(1, 40, 48, 3), (1, 32, 48, 3)}


def test_what_xla_makes_is_the_same(tiny, accelerated, monkeypatch):
    from zoomdream.ascent.climb import compile_gradient
    from zoomdream.ascent.objectives import energy

    image = np.random.default_rng(0).random((40, 48, 3), np.float32)
    gradients = []
    for first in (0, 1):  # each way alone
        monkeypatch.setattr(compiling, "quickest", lambda ways, *_, first=first: ways[first])
        gradients.append(compile_gradient(tiny, energy("two"))(image, {})[0])
    assert accelerated
    np.testing.assert_allclose(*gradients, atol=1e-5 * np.abs(gradients[0]).max())
