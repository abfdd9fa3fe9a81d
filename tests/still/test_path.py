"""Integrated gradients: complete, exact where they can be, and honest about their gap."""

from typing import Any

import numpy as np
import pytest

from zoomdream.still.path import integrated


@pytest.mark.parametrize("baseline", [0.0, 0.3])
def test_a_linear_network_is_shared_out_exactly(baseline: float, linear: Any, ask: Any) -> None:
    weights = np.random.default_rng(0).normal(size=(3, 4, 3)).astype(np.float32)
    picture = np.random.default_rng(1).random((3, 4, 3), np.float32)
    found = integrated(ask(linear(weights), picture), baseline)
    assert np.allclose(found.values[0], ((picture - baseline) * weights).sum(-1), atol=1e-5)
    assert found.signed
    assert np.isclose(found.facts["score"][0], (picture * weights).sum(), atol=1e-5)
    assert np.isclose(found.facts["baseline_score"][0], baseline * weights.sum(), atol=1e-5)
    assert found.facts["gap"][0] < 1e-4
    assert found.facts["points"][0] == 16


def test_a_rectifier_counts_the_part_of_the_path_where_it_is_on(rectified: Any, ask: Any) -> None:
    """ReLU(2x - 0.5) at x = 0.8 is on for x > 0.25, which is 11/16 of the way; its slope there is 2 · 0.8."""
    picture = np.full((1, 1, 3), 0.8, np.float32)
    found = integrated(ask(rectified(2, 0.5, (1, 1)), picture))
    assert np.isclose(found.values[0, 0, 0], 2 * 0.8 * 11 / 16, rtol=1e-4)
    assert found.facts["points"][0] == 16
    assert np.isclose(found.facts["score"][0], 1.1, rtol=1e-5)


@pytest.mark.parametrize("baseline", [0.0, 0.4, 1.0])
def test_the_sum_is_the_rise_of_the_score(baseline: float, twins: Any, ask: Any, pictures: Any) -> None:
    plain = np.full_like(pictures, baseline)
    rise = ask(twins[1], pictures, 3).scores() - ask(twins[1], plain, 3).scores()
    found = integrated(ask(twins[1], pictures, 3), baseline, gap=0.005)
    assert np.abs(rise).min() > 1e-3
    assert np.allclose(found.values.sum((1, 2)), rise, rtol=0.006)
    assert np.allclose(found.facts["score"] - found.facts["baseline_score"], rise, rtol=1e-3, atol=1e-5)


def test_the_gap_is_what_is_missing(rectified: Any, ask: Any) -> None:
    """With 16 points a bend between two of them is missed; the facts say by how much, and more points find it."""
    picture = np.full((1, 1, 3), 1, np.float32)
    question = ask(rectified(100, 99, (1, 1)), picture)
    few, many = integrated(question, most=1), integrated(question, most=64)
    for found in (few, many):
        missing = abs(found.values.sum(dtype=np.float64) - 1)
        assert np.isclose(found.facts["gap"][0], missing, rtol=0.01, atol=1e-3)
    assert few.facts["gap"][0] > 0.9
    assert many.facts["gap"][0] <= 0.01
    assert few.facts["points"][0] == 16 < many.facts["points"][0] <= 64


def test_never_more_points_than_allowed(twins: Any, ask: Any, pictures: Any) -> None:
    found = integrated(ask(twins[0], pictures[:2], 3), gap=0, most=50)
    assert (found.facts["points"] == 50).all()
    assert (found.facts["gap"] > 0).all()


def test_the_baseline_itself_has_nothing_to_share(tiny: Any, ask: Any) -> None:
    found = integrated(ask(tiny, np.full((12, 10, 3), 0.5), 1), baseline=0.5)
    assert not found.values.any()
    assert found.facts["gap"][0] == 0


def test_pictures_take_paths_of_their_own(twins: Any, ask: Any, pictures: Any) -> None:
    together = integrated(ask(twins[1], pictures, 3)).values
    for number, each in enumerate(pictures):
        assert np.allclose(together[number], integrated(ask(twins[1], each, 3)).values[0], rtol=1e-3, atol=1e-6)
