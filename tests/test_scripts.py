"""Scripts that people run by hand."""

import shutil
import subprocess
from pathlib import Path

import click
import pytest
from PIL import Image

from zoomdream.cli.still import still
from zoomdream.samples import sample

ROOT = Path(__file__).parents[1]
FILMING = """#!/bin/sh
echo "$1 $2" >> "$0.log"
[ "$2" != dusk ]
"""
COMPOSING = """#!/bin/sh
case "$1" in */sheets.py) echo "sheets $2" >> "$(dirname "$0")/zoomdream.log" ;; esac
"""
OTHERS = ["still filters", "still sheet"]
"""Each by the first command of its section; no style is learnt again."""
SHEETS = ["sheets ideals", "sheets textures", "sheets paintings", "sheets styles"]


def gallery(folder: Path, *names: str) -> "subprocess.CompletedProcess[str]":
    """Run the script in a house of three presets whose program only notes its calls, and fails for one of them."""
    for place in ("scripts", "presets", ".venv/bin"):
        (folder / place).mkdir(parents=True)
    for name in ("reef", "dusk", "loom"):
        (folder / f"presets/{name}.toml").touch()
    pages = {
        "zoomdream/samples/cat.jpg": "",
        "docs/stills.md": "".join(
            f"zoomdream still {words}\n" for words in ("cam cat.jpg --view map", "cam photo.jpg", "report cat.jpg")
        ),
        "docs/features.md": "zoomdream still filters\nzoomdream still filters --most 4\n",
        "docs/imagine.md": "zoomdream still sheet\nzoomdream still train-style a.jpg photos/\n",
    }
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    programs = {"scripts/setup": "#!/bin/sh", ".venv/bin/zoomdream": FILMING, ".venv/bin/python": COMPOSING}
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    shutil.copy(ROOT / "scripts/gallery", folder / "scripts")
    command = ["bash", folder / "scripts/gallery", *names]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def calls(folder: Path) -> list[str]:
    """Return what the program was called with, two words each."""
    return (folder / ".venv/bin/zoomdream.log").read_text().splitlines()


def test_the_gallery_goes_on_after_a_failure_and_names_it(tmp_path):
    done = gallery(tmp_path)
    assert done.returncode == 1
    assert done.stderr == "These failed: dusk.\n"
    assert calls(tmp_path) == ["movie dusk", "movie loom", "movie reef", "loop reef", "still cam", *OTHERS, *SHEETS]


def test_the_gallery_renders_only_what_is_named(tmp_path):
    done = gallery(tmp_path, "loom", "reef.webp")
    assert (done.returncode, done.stderr) == (0, "")
    assert calls(tmp_path) == ["movie loom", "loop reef"]


def test_the_gallery_makes_stills_by_the_commands_of_their_page(tmp_path):
    done = gallery(tmp_path, "stills")
    assert (done.returncode, done.stderr) == (0, "")
    assert calls(tmp_path) == ["still cam", *OTHERS, *SHEETS]


def test_the_gallery_makes_a_still_or_a_sheet_by_its_name(tmp_path):
    done = gallery(tmp_path, "textures", "still-cam", "still-sheet")
    assert (done.returncode, done.stderr) == (0, "")
    assert calls(tmp_path) == ["still cam", "still sheet", "sheets textures"]


@pytest.mark.parametrize("name", ["ideals", "textures", "paintings", "styles"])
def test_a_sheet_is_made_by_commands_that_there_are(name, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    monkeypatch.chdir(tmp_path)
    for picture in ("cat.jpg", "scales.png", "threads.png"):
        Image.open(sample("cat.jpg")).resize((320, 180)).save(picture)

    def read(command, **_):
        _, _, kind, *words = map(str, command)
        assert still.get_command(click.Context(still), kind).make_context(kind, [*words]).params
        shutil.copy("cat.jpg", words[words.index("--output") + 1])
        return subprocess.CompletedProcess(command, 0, '[{"label": "zebra", "probability": 1}]')

    monkeypatch.setattr(subprocess, "run", read)
    import sheets

    made = sheets.SHEETS[name]()
    assert made.shape[1] > 2 * 320
