"""Neurons that are excited, woken or dead; sizes that grow."""

from itertools import islice
from typing import Any

import numpy as np
import pytest

from tests.still.conftest import fixed
from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.still.imagine import classic
from zoomdream.still.imagine.excite import RAW, Look, Wanted, excite, given_by, stages_of
from zoomdream.still.imagine.neuron import STEPS, VARIETY, best_of, diverse, excitations, grow, neuron
from zoomdream.still.target import read_target

SMALL = (32, 40)


def wanted(network: Any, *addresses: str, **more: Any) -> Wanted:
    targets = [read_target(address, network) for address in addresses]
    return Wanted(network, targets, range(len(targets)), **{"size": SMALL, **more})


def last(growth):
    *_, reached = growth
    return reached


@pytest.fixture(scope="session")
def sleeping(network: Any) -> Any:
    """Return a network whose channel 0 hears only what is brighter than any noise, 1 anything, and 2 nothing at all."""
    import keras
    from keras import layers

    picture = keras.Input((None, None, 3))
    ear = layers.Conv2D(
        3, 1, activation="relu", name="ear",
        kernel_initializer=fixed([[1, 1, 0]] * 3), bias_initializer=fixed([-2.0, 0, -1]),
    )  # fmt: skip
    return network(keras.Model(picture, ear(picture), name="sleeping"), size=(32, 32))


def test_a_silent_neuron_is_woken_and_a_dead_one_is_told(sleeping: Any) -> None:
    reached = last(excite(wanted(sleeping, "ear:0", "ear:1", "ear:2", size=(16, 16)), 60))
    assert reached.heard.tolist() == [True, True, False]
    assert excitations(sleeping, read_target("ear:0", sleeping), reached.pictures)[0] > 0.05
    with pytest.raises(ZoomdreamError, match=r"ear:2 of sleeping is dead"):
        neuron(sleeping, "ear:2", size=(16, 16), steps=4)


def test_excitement_grows_beyond_that_of_a_photograph(tiny: Any, photo: np.ndarray) -> None:
    target = read_target("two:3", tiny)
    grown = neuron(tiny, "two:3", size=SMALL, steps=60)
    crops = np.stack([photo[i : i + 32, i : i + 40] for i in range(0, 200, 20)])
    assert excitations(tiny, target, grown[None])[0] > excitations(tiny, target, crops).max()


@pytest.mark.parametrize("method", STEPS)
def test_every_method_excites_and_repeats(tiny: Any, method: str) -> None:
    steps = 24
    growth = list(grow(tiny, read_target("two:3", tiny), size=(70, 80), steps=steps, method=method))
    assert growth[-1].pictures.shape == (1, 70, 80, 3)
    assert growth[-1].heights[0] > 1.05 * growth[0].heights[0]
    again = neuron(tiny, "two:3", size=(70, 80), steps=steps, method=method)
    assert np.array_equal(again, growth[-1].pictures[0])
    assert not np.array_equal(neuron(tiny, "two:3", size=(70, 80), steps=steps, method=method, seed=9), again)


def test_the_best_of_several_is_the_best(tiny: Any) -> None:
    target = read_target("two:3", tiny)
    reached = last(grow(tiny, target, size=SMALL, steps=6, count=4))
    found = excitations(tiny, target, reached.pictures)
    best = neuron(tiny, "two:3", size=SMALL, steps=6, best=4)
    assert np.array_equal(best, reached.pictures[found.argmax()])
    assert found.max() > found.min()


def test_diverse_pictures_are_less_alike(tiny: Any) -> None:
    from zoomdream.ascent.examples import sameness

    def likeness(pictures: np.ndarray) -> float:
        found = tiny.activations(pictures, {"two"})
        return float(np.mean(sameness("two").value(found)))

    target = read_target("two:3", tiny)
    free, apart = (
        last(grow(tiny, target, size=SMALL, steps=40, count=3, variety=variety)).pictures for variety in (0.0, VARIETY)
    )
    assert likeness(apart) < likeness(free)
    assert np.array_equal(diverse(tiny, "two:3", 3, size=SMALL, steps=40), apart)


@pytest.mark.parametrize("method", ["fourier", "raw"])
def test_a_place_is_excited_where_it_is(tiny: Any, method: str) -> None:
    picture = neuron(tiny, "two:3@4,15", size=SMALL, steps=40, method=method)
    map_ = np.asarray(tiny.activations(picture[None], {"two"})["two"])[0, :, :, 3]
    assert np.unravel_index(map_.argmax(), map_.shape) == (4, 15)


def test_a_neuron_that_is_excited_as_far_as_it_goes_is_not_dead(network: Any) -> None:
    import keras
    from keras import layers

    picture = keras.Input((None, None, 3))
    ear = layers.Conv2D(1, 1, kernel_initializer=fixed([30, 30, 30]), name="mix")
    model = keras.Model(picture, layers.ReLU(6.0, name="ear")(ear(picture)), name="saturated")
    saturated = network(model, size=(16, 16))
    target = read_target("ear:0", saturated)
    reached = last(grow(saturated, target, size=(16, 16), steps=30, method="plain"))
    assert reached.heard.all()
    assert excitations(saturated, target, neuron(saturated, "ear:0", size=(16, 16), steps=30)[None])[0] > 5


