"""The climb: steps, shifts, and no way up."""

import numpy as np
import pytest
from keras import ops

from zoomdream.ascent.climb import Climb, FlatGradient, compile_climb, compile_gradient, one_by_one
from zoomdream.ascent.objectives import Objective, energy, score
from zoomdream.ascent.rules import Rule, adam, chain, laplacian, normalise_std, scale, smooth, stateless
from zoomdream.ascent.tiles import tiled
from zoomdream.network.backend import compiling

RULE = chain(smooth(3), normalise_std(), scale(2.5 / 255))


def still(step):
    return 0, 0


def shaken(step):
    return 5 * step - 3, 7 - 2 * step


def test_no_steps_return_the_picture(noise):
    assert Climb(lambda image, weights: (image, 0.0), RULE)(noise, 0, still) is noise


def test_each_step_adds_the_update(noise):
    climb = Climb(lambda image, weights: (np.full_like(image, 3), 0.0), scale(0.5))
    np.testing.assert_allclose(climb(noise, 4, still), noise + 6, rtol=1e-6)


def test_shifts_are_undone(noise):
    """A gradient that looks at each pixel alone does not notice the roll; one that knows its place does."""
    alone = Climb(lambda image, weights: (image, 0.0), scale(0.1))
    np.testing.assert_allclose(alone(noise, 3, shaken), noise * 1.1**3, rtol=1e-5)

    spot = np.zeros_like(noise)
    spot[10, 20] = 1
    placed = Climb(lambda image, weights: (spot, 0.0), scale(1))
    np.testing.assert_allclose(
        placed(noise, 1, lambda step: (4, -6)), noise + np.roll(spot, (-4, 6), (0, 1)), rtol=1e-6
    )


def test_steps_are_numbered_from_nought(noise):
    asked = []
    Climb(lambda image, weights: (image, 0.0), scale(0.1))(noise, 3, lambda step: (asked.append(step), (0, 0))[1])
    assert asked == [0, 1, 2]


def test_the_rule_keeps_its_state_over_the_steps(noise):
    counting = Rule(lambda image: 1, lambda g, n: (ops.zeros_like(g) + n, n + 1))
    climb = Climb(lambda image, weights: (image, 0.0), counting)
    np.testing.assert_allclose(climb(noise, 3, still), noise + 1 + 2 + 3, rtol=1e-6)


def test_a_rule_may_remember_the_gradient_of_a_picture_in_tiles():
    image = np.random.default_rng(0).random((200, 210, 3), np.float32)
    late = Rule(ops.zeros_like, lambda g, last: (last, g))
    step = one_by_one(tiled(lambda image, weights: (2 * image, 0.0), 192), late)
    picture, state = image[None], late.init(image[None])
    for factor in (1, 3, 5, 11):  # what is added is twice the picture before the last one
        picture, state, _ = step(picture, state, (3, -5), 1.0, {})
        np.testing.assert_allclose(picture[0], factor * image, rtol=1e-6)


@pytest.mark.parametrize("rule", [chain(), chain(scale(1), scale(1)), stateless(lambda gradient: gradient)])
def test_a_rule_may_give_the_gradient_itself(rule, noise):
    gradient = tiled(lambda image, weights: (image - 2, 0.0), 256)
    large = np.tile(noise, (8, 8, 1))
    after, _, largest = one_by_one(gradient, rule)(large[None], rule.init(large[None]), (0, 0), 0.5, {})
    np.testing.assert_allclose(after[0], 1.5 * large - 1, atol=1e-6)
    assert largest == np.abs(large - 2).max()


def test_the_same_shifts_give_the_same_bits(tiny, noise):
    climb = Climb(compile_gradient(tiny, energy("two")), RULE)
    one, two = climb(noise, 4, shaken), climb(noise, 4, shaken)
    np.testing.assert_array_equal(one, two)
    again = Climb(compile_gradient(tiny, energy("two")), RULE)
    np.testing.assert_array_equal(one, again(noise, 4, shaken))
    assert not np.array_equal(one, climb(noise, 4, still))


