"""Ascents: every objective rises, every picture goes its own way, and the same seed the same one."""

from itertools import pairwise

import numpy as np
import pytest
from keras import ops

from zoomdream.ascent import objectives as o
from zoomdream.ascent.ascend import Ascent
from zoomdream.ascent.canvas import fourier, pixels
from zoomdream.ascent.examples import example_key, feature_distance, gram, gram_distance, sameness
from zoomdream.ascent.excitation import CHANNELS, PLACES, excitation, log_likelihood
from zoomdream.ascent.rules import adam, chain, normalise_rms, scale
from zoomdream.ascent.transforms import Transforms
from zoomdream.chance import generator

SIZE = (24, 20)
WHERE = {CHANNELS: (None, None), PLACES: (None, None, None)}


def channels(width: int, *which: int) -> np.ndarray:
    return np.eye(width, dtype=np.float32)[list(which)]


EVENLY = np.full((2, 12, 10), 1 / 120, np.float32)
TWO = {CHANNELS: channels(12, 3, 5), PLACES: EVENLY}
CLASSES = {CHANNELS: channels(5, 1, 4), PLACES: np.ones((2, 1, 1), np.float32)}


def example(tiny, kind: str) -> dict[str, np.ndarray]:
    picture = np.random.default_rng(5).random((1, *SIZE, 3), np.float32)
    found = tiny.activations(picture, {"two"})["two"]
    return {example_key("two", kind): np.asarray(gram(found) if kind == "gram" else found)}


RISING = {
    "excitation": lambda tiny: (excitation("two"), TWO),
    "logit": lambda tiny: (excitation("class"), CLASSES),
    "likelihood": lambda tiny: (log_likelihood(), CLASSES),
    "energy": lambda tiny: (o.energy("two"), {}),
    "channel": lambda tiny: (o.channel("two", 3), {}),
    "class": lambda tiny: (o.class_logit(2), {}),
    "direction": lambda tiny: (o.direction("two", np.arange(12) - 5), {}),
    "features": lambda tiny: (-feature_distance("two"), example(tiny, "features")),
    "gram": lambda tiny: (-gram_distance("two"), example(tiny, "gram")),
    "variety": lambda tiny: (-sameness("two"), {}),
    "smoothness": lambda tiny: (-o.total_variation(1.0), {}),
    "sum": lambda tiny: (excitation("two") - 0.1 * o.norm(), TWO),
}


@pytest.mark.parametrize("name", RISING)
@pytest.mark.parametrize("make", [pixels, fourier])
def test_every_objective_rises_on_every_canvas(tiny, name, make):
    objective, given = RISING[name](tiny)
    shapes = {key: (None,) * value.ndim for key, value in given.items()}
    canvas = make(SIZE)
    ascent = Ascent(tiny, objective, canvas, adam(0.005), shapes)
    state = ascent.begin(np.stack([canvas.start(generator(seed, "canvas")) for seed in (1, 2)]))
    heights = np.stack([reached.heights for reached in ascent(state, range(12), None, given)])
    assert heights.shape == (12, 2)
    assert (heights[-1] > heights[0]).all()


@pytest.fixture(scope="module")
def moving(tiny):
    return Ascent(tiny, excitation("two"), fourier(SIZE), adam(0.05), WHERE)


def last(ascent, begun, given, seeds=(0, 0), steps=6):
    def moves(step):
        return np.stack([Transforms(3, 1.1, 5).draw(generator(seed, "move", step), SIZE) for seed in seeds])

    *_, reached = ascent(ascent.begin(begun), range(steps), moves, given)
    return reached


def test_the_same_draws_give_the_same_picture(moving):
    begun = np.stack([moving.canvas.start(generator(7, "canvas"))] * 2)
    one, again = (last(moving, begun, TWO).pictures for _ in range(2))
    assert np.array_equal(one, again)


def test_a_picture_does_not_depend_on_what_grows_beside_it(moving):
    begun = np.stack([moving.canvas.start(generator(seed, "canvas")) for seed in (7, 8)])
    both = last(moving, begun, TWO).pictures
    for number in range(2):
        some = {key: value[number : number + 1] for key, value in TWO.items()}
        alone = last(moving, begun[number : number + 1], some, seeds=(0,)).pictures
        assert np.abs(alone[0] - both[number]).max() < 1e-3


def test_a_picture_without_a_way_up_is_told(moving):
    given = {**TWO, PLACES: EVENLY * np.array([[[1]], [[0]]], np.float32)}
    begun = np.stack([moving.canvas.start(generator(seed, "canvas")) for seed in (7, 8)])
    assert (last(moving, begun, given).slopes > 0).tolist() == [True, False]


def test_one_compiled_step_on_pixels_serves_all_sizes(tiny):
    ascent = Ascent(tiny, o.energy("one"), pixels((1, 1)), chain(normalise_rms(), scale(0.01)), {})
    for size in (SIZE, (40, 16)):
        begun = np.random.default_rng(1).random((1, *size, 3), np.float32)
        steps = list(ascent(ascent.begin(begun), range(3)))
        assert all(before.heights < after.heights for before, after in pairwise(steps))
        assert steps[-1].pictures.shape == (1, *size, 3)
        assert np.abs(np.asarray(steps[0].state[0]) - begun).max() > 0


def test_pictures_are_in_range_whatever_the_parameters(tiny):
    ascent = Ascent(tiny, o.energy("one"), pixels((1, 1)), scale(1e6), {})
    *_, reached = ascent(ascent.begin(np.full((1, *SIZE, 3), 0.4, np.float32)), range(2))
    assert reached.pictures.min() >= 0 and reached.pictures.max() <= 1
    assert ops.shape(reached.state[0]) == (1, *SIZE, 3)