def test_places_keep_their_part_of_a_smaller_picture(tiny: Any) -> None:
    at_full_size = wanted(tiny, "two:3@8,15")
    assert np.argwhere(given_by(at_full_size, SMALL)["places"][0]).tolist() == [[8, 15]]
    assert np.argwhere(given_by(at_full_size, (16, 20))["places"][0]).tolist() == [[4, 7]]
    with pytest.raises(BadInput, match=r"two:3@8,20 is outside: .* 40×32 pixels two has 16 rows and 20 columns"):
        given_by(wanted(tiny, "two:3@8,20"), SMALL)


def test_a_large_picture_grows_at_a_smaller_size_first(tiny: Any) -> None:
    steps = list(excite(wanted(tiny, "two:3", size=(300, 310)), 9))
    assert [each.decoded.shape[1:3] for each in steps] == [(248, 256)] * 6 + [(300, 310)] * 3
    assert [each.step for each in steps] == list(range(9))
    assert all(
        each.pictures.shape == (1, 300, 310, 3) for each in steps
    )  # what is stopped early has the size asked for


def test_the_first_size_is_one_that_reaches_the_layer(network: Any) -> None:
    import keras
    from keras import layers

    picture = keras.Input((300, 300, 3))
    head = layers.Dense(2, name="head")(layers.Flatten()(layers.AveragePooling2D(100)(picture)))
    fixed_head = network(keras.Model(picture, head, name="fixed"), size=(300, 300))
    stages = stages_of(wanted(fixed_head, "class:1", size=(300, 300)), 4)
    assert [stage.size for stage in stages] == [(300, 300)]
    with pytest.raises(BadInput, match="need a picture of 300×300"):
        stages_of(wanted(fixed_head, "class:1", size=(600, 600)), 4)


def test_a_growth_that_is_stopped_early_is_still_judged(tiny: Any) -> None:
    target = read_target("one:2@100,100", tiny)
    *_, early = islice(grow(tiny, target, size=(300, 300), steps=12), 4)
    picture, height = best_of(tiny, target, early)
    assert picture.shape == (300, 300, 3) and np.isfinite(height)


def test_damaged_weights_are_named(network: Any) -> None:
    import keras
    from keras import layers

    picture = keras.Input((None, None, 3))
    model = keras.Model(picture, layers.Conv2D(2, 1, kernel_initializer=fixed([np.nan] * 6), name="a")(picture))
    with pytest.raises(ZoomdreamError, match="at a is not finite"):
        last(excite(wanted(network(model, size=(16, 16)), "a:0", size=(16, 16)), 2))


def test_regularisation_pulls_to_grey(tiny: Any) -> None:
    target = read_target("two:3", tiny)
    plain, kept = (
        last(grow(tiny, target, size=SMALL, steps=30, method=method)).pictures for method in ("plain", "regularised")
    )
    assert np.abs(kept - 0.5).mean() < np.abs(plain - 0.5).mean()
    assert (np.abs(kept - 0.5).max(-1) < 1e-6).mean() > 0.05


def test_octaves_end_at_the_size() -> None:
    assert classic.octave_sizes((64, 64)) == [(64, 64)]
    assert classic.octave_sizes((50, 90)) == [(50, 90)]
    sizes = classic.octave_sizes((300, 200))
    assert sizes[-1] == (300, 200) and min(sizes[0]) <= 64


def test_looks_keep_pictures_smooth(tiny: Any) -> None:
    def steps_of(look: Look) -> tuple[float, float]:
        picture = last(excite(wanted(tiny, "two:3"), 40, look)).pictures[0]
        step = float(np.abs(np.diff(picture, axis=1)).mean())
        return step, step / float(picture.std())

    natural, raw, smooth = (steps_of(look) for look in (Look(), RAW, Look(smoothness=20.0)))
    assert natural[1] < raw[1]
    assert smooth[0] < natural[0]


def test_unknown_methods_and_counts_are_refused(tiny: Any) -> None:
    target = read_target("two:3", tiny)
    with pytest.raises(BadInput, match="no method 'magic'; there are fourier, raw, plain"):
        grow(tiny, target, method="magic")
    with pytest.raises(BadInput, match="At least one picture"):
        grow(tiny, target, count=0)
    for nothing in ({"steps": 0}, {"size": (0, 8)}):
        with pytest.raises(BadInput, match="at least one step, and has at least one pixel"):
            neuron(tiny, "two:3", **nothing)


def test_steps_of_octaves_add_up(tiny: Any) -> None:
    for steps in (3, 20, 23):
        assert len(list(grow(tiny, read_target("two:3", tiny), size=(90, 90), steps=steps, method="octaves"))) == steps


def test_classes_can_be_unlike_one_another_too(tiny: Any) -> None:
    assert diverse(tiny, "class:dog", 2, size=SMALL, steps=3).shape == (2, *SMALL, 3)
