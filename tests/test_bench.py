"""The benchmarks: each part runs, counts rightly, and compares a network with the same one."""

import doctest
import json
import subprocess
import sys
import time
from contextlib import nullcontext
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from click.testing import CliRunner

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch):
    """Let the modules beside the package be imported."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")


# Without "start", which starts two programs twice and takes half a minute.
@pytest.mark.parametrize("part", ["steps", "growth", "rounding", "film", "functions", "memory", "stills", "imagine"])
def test_the_smallest_of_each_part_is_measured(part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    import bars
    from bench import main

    done = CliRunner().invoke(main, ["--quick", part], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = json.loads(Path("bench-quick.json").read_text())
    assert found["parts"][part]["rows"]
    assert found["parts"][part]["machine"]["versions"]["tensorflow"]
    numbers = [value for row in found["parts"][part]["rows"] for value in row.values() if isinstance(value, float)]
    assert np.isfinite(numbers).all()
    judged = _judged(bars, part, found["parts"][part]["rows"])
    assert judged == [
        bar.name for bar in bars.BARS if bar.part == part and (find_spec("torch") or "PyT" not in bar.name)
    ]


def test_coarser_rounding_turns_the_gradient_further(lite0):
    import rounding
    from idioms import picture

    def off(name):
        with rounding._rounded(rounding.ROUNDINGS[name]):
            turned = rounding._gradient(lite0, picture(64, 64))
        return np.linalg.norm(turned - usual) / np.linalg.norm(usual)

    usual = rounding._gradient(lite0, picture(64, 64))
    bits, tf32, half, brain = map(off, rounding.ROUNDINGS)
    assert 0 < bits < tf32 / 5 < half < brain
    assert tf32 == pytest.approx(half, rel=0.5)
    np.testing.assert_array_equal(rounding._gradient(lite0, picture(64, 64)), usual)


def _judged(bars, part, rows):
    """Return the names of the bars that are judged where a part's rows are called as those of a whole run."""
    networks = [(bars.LITE, "block9"), (bars.VGG, "block4_conv3"), (bars.INCEPTION, "mixed5")]
    networks.append((bars.RESNET, "conv4_block6_out"))
    steps = [{"network": name, "layer": layer, "side": side} for name, layer in networks for side in (512, 1024)]
    memory = [{"size": size} for size in ("3840×2160", "7680×4320")]
    called = {"steps": steps, "memory": memory}.get(part, [{}, {}])
    whole = [{**row, **label} for row in rows for label in called]
    return [row["bar"] for row in bars.judged({part: whole})]


def test_a_part_is_added_to_an_earlier_document(tmp_path):
    from bench import main

    file = tmp_path / "bench.json"
    file.write_text('{"parts": {"start": {"rows": [{"times as long": 1.4}]}}}')
    CliRunner().invoke(main, ["--quick", "functions", "-o", str(file)], catch_exceptions=False)
    found = json.loads(file.read_text())
    assert list(found["parts"]) == ["start", "functions"]
    assert [bar["met"] for bar in found["bars"]] == [True]  # of what was tried quickly none is judged


def test_an_old_part_does_not_keep_a_document_from_having_it_measured_again(tmp_path, monkeypatch):
    import bench

    monkeypatch.setattr(bench, "_measured", lambda part, quick: {"rows": [{"times as long": 1.4}]})
    file = tmp_path / "bench.json"
    file.write_text('{"parts": {"start": {"rows": [{"ratio": 1.6}]}}}')
    CliRunner().invoke(bench.main, ["start", "-o", str(file)], catch_exceptions=False)
    assert [bar["measured"] for bar in json.loads(file.read_text())["bars"]] == [1.4]


