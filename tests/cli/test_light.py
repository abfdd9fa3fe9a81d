"""Light commands stay light."""

import subprocess
import sys
import time
from statistics import median

import pytest

from tests.cli.command import HEAVY, imported, zoomdream

LIGHT = [
    ("--help",),
    ("presets", "list"),
    ("presets", "show", "reef"),
    ("movie", "--help"),
    ("inspect", "--help"),
    ("still", "--help"),
    ("still", "gradcam", "--help"),
    ("still", "dream", "--help"),
]


@pytest.mark.parametrize("words", LIGHT)
def test_no_tensor_library_is_imported(tmp_path, words):
    done = zoomdream(*words, folder=tmp_path, imports=True)
    assert done.returncode == 0
    assert not imported(done.stderr) & (HEAVY | {"cv2"})


@pytest.mark.parametrize("words", [("--help",), ("presets", "list"), ("still", "gradcam", "--help")])
def test_light_commands_are_hardly_slower_than_python_with_click(tmp_path, words):
    def seconds(command):
        began = time.perf_counter()
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        return time.perf_counter() - began

    ours = [sys.executable, "-m", "zoomdream", *words]
    plain = [sys.executable, "-c", "import click, importlib.metadata, importlib.resources"]
    pairs = [(seconds(ours), seconds(plain)) for _ in range(5)]
    assert median(a for a, _ in pairs) < 3 * median(b for _, b in pairs)
