"""The start of the tensor library."""

import subprocess
import sys

import pytest

from zoomdream.network.backend import start


@pytest.mark.parametrize(("before", "after"), [("enable", "True"), ("disable", "False")])
def test_the_garbage_collector_is_left_as_it_was(before, after):
    """Nor is garbage of before kept with what was imported."""
    script = f"""
import gc, weakref
class Knot: pass
gc.{before}()
knot = Knot()
knot.itself, dead = knot, weakref.ref(knot)
del knot
from zoomdream.network import backend
print(gc.isenabled(), gc.get_freeze_count() > 100_000, dead() is None)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [after, "True", "True"]


def test_accelerators_compute_the_same_each_time_in_float32_and_take_memory_as_they_need_it(monkeypatch):
    asked = []

    def grow(device, on):
        asked.append((device, on))
        if device == "in use":
            raise RuntimeError("Physical devices cannot be modified after being initialized")

    monkeypatch.setattr(start.tf.config.experimental, "set_memory_growth", grow)
    monkeypatch.setattr(start.tf.config.experimental, "enable_op_determinism", lambda: asked.append("the same"))
    monkeypatch.setattr(
        start.tf.config.experimental, "enable_tensor_float_32_execution", lambda on: asked.append(("TF32", on))
    )
    start.set_up([])
    assert not asked
    start.set_up(["first", "in use", "last"])
    assert asked == ["the same", ("TF32", False), ("first", True), ("in use", True), ("last", True)]


def test_a_film_can_be_dreamt_where_everything_must_come_out_the_same():
    """There is no operation in it, nor in loading a network, for which the tensor library has no repeatable way."""
    script = """
from itertools import islice
from zoomdream.network.backend import start
start.tf.config.experimental.enable_op_determinism()
from zoomdream.api import load_network, studio
from zoomdream.presets import load_preset
film = load_preset("reef", {"start.warmup": 0, "dream.lines": 64})
for weights in (None, "random"):
    key = next(islice(studio(film, load_network(film.network, weights=weights), size=(64, 64)).keys(), 2, 3))
    print(key.std() > 0)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
