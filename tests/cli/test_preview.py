"""The picture that ``--preview`` rewrites stays out of the film's way."""

import pytest

from tests.cli.command import HEAVY, SMALL, imported, zoomdream


@pytest.mark.parametrize(
    ("output", "preview"),
    [("frames/", "frames/now.png"), ("frames", "link/now.png"), ("link", "frames/now.png"), ("now.png/", "now.png")],
)
def test_a_preview_in_the_folder_of_the_film_is_refused_at_once(tmp_path, output, preview):
    (tmp_path / "frames").mkdir()
    (tmp_path / "link").symlink_to("frames")
    done = zoomdream("movie", "reef", *SMALL, "-o", output, "--preview", preview, folder=tmp_path, imports=True)
    spoken = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert done.returncode == 2
    assert spoken == [f"Error: --preview {preview}: a name outside {output}, the folder of the film, would be right."]
    assert not imported(done.stderr) & HEAVY
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["frames", "link"]


def test_a_preview_beside_the_folder_of_the_film_is_fine(tmp_path):
    done = zoomdream("movie", "reef", *SMALL, "-o", "frames/", "--preview", "frames.png", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frames", "frames.png"]
    assert len(list((tmp_path / "frames").iterdir())) == 12
