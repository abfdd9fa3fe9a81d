"""The quickest of several ways."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from zoomdream.network.backend import compiling
from zoomdream.network.backend import quickest as module
from zoomdream.network.backend.quickest import GAIN, TRIALS, quickest


class Clock:
    """A clock that goes on only when something takes time."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def ways(self, plain, compiled, compiling=0.0):
        """Return two ways that take some seconds, the second one longer at its first call, and whose calls they are."""
        calls = []

        def way(name, seconds, at_first):
            def run(inputs):
                self.now += seconds if name in calls else seconds + at_first
                calls.append(name)
                return name, inputs

            return run

        return {"plain": way("plain", plain, 0.0), "compiled": way("compiled", compiled, compiling)}, calls


@pytest.fixture()
def file(tmp_path):
    return tmp_path / "cache" / "choices.json"


def nothing(outputs):
    """Wait for nothing: outputs are there at once."""


def fails(inputs):
    raise ValueError("no such operation")


def test_the_quicker_way_is_taken_whatever_compiling_it_takes(file):
    clock = Clock()
    ways, calls = clock.ways(3.0, 1.0, compiling=99.0)
    run = quickest(ways, nothing, file, "a card", clock)
    assert run([7]) == ("compiled", [7])
    assert calls.count("plain") == 1 + TRIALS
    del calls[:]
    assert run([8, 9]) == ("compiled", [8, 9])
    assert calls == ["compiled"]


@pytest.mark.parametrize(("gain", "taken"), [(0.95 * GAIN, "plain"), (1.05 * GAIN, "compiled")])
def test_a_way_that_is_hardly_quicker_is_not_taken(file, gain, taken):
    clock = Clock()
    ways, _ = clock.ways(1.0, 1.0 / gain)
    assert quickest(ways, nothing, file, "a card", clock)([1])[0] == taken


def test_time_is_taken_until_outputs_are_there(file):
    clock = Clock()

    def wait(outputs):
        clock.now += outputs

    assert quickest({"plain": lambda _: 5, "compiled": lambda _: 2}, wait, file, "a card", clock)([1]) == 2


def test_a_way_that_fails_is_not_taken_but_the_first_one_may_say_why(file):
    assert quickest({"plain": sum, "compiled": fails}, nothing, file, "a card")([1, 2]) == 3
    with pytest.raises(ValueError, match="no such operation"):
        quickest({"plain": fails, "compiled": sum}, nothing, file, "another card")([1, 2])
    assert json.loads(file.read_text()) == {"a card": "plain"}


@pytest.mark.parametrize("taken", ["plain", "compiled"])
def test_a_choice_is_remembered_for_each_machine(file, taken):
    times = {"plain": (1.0, 9.0), "compiled": (9.0, 1.0)}[taken]
    clock = Clock()
    quickest(clock.ways(*times)[0], nothing, file, "a card", clock)([1])
    ways, calls = clock.ways(*reversed(times))
    assert quickest(ways, nothing, file, "a card", clock)([1])[0] == taken
    assert calls == [taken]
    assert quickest(ways, nothing, file, "another card", clock)([1])[0] != taken
    assert sorted(json.loads(file.read_text())) == ["a card", "another card"]


def test_another_process_takes_the_same_way_without_measuring(file):
    clock = Clock()
    quickest(clock.ways(9.0, 1.0)[0], nothing, file, "a card", clock)([1])
    script = """
import sys
from pathlib import Path
from zoomdream.network.backend.quickest import quickest
ways = {"plain": lambda _: "plain", "compiled": lambda _: "compiled"}
print(quickest(ways, None, Path(sys.argv[1]), "a card", None)([1]))
"""
    done = subprocess.run([sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["compiled"]


def test_all_that_begin_at_once_take_the_same_way(file):
    def begin(number):
        clock = Clock()
        ways, calls = clock.ways(*((1.0, 9.0) if number % 2 else (9.0, 1.0)))
        return quickest(ways, nothing, file, "a card", clock)([1])[0], len(calls)

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(begin, range(8)))
    assert len({way for way, _ in taken}) == 1
    assert sorted(calls for _, calls in taken)[:-1] == [1] * 7, "one of them measures"


def test_a_way_that_fails_later_is_an_error(file):
    clock = Clock()
    quickest(clock.ways(9.0, 1.0)[0], nothing, file, "a card", clock)([1])
    with pytest.raises(ValueError, match="no such operation"):
        quickest({"plain": sum, "compiled": fails}, nothing, file, "a card")([1])


def blocked(file):
    """Put a file where the folder should be."""
    file.parent.write_text("")


def folder(file):
    """Put a folder where the file should be."""
    file.mkdir(parents=True)


def no_part(file):
    """Put a folder where the file is written before it gets its name."""
    file.with_suffix(".part").mkdir(parents=True)


@pytest.mark.parametrize("prevent", [blocked, folder, no_part])
def test_the_first_way_is_taken_where_nothing_can_be_remembered(file, prevent):
    prevent(file)
    clock = Clock()
    ways, calls = clock.ways(9.0, 1.0)
    run = quickest(ways, nothing, file, "a card", clock)
    assert run([1])[0] == "plain"
    del calls[:]
    assert run([2])[0] == "plain"
    assert calls == ["plain"], "nothing is measured again"


def test_the_first_way_is_taken_where_another_process_measures_for_too_long(file, monkeypatch):
    monkeypatch.setattr(module, "WAIT", 0.01)
    file.parent.mkdir()
    clock = Clock()
    with module.FileLock(file.with_suffix(".lock")):
        assert quickest(clock.ways(9.0, 1.0)[0], nothing, file, "a card", clock)([1])[0] == "plain"


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b'{"a card": "gone"}', b'{"a card": ["plain"]}']
)
def test_a_damaged_file_is_measured_anew(file, text):
    file.parent.mkdir()
    file.write_bytes(text)
    clock = Clock()
    assert quickest(clock.ways(9.0, 1.0)[0], nothing, file, "a card", clock)([1])[0] == "compiled"
    assert json.loads(file.read_text()) == {"a card": "compiled"}