def test_a_document_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path, monkeypatch):
    import bench

    monkeypatch.setattr(bench, "_measured", lambda part, quick: pytest.fail("It was measured in vain."))
    done = CliRunner().invoke(bench.main, ["start", "-o", str(tmp_path / "nowhere/bench.json")])
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert done.output.endswith("bench.json cannot be written: No such file or directory.\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"parts": {"start": {"rows": [{"ratio": 1.4}]}}}', "is of an earlier version, without 'times as long'"),
        ('{"version": 2}', "is of an earlier version, without 'parts'"),
        ("[1, 2]", "is no document of measurements"),
        ('{"parts": {"start": {"rows": []}}}', "is no document of measurements"),
        ('{"parts": {"start": {"rows": [3]}}}', "is no document of measurements"),
        ('{"parts": 3}', "is no document of measurements"),
        ("half a docum", "is no document of measurements"),
        ("\udcff", "is no document of measurements"),
    ],
)
def test_what_is_no_document_of_this_version_is_left_alone(text, why, tmp_path):
    from bench import main

    file = tmp_path / "bench.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    done = CliRunner().invoke(main, ["--quick", "functions", "-o", str(file)])
    assert done.exit_code == 1
    assert done.output.endswith(f"bench.json {why}. Move it away, or name another one with -o.\n")
    assert file.read_bytes() == text.encode(errors="surrogateescape")


def test_a_document_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    import bench

    file = tmp_path / "bench.json"
    file.write_text('{"parts": {}}')
    monkeypatch.setattr(bench, "_measured", lambda part, quick: {"rows": [{"at": object()}]})
    monkeypatch.setattr(bench, "_judged", lambda *given: [])
    assert CliRunner().invoke(bench.main, ["functions", "-o", str(file)]).exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bench.json"]
    assert json.loads(file.read_text()) == {"parts": {}}