def test_the_picture_given_is_not_changed(tiny, noise):
    before = noise.copy()
    climbed = Climb(compile_gradient(tiny, energy("two")), RULE)(noise, 2, shaken)
    np.testing.assert_array_equal(noise, before)
    assert climbed.dtype == np.float32


def test_weights_of_zero_are_flat(tiny, noise):
    climb = Climb(compile_gradient(tiny, score(["two"]), {"weights:two": (2, 12)}), RULE)
    with pytest.raises(FlatGradient, match="zero everywhere") as caught:
        climb(noise, 2, still, {"weights:two": np.zeros((2, 12), np.float32)})
    assert caught.value.finite


@pytest.mark.parametrize("divisor", [lambda x: x - x, lambda x: ops.sqrt(ops.abs(x - x))])
def test_a_division_by_zero_is_not_finite(tiny, noise, divisor):
    wild = Objective(frozenset({"image"}), lambda a: ops.mean(a["image"] / divisor(a["image"])))
    with pytest.raises(FlatGradient, match="not finite") as caught:
        Climb(compile_gradient(tiny, wild), RULE)(noise, 1, still)
    assert not caught.value.finite


def test_one_pixel_that_is_not_a_number_is_noticed(noise):
    gradient = np.ones_like(noise)
    gradient[3, 3, 0] = np.nan
    with pytest.raises(FlatGradient, match="not finite"):
        Climb(lambda image, weights: (gradient, 0.0), RULE)(noise, 1, still)


def test_an_objective_that_does_not_look_at_the_picture_is_flat(tiny, noise):
    blind = Objective(frozenset(), lambda a: ops.convert_to_tensor(3.0))
    with pytest.raises(FlatGradient, match="zero everywhere"):
        Climb(compile_gradient(tiny, blind), RULE)(noise, 1, still)


def test_one_compilation_serves_all_sizes(tiny):
    traces = []
    seen = energy("two")

    def value(activations):
        traces.append(1)
        return seen.value(activations)

    gradient = compile_gradient(tiny, Objective(seen.layers, value))
    compiled = len(traces)
    for size in [(16, 16), (33, 47), (64, 20), (16, 16)]:
        slope, _ = gradient(np.random.default_rng(0).random((*size, 3), np.float32), {})
        assert slope.shape == (*size, 3)
    assert compiled >= 1
    assert len(traces) == compiled


def test_climbing_brightness_brightens_by_steps_not_leaps(tiny, noise):
    """The example in the module's own docstring, whose gradient is the same everywhere."""
    brightness = Objective(frozenset({"image"}), lambda a: ops.mean(a["image"]))
    brighter = Climb(compile_gradient(tiny, brightness), RULE)(noise, 1, still)
    assert 0 < (brighter - noise).mean() < 0.5


def test_half_the_effort_is_half_of_every_step():
    """A gradient that is not finite beyond 0.3 is out of reach of half steps."""

    def brittle(image, weights):
        return np.full_like(image, np.nan if image.max() > 0.3 else 1.0), 0.0

    climb = Climb(brittle, scale(0.2))
    flat = np.zeros((8, 8, 3), np.float32)
    with pytest.raises(FlatGradient):
        climb(flat, 3, lambda step: (0, 0))
    np.testing.assert_allclose(climb(flat, 3, lambda step: (0, 0), effort=0.5), 0.3, rtol=1e-6)


def test_a_step_writes_no_tensor_out_as_text(tiny):
    """As the library does for the message of an error that it then mends by itself: a fifth of a small step."""
    gradient = compile_gradient(tiny, energy("two"))
    image = np.random.default_rng(0).random((24, 20, 3), np.float32)
    written = []
    with np.printoptions(formatter={"all": lambda value: written.append(value) or ""}):
        gradient(image, {})
    assert not written


