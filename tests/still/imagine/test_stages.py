"""Stages: from coarse to fine, ending at the size asked for."""

from itertools import pairwise

import pytest

from zoomdream.still.imagine.stages import COARSEST, coarse_to_fine


@pytest.mark.parametrize("size", [(40, 30), (256, 256), (300, 257), (512, 341), (1024, 64), (4096, 3000)])
@pytest.mark.parametrize("steps", [1, 2, 3, 300])
def test_stages_end_at_the_size_with_all_steps_taken(size, steps):
    stages = coarse_to_fine(size, steps)
    assert stages[-1].size == size
    assert sum(stage.steps for stage in stages) == steps
    assert all(stage.steps >= 1 for stage in stages)
    assert stages[-1].share == 1
    assert all(0 < stage.share <= 1 for stage in stages)
    sides = [max(stage.size) for stage in stages]
    assert sides == sorted(sides)
    if len(stages) > 1 and steps == 300:
        assert sides[0] == COARSEST
        assert all(b <= 2.02 * a for a, b in pairwise(sides))
