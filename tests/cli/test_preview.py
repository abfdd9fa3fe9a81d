"""The picture that ``--preview`` rewrites stays out of the film's way."""

from tests.cli.command import SMALL, one_by_one

IN_THE_WAY = [
    ("frames/", "frames/now.png"),
    ("frames", "link/now.png"),
    ("link", "frames/now.png"),
    ("now.png/", "now.png"),
]


def test_a_preview_in_the_folder_of_the_film_is_refused_at_once(tmp_path):
    (tmp_path / "frames").mkdir()
    (tmp_path / "link").symlink_to("frames")
    commands = [("movie", "reef", *SMALL, "-o", output, "--preview", preview) for output, preview in IN_THE_WAY]
    for done, (output, preview) in zip(one_by_one(commands, tmp_path), IN_THE_WAY, strict=True):
        right = f"a name outside {output}, the folder of the film, would be right."
        assert (done.returncode, done.stderr) == (2, f"Error: --preview {preview}: {right}\n")
        assert not done.heavy
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["frames", "link"]
