"""Strange names on the real command line: a literal local file, or a refusal; nothing else is touched."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from tests.cli.command import here, one_by_one
from zoomdream.picture.image import load_image

# Keras' own way of writing weights
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

STRANGE = ["-y", "concat:a|b", "a\nb", "file:x", "%d", "~", "~nobody", "é ' \" &", "\x1b[31m", "*?[a]"]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


REFUSED: dict[str, tuple[Any, ...]] = {
    "film elsewhere": ("movie", "reef", "-o", "http://127.0.0.1/y.mp4"),
    "film in a scheme": ("movie", "reef", "-o", "rtmp://127.0.0.1/y.mp4"),
    "film at home": ("movie", "reef", "-o", "~/y.mp4"),
    "film too long": ("movie", "reef", "-o", "x" * 300 + ".mp4"),
    "preview elsewhere": ("movie", "reef", "-o", "y.mp4", "--preview", "http://127.0.0.1/y.png"),
    "preset elsewhere": ("movie", "http://127.0.0.1/y.toml"),
    "preset too long": ("movie", "x" * 300 + ".toml"),
    "preset to show": ("presets", "show", "x" * 300 + ".toml"),
    "preset by a zero": ("movie", "reef", "--set", 'start.image="a\\u0000b.jpg"'),
    "start elsewhere": ("movie", "reef", "--start", "http://127.0.0.1/y.png"),
    "start at home": ("movie", "reef", "--start", "~/cat.jpg"),
    "start of nobody": ("movie", "reef", "--start", "~nobody/cat.jpg"),
    "start too long": ("movie", "reef", "--start", "x" * 300 + ".png"),
    "palette too long": ("movie", "reef", "--set", f"grade.towards={'x' * 300}.png"),
    "network too long": ("movie", "reef", "--network", "x" * 300 + ".keras"),
    "network by a scheme": ("networks", "check", "hf://user/model.keras"),
    "weights too long": ("networks", "check", "vgg16", "--weights", "x" * 300 + ".h5"),
    "still elsewhere": ("still", "gradcam", "cat.jpg", "-o", "http://127.0.0.1/y.png"),
    "still too long": ("still", "gradcam", "cat.jpg", "-o", "x" * 300 + ".png"),
    "still of a name too long": ("still", "gradcam", "x" * 300 + ".png"),
    "still of what is elsewhere": ("still", "classify", "http://127.0.0.1/y.png"),
    "sheet too long": ("still", "sheet", "block10", "-o", "x" * 300 + ".png"),
    "growth elsewhere": ("still", "neuron", "block10:4", "--film", "http://127.0.0.1/y.mp4"),
    "growth too long": ("still", "neuron", "block10:4", "--film", "x" * 300 + ".mp4"),
    "style too long": ("still", "stylise", "x" * 300 + ".keras", "cat.jpg"),
    "style of a name too long": ("still", "stylise", "dusk", "x" * 300 + ".mp4"),
    "style of a scheme": ("still", "stylise", "dusk", "concat:a.mp4|b.mp4"),
    "style of a playlist": ("still", "stylise", "dusk", "list.mp4"),
    "style of a script": ("still", "stylise", "dusk", "script.mp4"),
    "style of a pipe": ("still", "stylise", "dusk", "pipe:0.mp4"),
}


def test_names_that_are_no_local_files_are_refused(album: Path) -> None:
    """All in one process, that has not imported a tensor library in the end."""
    (album / "cat.jpg").write_bytes((album / "a.jpg").read_bytes())
    (album / "list.mp4").write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/a.ts\n#EXT-X-ENDLIST\n")
    (album / "script.mp4").write_text("ffconcat version 1.0\nfile 'cat.jpg'\n")
    before = contents(album)
    for done, case in zip(one_by_one(list(REFUSED.values()), album), REFUSED, strict=True):
        assert (done.returncode, done.stdout) == (2, ""), (case, done)
        assert done.stderr.splitlines()[-1].startswith("Error: "), (case, done.stderr)
        assert "Traceback" not in done.stderr, case
        assert not done.heavy, case
    assert contents(album) == before


@pytest.mark.parametrize("name", STRANGE)
def test_a_still_of_any_name_is_read_and_written_literally(album: Path, flat: tuple[str, ...], name: str) -> None:
    Pillow.new("RGB", (32, 32), "teal").save(album / f"{name}.png")
    before = contents(album)
    names = [f"./{name}.png" if name.startswith("-") else f"{name}.png", "-o", f"{name}-map.png".replace("*", "#")]
    done = here("still", "gradcam", *names, *flat, folder=album)
    assert done.returncode == 0, done.stderr
    written = contents(album)
    assert written.keys() - before.keys() == {f"{name}-map.png".replace("*", "#")}
    assert {path: written[path] for path in before} == before
    assert load_image(album / f"{name}-map.png".replace("*", "#")).ndim == 3


@pytest.mark.parametrize("name", ["-y", "a\nb", "concat:a|b", "%d", "~"])
def test_a_growth_is_filmed_under_any_name(album: Path, flat: tuple[str, ...], name: str) -> None:
    before = set(contents(album))
    words = (
        "still",
        "neuron",
        "top:1",
        *flat,
        "--steps",
        2,
        "--size",
        32,
        "-o",
        f"{name}.png",
        "--film",
        f"{name}.mp4",
    )
    done = here(*words, folder=album)
    assert done.returncode == 0, done.stderr
    assert set(contents(album)) - before == {f"{name}.png", f"{name}.mp4"}


@pytest.mark.usefixtures("one_network")
@pytest.mark.parametrize("name", ["-y", "a\nb", "concat:a|b", "%d", "~"])
def test_a_film_and_its_preview_are_written_under_any_name(album: Path, name: str) -> None:
    from tests.cli.command import SMALL

    before = set(contents(album))
    words = ("movie", "reef", *SMALL, "--seconds", 0.1, "-o", f"{name}.mp4", "--preview", f"{name}-seen.png")
    done = here(*words, folder=album)
    assert done.returncode == 0, done.stderr
    assert set(contents(album)) - before == {f"{name}.mp4", f"{name}-seen.png"}
