"""Scripts that people run by hand."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILMING = """#!/bin/sh
echo "$1 $2" >> "$0.log"
[ "$2" != dusk ]
"""
OTHERS = ["still filters", "still sheet"]
"""Each by the first command of its section; no style is learnt again."""


def gallery(folder: Path, *names: str) -> "subprocess.CompletedProcess[str]":
    """Run the script in a house of three presets whose program only notes its calls, and fails for one of them."""
    for place in ("scripts", "presets", ".venv/bin"):
        (folder / place).mkdir(parents=True)
    for name in ("reef", "dusk", "loom"):
        (folder / f"presets/{name}.toml").touch()
    pages = {
        "zoomdream/samples/cat.jpg": "",
        "docs/stills.md": "zoomdream still cam cat.jpg --view map\nzoomdream still cam photo.jpg\n",
        "docs/features.md": "zoomdream still filters\nzoomdream still filters --most 4\n",
        "docs/imagine.md": "zoomdream still sheet\nzoomdream still train-style a.jpg photos/\n",
    }
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    programs = {"scripts/setup": "#!/bin/sh", ".venv/bin/zoomdream": FILMING, ".venv/bin/python": "#!/bin/sh"}
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
    assert calls(tmp_path) == ["movie dusk", "movie loom", "movie reef", "loop reef", "still cam", *OTHERS]


def test_the_gallery_renders_only_what_is_named(tmp_path):
    done = gallery(tmp_path, "loom", "reef.webp")
    assert (done.returncode, done.stderr) == (0, "")
    assert calls(tmp_path) == ["movie loom", "loop reef"]


def test_the_gallery_makes_stills_by_the_commands_of_their_page(tmp_path):
    done = gallery(tmp_path, "stills")
    assert (done.returncode, done.stderr) == (0, "")
    assert calls(tmp_path) == ["still cam", *OTHERS]
