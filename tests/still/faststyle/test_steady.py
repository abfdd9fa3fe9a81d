"""What is carried along flickers less, is where the motion brings it, and gives way where something new comes."""

import numpy as np
import pytest

from zoomdream.picture.warp import move
from zoomdream.still.faststyle.steady import Motion, flicker, steadied


@pytest.fixture
def pan(photo) -> list[np.ndarray]:
    """Return six frames of a camera that moves two pixels a frame."""
    return [np.ascontiguousarray(photo[60:180, 60 + 2 * n : 220 + 2 * n]) for n in range(6)]


def flickering(frames, spread=0.1):
    """Return frames as a painter might paint them that is moved by every noise."""
    chance = np.random.default_rng(0)
    return [np.clip(1 - frame + chance.normal(0, spread, (1, 1, 3)), 0, 1).astype(np.float32) for frame in frames]


def test_the_motion_is_found(pan):
    motion = Motion(pan[0], pan[1])
    inside = np.s_[10:-10, 10:-10]
    assert np.abs(motion.carried(pan[0]) - pan[1])[inside].mean() < 0.01 < np.abs(pan[0] - pan[1])[inside].mean()
    assert motion.trust[inside].mean() > 0.9


def test_steadiness_lowers_flicker(pan):
    painted = flickering(pan)
    plain = flicker(zip(pan, painted, strict=True))
    some, more = (
        flicker(zip(pan, steadied(zip(pan, painted, strict=True), share), strict=True)) for share in (0.4, 0.8)
    )
    assert more < 0.5 * plain
    assert more < some < plain


def test_no_steadiness_changes_nothing(pan):
    painted = flickering(pan)
    assert all((a == b).all() for a, b in zip(steadied(zip(pan, painted, strict=True), 0), painted, strict=True))


def test_a_cut_is_left_alone(pan, photo):
    """Behind a cut there is nothing to carry along."""
    frames = [pan[0], move(np.ascontiguousarray(1 - photo[100:220, 200:360][::-1]), 1.3 + 0.5j, 0.1)]
    painted = [np.zeros_like(frames[0]), np.ones_like(frames[1])]
    *_, last = steadied(zip(frames, painted, strict=True), 1.0)
    assert last.mean() > 0.85


def test_a_frame_without_texture_is_no_trouble():
    frames = [np.full((20, 24, 3), 0.5, np.float32)] * 3
    assert flicker(zip(frames, frames, strict=True)) == pytest.approx(0, abs=1e-6)
