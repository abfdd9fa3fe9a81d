"""The dream of one key: sizes, number of steps, shifts."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from zoomdream.film.dream import Dreamer, make_rule, octave_sizes, working_size
from zoomdream.film.settings import Dream

FILM = [(180, 320), (360, 640), (720, 1280), (2160, 3840)]


class Counting:
    """A climb that adds one per step and writes down what it was asked."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def __call__(self, image, steps, shifts, weights, effort=1.0):
        self.calls.append((image.shape[:2], steps, [shifts(step) for step in range(steps)], weights))
        return image + np.float32(steps * effort)


@pytest.mark.parametrize("dream", [Dream(), Dream(octaves=4, ratio=1.5), Dream(lines=90), Dream(lines=540, octaves=3)])
def test_the_octaves_below_lines_are_the_same_heights_for_every_size(dream):
    expected = [round(dream.lines / dream.ratio**k) for k in range(dream.octaves)][::-1]
    for size in FILM:
        sizes = octave_sizes(dream, working_size(dream, size))
        assert [height for height, _ in sizes[: dream.octaves]] == expected
        assert [h for h, _ in sizes] == sorted(h for h, _ in sizes)
        assert all(width / height == pytest.approx(16 / 9, abs=0.02) for height, width in sizes)


def test_by_hand():
    assert octave_sizes(Dream(lines=360, octaves=2, ratio=2), (360, 640)) == [(180, 320), (360, 640)]
    assert octave_sizes(Dream(lines=360, octaves=2, ratio=2), (720, 1280)) == [(180, 320), (360, 640), (720, 1280)]


@pytest.mark.parametrize("size", FILM)
def test_the_finest_octave_is_the_working_size(size):
    working = working_size(Dream(), size)
    assert octave_sizes(Dream(), working)[-1] == working


def test_a_large_film_gets_finer_octaves_unless_they_get_no_steps():
    assert len(octave_sizes(Dream(), (2160, 3840))) == 5
    assert len(octave_sizes(Dream(finish=0), (2160, 3840))) == 2


@pytest.mark.parametrize("ratio", [1.4, 2, 3])
def test_finer_octaves_are_never_further_apart_than_the_ratio(ratio):
    for height in (400, 700, 1080, 1500):
        heights = [h for h, _ in octave_sizes(Dream(ratio=ratio), (height, 2 * height))]
        assert max(b / a for a, b in pairwise(heights)) < ratio * 1.08


def test_no_octave_is_too_small_to_look_at():
    sizes = octave_sizes(Dream(lines=32, octaves=8, ratio=4), (32, 20))
    assert min(min(size) for size in sizes) == 16


def test_small_films_are_dreamt_larger():
    assert working_size(Dream(lines=360), (180, 320)) == (360, 640)
    assert working_size(Dream(lines=360), (180, 101)) == (360, 202)
    assert working_size(Dream(lines=360), (1080, 1920)) == (1080, 1920)


@pytest.mark.parametrize("keys", [1, 5, 12, 24, 60, 120])
@pytest.mark.parametrize("zoom_octaves", [0.2, 0.68, 3])
def test_steps_per_zoom_octave_do_not_depend_on_the_key_rate(keys, zoom_octaves):
    dreamer = Dreamer(Counting(), Dream(keys=keys, detail=70, lines=32, octaves=1), seed=0)
    image = np.zeros((32, 48, 3), np.float32)
    for key in range(keys):
        image = dreamer(image, key, {}, zoom_octaves / keys)
    np.testing.assert_allclose(image, 70 * zoom_octaves, rtol=1e-4)


def test_each_octave_climbs_as_far_and_finer_ones_less():
    counting = Counting()
    dream = Dream(detail=80, lines=32, octaves=2, finish=0.5)
    grown = Dreamer(counting, dream, seed=0)(np.zeros((128, 160, 3), np.float32), 0, {}, 0.5)
    assert [(size, steps) for size, steps, _, _ in counting.calls] == [
        ((16, 20), 40),
        ((32, 40), 40),
        ((64, 80), 20),
        ((128, 160), 20),
    ]
    np.testing.assert_allclose(grown, 120, rtol=1e-5)


@pytest.mark.parametrize("effort", [0.5, 1])
def test_effort_scales_each_step(effort):
    dreamer = Dreamer(Counting(), Dream(detail=10, lines=32, octaves=1), seed=0)
    np.testing.assert_allclose(dreamer(np.zeros((32, 32, 3), np.float32), 0, {}, 1.0, effort), 10 * effort, rtol=1e-5)


def test_sizes_given_take_the_place_of_the_octaves():
    counting, weights = Counting(), {"weights:a": np.ones(3)}
    Dreamer(counting, Dream(), seed=0)(np.zeros((20, 30, 3), np.float32), 0, weights, 0.01, sizes=[(20, 30)])
    assert [size for size, *_ in counting.calls] == [(20, 30)]
    assert counting.calls[0][3] is weights


def shifts(dream: Dream = Dream(), seed: int = 0, key: int = 0) -> list[tuple[int, int]]:  # noqa: B008
    counting = Counting()
    Dreamer(counting, replace(dream, detail=100, lines=32), seed)(np.zeros((32, 32, 3), np.float32), key, {}, 1.0)
    return [shift for _, _, asked, _ in counting.calls for shift in asked]


def test_shifts_are_a_function_of_seed_key_octave_and_step():
    assert shifts(seed=1, key=5) == shifts(seed=1, key=5)
    assert shifts(seed=1, key=5) != shifts(seed=2, key=5)
    assert shifts(seed=1, key=5) != shifts(seed=1, key=6)
    assert shifts(seed=1, key=-5) != shifts(seed=1, key=5)
    coarse, fine = shifts()[:100], shifts()[100:]
    assert coarse != fine


def test_shifts_reach_as_far_as_the_jitter_both_ways():
    both = np.array(shifts(Dream(jitter=3)))
    assert set(both.ravel()) == set(range(-3, 4))
    assert set(np.ravel(shifts(Dream(jitter=0)))) == {0}


@pytest.mark.parametrize("rule", ["smooth", "laplacian", "std", "sign"])
def test_every_rule_takes_steps_of_the_size_asked_for(rule):
    made = make_rule(Dream(rule=rule, step=2.5))
    gradient = np.random.default_rng(0).normal(0, 1e-4, (1, 32, 40, 3)).astype(np.float32)
    update, _ = made.update(gradient, made.init(gradient))
    assert np.std(np.asarray(update)) == pytest.approx(2.5 / 255, rel=1e-3)
    assert (np.asarray(update) * gradient).sum() > 0
