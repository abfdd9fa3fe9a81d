"""The start of the tensor library."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(("before", "after"), [("enable", "True"), ("disable", "False")])
def test_garbage_is_looked_for_after_the_start_as_before(before, after):
    script = f"import gc; gc.{before}(); from zoomdream.network import backend; print(gc.isenabled())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [after]
