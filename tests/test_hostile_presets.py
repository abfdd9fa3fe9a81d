"""Presets made to do harm: a sentence that names the field, at once, and nothing is touched that nobody named."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import one_by_one
from zoomdream.errors import BadInput
from zoomdream.film.pictures import check_pictures
from zoomdream.presets import load_preset
from zoomdream.samples import sample
from zoomdream.shelf import LARGEST

FIELDS = {
    "start.image": '[start]\nimage = "{}"',
    "grade.towards": '[grade]\ntowards = "{}"',
    "network": 'network = "{}"',
}


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        load_preset(path)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(path.name)
    assert text.endswith(".")
    assert len(text) < 600
    return text


def written(folder: Path, text: str) -> Path:
    (folder / "mine.toml").write_text(text)
    return folder / "mine.toml"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[camera]\nzoom = -1.0", "camera.zoom"),
        ("[camera]\nzoom = nan", "camera.zoom"),
        ("[camera]\nrotate = -inf", "camera.rotate"),
        ('[camera]\nzoom = "2"', "camera.zoom"),
        ("[camera]\nzoom = true", "camera.zoom"),
        ("[camera]\nzoom = [2]", "camera.zoom"),
        ("[camera]\nzoom = {a = 2}", "camera.zoom"),
        ('[camera]\ndrift = [0, "1"]', "camera.drift.1"),
        ("[camera]\nwander_seconds = 1e-300", "camera.wander_seconds"),
        ("[camera]\nrest = 1e300", "camera.rest"),
        ("[score]\nhold = 1e300", "score.hold"),
        ("[score]\nneurons = 1000000000", "score.neurons"),
        ('[score]\nneurons = ["block10:4 + 1000000000 block10:5"]', "score.neurons, entry 1"),
        ("[dream]\nlines = 1000000000", "dream.lines"),
        ("[dream]\noctaves = 1000000000", "dream.octaves"),
        ("[start]\ngrowth = 1000000000", "start.growth"),
        ("seconds = 1000000000", "seconds"),
        ("[camera]\nzoo = 2", "camera.zoo"),
        ('output = "/etc/passwd"', "output"),
        ('[encode]\narguments = "-f lavfi"', "encode"),
        ('"a\\nb\\u001b[31m" = 1', "a"),
    ],
)
def test_what_is_wrong_names_its_field(tmp_path: Path, text: str, field: str) -> None:
    assert field in refusal(written(tmp_path, text))


OUTSIDE = ["../secret.jpg", "below/../../secret.jpg", "/etc/passwd", "{}/secret.jpg", "link.jpg", "linked/secret.jpg"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a preset, beside a picture that it may not see, with links that lead there."""
    folder = tmp_path / "own"
    (folder / "below").mkdir(parents=True)
    (tmp_path / "secret.jpg").write_bytes(sample("cat.jpg").read_bytes())
    (folder / "link.jpg").symlink_to("../secret.jpg")
    (folder / "linked").symlink_to("..")
    (folder / "round.jpg").symlink_to("round.jpg")
    for name in ("cat.jpg", "below/cat.jpg"):
        (folder / name).write_bytes(sample("cat.jpg").read_bytes())
    return folder


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", [*OUTSIDE, "a\\u0000/b", "{}/own/cat.jpg"])
def test_a_preset_names_nothing_outside_its_folder(place: Path, field: str, name: str) -> None:
    said = refusal(written(place, FIELDS[field].format(name.format(place.parent))))
    assert f"{field}: a preset names files beside or below itself, not '" in said
    assert f"--set {field}=FILE" in said