def test_a_test_of_the_bench_does_not_replace_its_numbers(tmp_path, monkeypatch):
    import bench

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bench, "_measured", lambda part, quick: {"rows": [{"at the end": 3, "early": 3}]})
    monkeypatch.setattr(bench, "_judged", lambda *given: [])
    for options in ([], ["--quick"]):
        CliRunner().invoke(bench.main, [*options, "functions"], catch_exceptions=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bench-quick.json", "bench.json"]


@pytest.mark.parametrize("name", ["turns", "bench"])
def test_examples_are_true(name):
    failed, tried = doctest.testmod(import_module(name))
    assert tried and not failed


def test_a_bar_is_met_from_its_bound_on():
    import bars

    def met(ratio: float) -> bool:
        row = {"network": "resnet50", "layer": "conv4_block6_out", "side": 512, "beside plain Keras": ratio}
        (judged,) = bars.judged({"steps": [row]})
        return judged["met"]

    assert (met(1.29), met(1.3)) == (False, True)


def test_a_column_that_is_missing_is_no_bar_that_was_not_measured():
    import bars

    with pytest.raises(KeyError):
        list(bars.judged({"memory": [{"size": "3840×2160", "GB": 2}]}))
    assert not list(bars.judged({"memory": [{"size": "640×360", "GB": 2}]}))


def test_the_work_of_a_convolution_is_counted_forward_and_back(lite0):
    import floor

    # 3×3 of 3 channels make 32, at 32×32 places: a product and a sum each, once forward and once back.
    places = 32 * 32
    numbers = 64 * 64 * 3 + places * 32
    assert floor.work(lite0, "stem", 64, 64) == (2 * 2 * 3 * 3 * 3 * 32 * places, 2 * 4 * numbers)


def test_the_time_of_a_stage_leaves_out_that_of_the_stages_inside():
    from split import Split

    split = Split()
    inner = split.timed("inner", lambda: time.sleep(0.03))

    def outer() -> None:
        time.sleep(0.01)
        inner()

    split.timed("outer", outer)()
    assert split.seconds["inner"] >= 0.03
    assert 0.01 <= split.seconds["outer"] < 0.03


@pytest.mark.parametrize(("size", "lines"), [((96, 64), 64), ((320, 288), 288)], ids=["below a tile", "above it"])
def test_the_steps_of_a_film_are_timed_whether_in_tiles_or_not(size, lines, lite0):
    from split import watched

    from zoomdream.api import load_preset, studio

    changes = {"start.warmup": 0, "dream.lines": lines, "dream.octaves": 1, "dream.detail": 1, "dream.tile": 256}
    with watched(studio(load_preset("reef", changes), lite0, size=size)) as (seen, split):
        next(islice(seen.keys(), 1, 2))
    assert split.seconds["steps"] > 0


def test_torch_has_the_same_network():
    pytest.importorskip("torch")
    import keras
    import torch
    from keras import layers
    from torch_network import folded, to_torch

    keras.utils.set_random_seed(3)
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(8, 3, 2, "same", use_bias=False)(layers.ZeroPadding2D(((1, 0), (2, 1)))(image))
    x = entry = layers.ReLU(6)(_norm(scale=False)(x))
    x = layers.DepthwiseConv2D(5, padding="same")(x)
    x = layers.Add()([layers.Activation("relu")(_norm()(x)), entry])
    pooled = layers.AveragePooling2D(3, 1, "same")(x)
    x = layers.Concatenate()([pooled, layers.Conv2D(4, (1, 3), padding="same", activation="relu")(x)])
    model = keras.Model(image, layers.MaxPooling2D(3, 2, name="end")(x))

    module = to_torch(model, "end")
    picture = np.random.default_rng(1).random((1, 33, 46, 3), np.float32)
    wanted = np.asarray(model(picture))
    for network, norms in ((module, 2), (folded(module), 0)):
        found = network(torch.from_numpy(picture).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).numpy()
        np.testing.assert_allclose(found, wanted, atol=1e-5)
        assert sum(isinstance(part, torch.nn.BatchNorm2d) for part in network.modules()) == norms


def test_torch_gives_a_class_the_same_score_and_gradient(lite0):
    pytest.importorskip("torch")
    import stills
    import torch_idioms

    picture = np.random.default_rng(1).random((1, *lite0.size, 3), np.float32)
    score, gradient = stills._plain(lite0, 207)
    for tuned in (False, True):
        torch_score, torch_gradient = torch_idioms.passes(lite0, 207, tuned)
        np.testing.assert_allclose(torch_score(picture), score(picture), rtol=1e-4)
        away = torch_gradient(picture) - gradient(picture)
        assert np.linalg.norm(away) < 0.02 * np.linalg.norm(gradient(picture))


def test_a_torch_that_knows_no_such_card_is_not_compared_and_why_is_told(monkeypatch, lite0):
    pytest.importorskip("torch")
    import idioms
    import torch_idioms

    monkeypatch.setattr(torch_idioms, "DEVICE", "cuda")
    monkeypatch.setattr(torch_idioms.torch.cuda, "is_available", lambda: False)
    assert list(idioms.others(lite0, idioms.Case("efficientnet-lite0", "block5"))) == ["plain Keras"]
    assert idioms.why_not_torch() == "This PyTorch has no cuda"


def test_why_nothing_is_compared_with_torch_is_said_once(tmp_path, monkeypatch):
    import bench

    monkeypatch.setattr(bench, "_measured", lambda part, quick: {"rows": [{"times as long": 1.4}]})
    monkeypatch.setattr(bench, "find_spec", lambda name: None)
    done = CliRunner().invoke(bench.main, ["start", "-o", str(tmp_path / "bench.json")])
    assert done.output.count("so nothing is compared with it.\n") == done.output.count("PyTorch") == 1


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="this system does not tell what is shared")
def test_what_a_child_shares_with_its_parent_is_counted_once():
    import memory
    import psutil

    program = """
import os, sys
held = bytearray(os.urandom(1 << 10)) * (100 << 10)
if child := os.fork():
    os.waitpid(child, 0)
else:
    print("ready", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout.readline() == b"ready\n"
        family = [psutil.Process(parent.pid), *psutil.Process(parent.pid).children()]
        together = sum(map(memory._held, family))
        parent.stdin.close()
    assert len(family) == 2
    assert 100 << 20 <= together < 150 << 20


def _norm(scale: bool = True):
    """Return a batch norm that is not the identity."""
    from keras import initializers, layers

    spread = initializers.RandomUniform(0.5, 2, seed=1)
    return layers.BatchNormalization(scale=scale, moving_mean_initializer=spread, moving_variance_initializer=spread)


@pytest.fixture()
def frames(monkeypatch):
    """Return what compares frames, of films without a warm-up, and with this very package for an earlier one."""
    import frames

    monkeypatch.setattr(frames, "MAKE", frames.MAKE.replace('"seconds": 1.0', '"seconds": 1.0, "start.warmup": 0'))
    monkeypatch.setattr(frames, "_checkout", lambda commit: nullcontext(ROOT))
    return frames


def test_the_same_package_makes_the_same_frames(frames):
    done = CliRunner().invoke(frames.main, ["HEAD", "reef", "--size", "64", "48", "--count", "3"])
    assert (done.exit_code, done.output) == (0, "reef: 3 of 3 frames the same to the bit\n")


def test_a_frame_without_a_number_is_another_one(frames, monkeypatch, tmp_path):
    monkeypatch.setattr(frames, "_checkout", lambda commit: nullcontext(tmp_path))
    monkeypatch.setattr(frames, "_made", lambda root, *film: np.full((2, 4, 4, 3), 0 if root == ROOT else np.nan))
    done = CliRunner().invoke(frames.main, ["HEAD", "reef"])
    assert (done.exit_code, done.output) == (
        1,
        "reef: 0 of 2 frames the same to the bit, the others nan to nan dB\n",
    )


@pytest.mark.parametrize(("off", "status"), [(0.02, 1), (0.005, 0)])
def test_other_frames_are_told_by_how_much(frames, monkeypatch, tmp_path, off, status):
    monkeypatch.setattr(frames, "_checkout", lambda commit: nullcontext(tmp_path))
    shown = np.zeros((2, 4, 4, 3))
    other = shown + np.array([0, off])[:, None, None, None]
    monkeypatch.setattr(frames, "_made", lambda root, *film: shown if root == ROOT else other)
    done = CliRunner().invoke(frames.main, ["HEAD", "reef"])
    decibels = f"{-20 * np.log10(off):.1f}"
    assert done.exit_code == status
    assert done.output == f"reef: 1 of 2 frames the same to the bit, the others {decibels} to {decibels} dB\n"


@pytest.mark.parametrize(
    ("file", "now", "before"),
    [
        ("presets/reef.toml", "saturation = 1.4", "saturation = 1.2"),
        ("zoomdream/film/settings.py", 'of the range")] = 2.5', 'of the range")] = 2.0'),
    ],
)
def test_what_an_earlier_commit_makes_is_of_its_own_package_and_presets(
    frames, monkeypatch, tmp_path, file, now, before
):
    for folder in ("zoomdream", "presets"):
        copytree(ROOT / folder, tmp_path / folder)
    text = (ROOT / file).read_text()
    assert text.count(now) == 1
    (tmp_path / file).write_text(text.replace(now, before))
    monkeypatch.setattr(frames, "_checkout", lambda commit: nullcontext(tmp_path))
    done = CliRunner().invoke(frames.main, ["HEAD", "reef", "--size", "64", "48", "--count", "2"])
    assert "of 2 frames the same to the bit, the others" in done.output


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no repository")
def test_an_earlier_commit_is_laid_out():
    import frames

    with frames._checkout("HEAD") as folder:
        assert (folder / "zoomdream/__init__.py").exists()
    assert not folder.exists()
    done = CliRunner().invoke(frames.main, ["nowhere"])
    assert done.exit_code == 1
    assert "nowhere" in done.output


def test_a_preset_that_one_commit_lacks_is_named(frames, monkeypatch, tmp_path):
    monkeypatch.setattr(frames, "_checkout", lambda commit: nullcontext(tmp_path))
    done = CliRunner().invoke(frames.main, ["HEAD", "reef"])
    assert (done.exit_code, done.output) == (1, "Error: There is no preset reef in presets/ of the earlier commit.\n")
    monkeypatch.setattr(frames, "_checkout", lambda commit: nullcontext(ROOT))
    done = CliRunner().invoke(frames.main, ["HEAD", "sea"])
    assert (done.exit_code, done.output) == (1, "Error: There is no preset sea in presets/ of this checkout.\n")