@pytest.fixture()
def accelerated(monkeypatch, file):
    """As if there were an accelerator, so that XLA is tried; it compiles for the processor as well."""
    tried = []
    with_xla = compiling._with_xla

    def noted(frozen):
        way = with_xla(frozen)
        return lambda tensors: (tried.append(tuple(tensors[0].shape)), way(tensors))[1]

    monkeypatch.setattr(compiling, "accelerators", lambda: ["a card"])
    monkeypatch.setattr(compiling, "device_facts", lambda: {"accelerators": ["a card"]})
    monkeypatch.setattr(compiling, "_choices", lambda: file)
    monkeypatch.setattr(compiling, "_with_xla", noted)
    return tried


@pytest.fixture()
def taken(file):
    """Return a function that makes the file remember a way, whatever the card."""

    def remember(name):
        key = f"['a card'], TensorFlow {compiling.tf.__version__}, float32"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({key: name}))

    return remember


def doubled(often):
    return compiling.freeze(lambda x: [x + x], {"x": (None,)}, often=often)


def test_what_runs_often_is_tried_by_xla_once_for_all_sizes(accelerated, file):
    run = doubled(often=True)
    assert run(x=[1.0, 2.0])[0].numpy().tolist() == [2.0, 4.0]
    assert accelerated == [(2,)] * (1 + TRIALS) or accelerated == [(2,)] * (2 + TRIALS), (
        "the last one where it is taken"
    )
    (choice,) = json.loads(file.read_text()).values()
    for again in (run, doubled(often=True)):
        del accelerated[:]
        assert again(x=[1.0, 2.0, 3.0])[0].numpy().tolist() == [2.0, 4.0, 6.0]
        assert accelerated == ([(3,)] if choice == "XLA" else [])


def test_what_runs_once_is_not_tried(accelerated, file, tiny, noise):
    from zoomdream.ascent.climb import compile_gradient
    from zoomdream.ascent.objectives import energy

    doubled(often=False)(x=[1.0])
    compile_gradient(tiny, energy("two"))(noise, {})
    assert not accelerated
    assert not file.parent.exists()


def test_without_an_accelerator_nothing_is_tried(monkeypatch, accelerated, file):
    monkeypatch.setattr(compiling, "accelerators", list)
    doubled(often=True)(x=[1.0])
    assert not accelerated
    assert not file.parent.exists()


def test_xla_without_room_is_out_of_memory(accelerated, taken, monkeypatch):
    def full(tensors):
        raise compiling.tf.errors.ResourceExhaustedError(None, None, "no room")

    monkeypatch.setattr(compiling, "_with_xla", lambda frozen: full)
    taken("XLA")
    with pytest.raises(MemoryError):
        doubled(often=True)(x=[1.0])


def test_choices_are_kept_in_the_users_cache():
    assert compiling._choices().name == "accelerators.json"
    assert "zoomdream" in compiling._choices().parts


@pytest.mark.parametrize("rule", ["as a film", "adam"])
def test_a_step_by_xla_is_the_same(tiny, accelerated, taken, rule):
    from zoomdream.ascent.climb import compile_climb
    from zoomdream.ascent.objectives import energy
    from zoomdream.ascent.rules import adam, chain, normalise_std, scale, smooth

    rule = {"as a film": chain(smooth(), normalise_std(), scale(0.01)), "adam": adam(0.02)}[rule]
    image = np.random.default_rng(0).random((40, 48, 3), np.float32)
    climbed = []
    for name in ("plain", "XLA"):
        assert not accelerated
        taken(name)
        climb = compile_climb(tiny, energy("two"), rule)
        climbed.append([climb(picture, 3, lambda step: (step, 2)) for picture in (image, image[:32])])
    assert accelerated == [(1, 40, 48, 3)] * 3 + [(1, 32, 48, 3)] * 3
    for plain, by_xla, before in zip(*climbed, (image, image[:32]), strict=True):
        np.testing.assert_allclose(by_xla, plain, atol=1e-4 * np.abs(plain - before).max())


def test_a_score_of_several_layers_by_xla_is_the_same_whatever_sounds(tiny, accelerated, taken):
    from zoomdream.ascent.climb import compile_climb
    from zoomdream.ascent.objectives import score
    from zoomdream.ascent.rules import chain, normalise_std, scale

    image = np.random.default_rng(0).random((40, 48, 3), np.float32)
    climbed = []
    for name in ("plain", "XLA"):
        taken(name)
        shapes = {"weights:one": (2, 8), "weights:two": (2, 12)}
        climb = compile_climb(tiny, score(["one", "two"], ["two"]), chain(normalise_std(), scale(0.01)), shapes)
        for loud in ((1, 0), (0, 1), (1, 3)):
            weights = {key: np.zeros(shape, np.float32) for key, shape in shapes.items()}
            for key, count in zip(weights, loud, strict=True):
                weights[key][:, :count] = 1
            climbed.append(climb(image, 2, lambda step: (step, 2), weights) - image)
    assert len(accelerated) == 6
    for plain, by_xla in zip(climbed[:3], climbed[3:], strict=True):
        np.testing.assert_allclose(by_xla, plain, atol=1e-4 * np.abs(plain).max())