@pytest.mark.parametrize(
    "name", ["~/secret.jpg", "~root/secret.jpg", "http://127.0.0.1/a.jpg", "file:secret.jpg", "round.jpg"]
)
def test_a_strange_name_in_a_preset_is_a_name_of_a_file_beside_it(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HOME", str(place.parent))
    monkeypatch.chdir(place)
    for preset in (Path("mine.toml"), place / "mine.toml"):
        written(place, FIELDS["start.image"].format(name))
        with pytest.raises(BadInput):
            check_pictures(load_preset(preset))


@pytest.mark.parametrize("name", ["cat.jpg", "below/cat.jpg", "./cat.jpg"])
def test_a_preset_brings_pictures_in_its_own_folder(place: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(place.parent)
    (place / "mine.toml").write_text(f'[start]\nimage = "{name}"\n[grade]\ntowards = "{name}"')
    film = load_preset("own/mine.toml")
    check_pictures(film)
    assert Path(film.start.image) == Path("own") / name
    assert Path(film.grade.towards) == Path("own") / name


def test_what_the_user_says_is_the_users_own_word(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    film = load_preset("mine.toml" if written(place, "") else "", ["start.image=../secret.jpg"])
    check_pictures(film)
    assert film.start.image == "../secret.jpg"


BOMBS = {
    "dotted key": b"a" + b".a" * 65_000 + b" = 1",
    "dotted table": b"[" + b"a." * 65_000 + b"a]",
    "dotted texts": b'"a"' + b'."a"' * 30_000 + b" = 1",
    "hidden dots": b't = {x = """\n\'""", a' + b".a" * 65_000 + b" = 1, y = '' }",
    "quotes": b"t = " + b'"\\' * 65_000,
    "long quotes": b"t = " + b'"""\\' * 30_000,
    "deep table": b"a = " + b"{a = " * 20_000,
    "deep list": b"a = " + b"[" * 130_000,
    "keys": b"\n".join(b"k%d = 1" % n for n in range(11_000)),
    "tables": b"\n".join(b"[k%d]" % n for n in range(13_000)),
    "table again": b"[[a]]\n" * 20_000,
    "long key": b"k" * 130_000 + b" = 1",
    "digits": b"seconds = " + b"9" * 130_000,
    "hex": b"seconds = 0x" + b"f" * 130_000,
    "exponent": b"seconds = 1e" + b"9" * 130_000,
    "a billion neurons": b"[score]\nneurons = [" + b'"a",' * 30_000 + b"]",
    "spaces": b"[score]\nneurons = [" + (b'"a' + b" " * 1990 + b'@",') * 60 + b"]",
    "coordinates": b"[camera]\ndrift = [" + b"1," * 60_000 + b"]",
    "a million lines": b"# line\n" * 1_000_000,
    "100 megabytes": b"a" * 100_000_000,
    "binary": bytes(range(256)) * 400,
}

MEASURE = """
import json, sys, time
from pathlib import Path
from zoomdream.errors import BadInput
from zoomdream.presets import load_preset
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
found, before = {}, peak()
for path in sorted(Path(sys.argv[1]).iterdir()):
    began = time.process_time()
    try:
        load_preset(path)
    except BadInput as why:
        found[path.name] = [time.process_time() - began, peak() - before, str(why)]
json.dump(found, sys.stdout)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured as Linux tells it")
def test_a_preset_made_to_exhaust_is_refused_at_once_in_little_memory(tmp_path: Path) -> None:
    for name, content in BOMBS.items():
        (tmp_path / f"{name}.toml").write_bytes(content)
    done = subprocess.run([sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found.keys() == {f"{name}.toml" for name in BOMBS}
    for name, (seconds, megabytes, said) in found.items():
        assert seconds < 1.5, name
        assert megabytes < 100, name
        assert name in said
        assert len(said.splitlines()) == 1


def test_dots_in_texts_and_comments_are_no_depth(tmp_path: Path) -> None:
    dots = "a.b.c.d.e.f.g.h.i.j.k..........."
    text = f'# {dots}\ntitle = """{dots}\n{dots}""" # \'{dots}\n[camera]\ndrift = [0.1, 0.1] # {dots}\n'
    assert load_preset(written(tmp_path, text)).title == f"{dots}\n{dots}"
    assert load_preset("reef", [f"title='{dots}'"]).title == dots


def test_the_command_line_says_one_sentence_and_writes_nothing(place: Path) -> None:
    for number, (field, text) in enumerate(FIELDS.items()):
        (place / f"{number}.toml").write_text(text.format("../secret.jpg"))
        assert field
    (place / "vast.toml").write_bytes(b"#" * (LARGEST + 1))
    (place / "dots.toml").write_bytes(BOMBS["dotted key"])
    before = sorted(place.rglob("*"))
    names = ["0.toml", "1.toml", "2.toml", "vast.toml", "dots.toml"]
    commands = [(*words, name) for words in (("presets", "check"), ("movie",), ("loop",)) for name in names]
    for done in one_by_one([*commands, ("presets", "show", "vast.toml")], place):
        assert (done.returncode, done.stdout) == (2, "")
        [line] = done.stderr.splitlines()
        assert line.startswith("Error: ")
        assert not done.heavy
    assert sorted(place.rglob("*")) == before