@pytest.mark.parametrize("rule", [RULE, chain(laplacian(), normalise_std(), scale(0.01)), adam(0.02)])
@pytest.mark.parametrize("effort", [1.0, 0.97, 0.5])
def test_a_fused_step_is_its_parts_to_the_bit(tiny, noise, rule, effort):
    weights = {"weights:two": np.random.default_rng(0).random((2, 12), np.float32)}
    given = tiny, score(["two"]), rule, {"weights:two": (2, 12)}
    parts = Climb(compile_gradient(tiny, given[1], given[3]), rule)(noise, 3, shaken, weights, effort)
    np.testing.assert_array_equal(compile_climb(*given)(noise, 3, shaken, weights, effort), parts)


def test_a_picture_that_is_too_large_takes_its_steps_in_tiles(tiny):
    image = np.random.default_rng(0).random((300, 280, 3), np.float32)
    climb = compile_climb(tiny, energy("two"), RULE, tile=256)
    parts = Climb(compile_gradient(tiny, energy("two"), tile=256), RULE)
    np.testing.assert_allclose(climb(image, 2, shaken), parts(image, 2, shaken), atol=2e-6)
    np.testing.assert_array_equal(climb.gradient(image, {})[0], parts.gradient(image, {})[0])


@pytest.mark.parametrize("tile", [0, 1024])
def test_where_memory_is_not_enough_a_fused_step_is_taken_in_tiles(tiny, tile, monkeypatch):
    """The gradient alone has no room either, so its tiles become smaller; without tiles that is an error."""
    image, told = np.random.default_rng(0).random((640, 600, 3), np.float32), []
    expected = compile_climb(tiny, energy("two"), RULE, tile=288)(image, 1, shaken)
    monkeypatch.setattr(compiling, "_flat", _greedy(compiling._flat, image.size))
    climb = compile_climb(tiny, energy("two"), RULE, tile=tile, told=told.append)
    if not tile:
        with pytest.raises(MemoryError):
            climb(image, 1, shaken)
        return
    np.testing.assert_allclose(climb(image, 1, shaken), expected, atol=1e-5)
    assert told == [288]


def _greedy(flat, most):
    """Return what makes a way to call a network that has room for less than so many numbers only."""

    def careful(frozen):
        way, convolves = flat(frozen), any("Conv" in operation.type for operation in frozen.graph.get_operations())

        def run(tensors):
            if convolves and max(np.prod(tensor.shape) for tensor in tensors) >= most:
                raise MemoryError
            return way(tensors)

        return run

    return careful


@pytest.mark.parametrize(
    ("value", "finite"),
    [(lambda a: ops.convert_to_tensor(3.0), True), (lambda a: ops.mean(a["image"] / (a["image"] - a["image"])), False)],
)
def test_a_fused_step_without_a_way_up_is_noticed_too(tiny, noise, value, finite):
    with pytest.raises(FlatGradient) as caught:
        compile_climb(tiny, Objective(frozenset({"image"}), value), RULE)(noise, 1, still)
    assert caught.value.finite is finite


@pytest.mark.parametrize("rule", [RULE, adam(0.02)])
def test_memory_that_runs_out_on_the_way_changes_no_bit(tiny, noise, rule, monkeypatch):
    whole = compile_climb(tiny, energy("two"), rule, tile=256)(noise, 5, shaken)
    left, flat = [2], compiling._flat

    def for_two_steps(frozen):
        way, fused = flat(frozen), len(frozen.inputs) > 1

        def run(tensors):
            if fused and not left[0]:
                raise MemoryError
            left[0] -= fused
            return way(tensors)

        return run

    def first(frozen):
        monkeypatch.setattr(compiling, "_flat", flat)
        return for_two_steps(frozen)

    monkeypatch.setattr(compiling, "_flat", first)
    np.testing.assert_array_equal(compile_climb(tiny, energy("two"), rule, tile=256)(noise, 5, shaken), whole)
    assert left == [0]
