"""The watch over a long render tells what became of one that was not there to be watched."""

from pathlib import Path

import pytest
from click.testing import CliRunner

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch):
    """Let the modules beside the package be imported."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")


def test_a_render_that_fails_is_quoted_in_one_sentence(tmp_path, monkeypatch):
    import soak

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(soak, "FILM", ("--network", "nowhere.keras"))
    done = CliRunner().invoke(soak.main, ["--minutes", "1"], catch_exceptions=False)
    assert done.exit_code == 1
    [line] = done.stderr.splitlines()
    assert "ended with status 2" in line and "no film" in line
    assert "nowhere.keras" in line.partition("its last words: Error: ")[2]
    assert not done.stdout and not list(tmp_path.iterdir())


SAMPLES = [(100.0, 7, 11, 2)] * 8


@pytest.mark.parametrize(
    ("status", "film", "said"),
    [
        (143, 1.5, None),
        (143, None, "status 143 after 8 samples, with no film; its last words: Stopped."),
        (-9, 1.5, "status -9 after 8 samples, with 1.5 MB of film; its last words: Stopped."),
    ],
)
def test_only_a_render_that_was_stopped_and_left_a_film_is_judged(status, film, said):
    import soak

    found = soak.failure(soak.Soak([soak.Sample(*one) for one in SAMPLES], status, "Stopped.", film))
    assert (found is None) if said is None else found.endswith(said)
