"""``zoomdream inspect`` as people run it."""

import json
import re
import struct

import numpy as np
import pytest
from PIL import Image

from tests.cli.command import SMALL, one_by_one, zoomdream
from tests.inspection.test_inspect import recipe, rolling, saved

MADE = recipe(network={"name": "efficientnet-lite0", "weights": "5793"})
COMMANDS = {
    "a good film": ("good.mp4",),
    "a film with a black frame": ("dark.webm",),
    "a folder": ("pictures",),
    "somebody else's": ("other.gif",),
    "a cut film": ("cut.mkv",),
    "text": ("text.mp4",),
    "nothing": ("empty.mp4",),
    "a folder of anything": (".",),
    "missing": ("gone.mp4",),
    "one missing": ("good.mp4", "gone.mp4"),
    "several": ("good.mp4", "cut.mkv", "text.mp4"),
    "json": ("--json", "good.mp4"),
    "json of several": ("good.mp4", "cut.mkv", "--json"),
    "json of nothing": ("--json", "empty.mp4"),
    "a strange recipe": ("strange.mkv",),
    "no file": (),
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """Return how the commands ended, all in one fresh process."""
    folder = tmp_path_factory.mktemp("films")
    saved(folder, rolling(), "good.mp4", MADE)
    dark = rolling()
    dark[20] = np.zeros_like(dark[0])
    saved(folder, dark, "dark.webm", recipe())
    saved(folder, rolling(), "pictures", recipe())
    saved(folder, rolling(), "other.gif")
    saved(folder, rolling(3), "strange.mkv", recipe(film={"title": "\x1b[31m", "camera": 1}, seed="\x1b[2J\n"))
    whole = saved(folder, rolling(), "whole.mkv", recipe()).read_bytes()
    (folder / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    (folder / "text.mp4").write_text("not a film\n" * 20)
    (folder / "empty.mp4").touch()
    commands = [("inspect", *words) for words in COMMANDS.values()]
    return dict(zip(COMMANDS, one_by_one(commands, folder), strict=True))


STATUS = {
    **dict.fromkeys(("a good film", "a film with a black frame", "a folder", "somebody else's", "json"), 0),
    **dict.fromkeys(("a strange recipe",), 0),
    **dict.fromkeys(("a cut film", "text", "nothing", "several", "json of several", "json of nothing"), 1),
    **dict.fromkeys(("a folder of anything", "missing", "one missing", "no file"), 2),
}


@pytest.mark.parametrize("case", COMMANDS)
def test_the_exit_status_says_whether_files_are_whole(ended, case):
    done = ended[case]
    assert (done.returncode, done.heavy) == (STATUS[case], False), done.stderr
    assert "Traceback" not in done.stderr
    assert (done.stdout == "") == (STATUS[case] == 2)
    assert len(re.findall("^Error", done.stderr, re.MULTILINE)) == (STATUS[case] > 0)


def test_a_good_film_is_told_in_one_look(ended):
    said = ended["a good film"].stdout
    assert re.match(r"good\.mp4\nmade by +zoomdream movie 0\.1\.0, “Reef”, efficientnet-lite0, seed 0 *\n", said)
    assert re.search(r"^picture +64x48, h264, yuv420p, 0\.\d+ MB *$", said, re.MULTILINE)
    assert re.search(r"^frames +40 of 40 promised, 4 s at 10 a second *$", said, re.MULTILINE)
    assert re.search(r"^black +none *$", said, re.MULTILINE)
    assert re.search(r"^flicker +0\.\d\d% of brightness *$", said, re.MULTILINE)
    assert said.endswith("\nWhole and good.\n")
    assert len(said.splitlines()) < 20
    assert max(map(len, said.splitlines())) <= 120
    assert ended["a folder"].stdout.endswith("\nWhole and good.\n")


def test_what_is_worth_a_look_is_said_with_its_time(ended):
    said = ended["a film with a black frame"].stdout
    assert re.search(r"^black +1 frame, at 2\.00 s *$", said, re.MULTILINE)
    assert "\nWhole, but worth a look.\n1 black frame, at 2.00 s.\n" in said


def test_a_film_of_somebody_else_is_said_not_to_be_ours(ended):
    said = ended["somebody else's"].stdout
    assert "unknown: no recipe of zoomdream inside" in said
    assert "\nWhole, as far as its frames tell.\n" in said


def test_a_broken_film_is_named_and_its_fault_told(ended):
    assert "\nBroken.\nIt is damaged: it ends after " in ended["a cut film"].stdout
    assert ended["a cut film"].stderr == "Error: cut.mkv is broken.\n"
    assert "No frame of it can be decoded: the file is empty." in ended["nothing"].stdout
    assert ended["several"].stderr == "Error: 2 of 3 files are broken: cut.mkv, text.mp4.\n"
    assert "gone.mp4" in ended["one missing"].stderr


def test_json_is_one_document(ended):
    told = json.loads(ended["json"].stdout)
    assert (told["file"], told["whole"], told["faults"], told["remarks"]) == ("good.mp4", True, [], [])
    assert (told["recipe"], told["promised"]["frames"], told["found"]["frames"]) == (MADE, 40, 40)
    assert told["quality"]["black"] == {"frames": 0, "runs": []}
    assert isinstance(told["quality"]["seam"], float)
    assert [each["whole"] for each in json.loads(ended["json of several"].stdout)] == [True, False]
    nothing = json.loads(ended["json of nothing"].stdout)
    assert (nothing["found"], nothing["quality"], nothing["recipe"]) == (None, None, None)


def test_a_recipe_cannot_move_the_cursor(ended):
    assert "\x1b" not in ended["a strange recipe"].stdout + ended["a strange recipe"].stderr
    assert "What it should be is not known" in ended["a strange recipe"].stdout


def test_a_film_that_was_just_made_is_whole_and_good(tmp_path):
    made = zoomdream("movie", "reef", *SMALL, "-o", "reef.mp4", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    done = zoomdream("inspect", "reef.mp4", "--json", folder=tmp_path)
    told = json.loads(done.stdout)
    assert (done.returncode, told["whole"], told["promised"]["frames"], told["found"]["frames"]) == (0, True, 12, 12)
    assert told["quality"]["steps"]["compensated"]
    assert told["quality"]["duplicates"]["frames"] == told["quality"]["black"]["frames"] == 0


def test_what_pillow_skips_in_a_strange_picture_is_not_told(tmp_path):
    one_tag_that_lies_outside = struct.pack("<4sIHHHIII", b"II*\0", 8, 1, 0x010F, 2, 1000, 9999, 0)
    Image.new("RGB", (64, 64)).save(tmp_path / "a.jpg", exif=b"Exif\0\0" + one_tag_that_lies_outside)
    with pytest.warns(UserWarning, match="Skipping tag"), Image.open(tmp_path / "a.jpg"):
        pass
    done = zoomdream("inspect", "a.jpg", folder=tmp_path)
    assert "64x64" in done.stdout
    assert not done.stderr
