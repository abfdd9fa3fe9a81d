"""The documents say what is so: their commands and examples run, their links lead somewhere, their tables are true."""

import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.cli.command import zoomdream
from zoomdream.cli.still import KINDS
from zoomdream.film.settings import Film
from zoomdream.network.families import EMBEDDED, find_family, is_path
from zoomdream.presets import load_preset, new_document, read_film, schema, to_document
from zoomdream.reel import encode
from zoomdream.samples import sample
from zoomdream.shelf import library
from zoomdream.still.faststyle.shelf import find_style

ROOT = Path(__file__).parents[1]
PRESETS = {preset.name for preset in library()}
PAGES = [*sorted(ROOT.glob("docs/*.md")), *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md"))]
README = ROOT / "README.md"
PAGES += [README] if README.exists() else []  # an unpacked wheel or sdist may come without it
SHOWN = [page for page in PAGES if page.parent.name == "docs" or page == README]

TINY = ("--size", "64x48", "--fps", "12", "--set", "start.warmup=0")
OUTPUTS = ("-o", "--output", "--panel", "--preview", "--film")
LENGTH = {"movie": ("--seconds", "0.25"), "loop": ("--seconds", "1", "--set", "overlap=0.5")}
STILL = {
    "smoothgrad": ("--copies", "2"),
    "integrated": ("--gap", "1"),
    "occlusion": ("--patch", "112", "--stride", "112"),
    "adversarial": ("--steps", "2"),
    "dream": ("--lines", "64", "--steps", "1"),
    "neuron": ("--steps", "2", "--size", "64"),
    "sheet": ("--steps", "1", "--size", "64", "--neurons", "1"),
    "class": ("--steps", "2", "--size", "64"),
    "multifaceted": ("--steps", "1", "--size", "64", "--faces", "1"),
    "invert": ("--steps", "1", "--size", "64"),
    "texture": ("--size", "64x48", "--budget", "2s"),
    "style": ("--steps", "1", "--size", "64"),
    "patches": ("--most", "2"),
    "map": ("--side", "256"),
    "train-style": ("--steps", "1", "--crop", "32", "--batch", "1", "--style-size", "64"),
}

TINY_FILMS = """
from dataclasses import replace
import zoomdream.api as api
whole = api.prepare
def tiny(film, network, size, *rest, **named):
    small = replace(film, dream=replace(film.dream, lines=48), start=replace(film.start, warmup=0))
    return whole(small, network, (48, 64), *rest, **named)
api.prepare = tiny
"""


class Block(NamedTuple):
    """A fenced block of a page: its language, what stands in it, and the line it begins at."""

    page: Path
    language: str
    text: str
    line: int


def blocks(page: Path, *languages: str) -> list[Block]:
    """Return the fenced blocks of a page that are in one of the languages."""
    text = page.read_text()
    found = re.finditer(r"^( *)```(\w*)[^\n]*\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    all_ = [Block(page, match[2], match[3], text.count("\n", 0, match.start(3)) + 1) for match in found]
    return [block for block in all_ if block.language in languages]


def commands(page: Path) -> list[list[str]]:
    """Return the words of every command of a page that starts with ``zoomdream``."""
    shell = "\n".join(block.text for block in blocks(page, "sh", "console", "bash", "shell"))
    lines = shell.replace("\\\n", " ").splitlines()
    split = [shlex.split(line.strip().removeprefix("$ "), comments=True) for line in lines if "zoomdream" in line]
    alone = [[*takewhile(lambda word: word not in (">", "|", "&&"), words)] for words in split]
    return [words[1:] for words in alone if words[:1] == ["zoomdream"]]


def shortened(words: list[str]) -> tuple[str, ...]:
    """Return a quick command: a film is a moment of 64×48 pixels and a still is rough, whatever the page says."""
    if words[:1] == ["still"]:
        return (*words, *STILL.get(words[1], ()))
    if words[:1] not in (["movie"], ["loop"]) or "--help" in words:
        return tuple(words)
    kept, rest = [], iter(words)
    for word in rest:
        option, equals, _ = word.partition("=")
        if option not in ("--seconds", "--size", "--fps"):
            kept.append(word)
        elif not equals:
            next(rest)
    lines = 192 if "--network" in words else 48  # other networks see less in so small a picture
    return (*kept, *LENGTH[words[0]], *TINY, "--set", f"dream.lines={lines}")


COMMANDS = [(page.name, shortened(words)) for page in SHOWN for words in commands(page)]


def network_of(words: tuple[str, ...]) -> str:
    """Return the name of the network that a command loads, empty if none."""
    if words[0] == "networks":
        return words[2] if words[1] == "check" else ""
    if words[0] == "still":
        return _option(words, "--network") or EMBEDDED
    if words[0] not in LENGTH or "--help" in words:
        return ""
    preset = Film() if words[1].endswith(".toml") else load_preset(words[1])
    return _option(words, "--network") or preset.network


def _option(words: tuple[str, ...], name: str) -> str:
    return words[words.index(name) + 1] if name in words else ""


def needs_download(words: tuple[str, ...]) -> bool:
    """Say whether a command wants weights that are neither embedded, nor local, nor random."""
    network = network_of(words)
    return bool(network) and not is_path(network) and bool(find_family(network).file) and "--weights" not in words


def furnish(folder: Path, words: tuple[str, ...]) -> None:
    """Put the files that a command takes into its folder."""
    read, written = _in_and_out(words)
    text = " ".join(words)
    for name in re.findall(r"[\w.-]+\.(?:jpg|jpeg|png)\b", " ".join(read)):
        if f"sample:{name}" not in text:
            shutil.copy(sample("cat.jpg"), folder / name)
    if words[0] == "still":
        _make_folders(folder, read, written)
    for name in re.findall(r"[\w.-]+\.toml\b", text):
        if words[:2] != ("presets", "new"):
            (folder / name).write_text(new_document())
    for name in re.findall(r"[\w.-]+\.keras\b", text):
        (folder / name).write_bytes(find_style("dusk").read_bytes() if "stylise" in words else _model())
    if words[0] in ("again", "jobs"):
        _begin_film(folder, with_job=words[0] == "jobs")
    else:
        for name in re.findall(r"[\w.-]+\.mp4\b", " ".join(read)):
            _save_film(folder / name)


def _in_and_out(words: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the words of a command without the names of files that it writes, and these names."""
    before = ("", *words)
    out = [word for option, word in zip(before, words, strict=False) if option in OUTPUTS]
    return [word for option, word in zip(before, words, strict=False) if option not in OUTPUTS], out


def _make_folders(folder: Path, read: list[str], written: list[str]) -> None:
    """Make the folders that a command reads two pictures from, and those that it writes to."""
    for place in [word for word in read if word.endswith("/")]:
        (folder / place).mkdir()
        for name in ("one.jpg", "two.jpg"):
            shutil.copy(sample("cat.jpg"), folder / place / name)
    for name in written:
        (folder / name).parent.mkdir(exist_ok=True)


@cache
def _model() -> bytes:
    """Return a ``.keras`` file with a layer ``eye`` in a nested model ``backbone``, as the pages speak of it."""
    script = (
        "import sys, keras; from keras import layers as l; p = keras.Input((None, None, 3)); "
        "b = keras.Sequential([l.Input((None, None, 3)), l.Conv2D(8, 3, activation='relu', name='eye')], "
        "name='backbone'); keras.Model(p, l.Conv2D(4, 3, name='last')(b(p))).save(sys.argv[1])"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        subprocess.run([sys.executable, "-c", script, str(path)], check=True, capture_output=True)
        return path.read_bytes()


RUN_COMMANDS = """
import functools, sys
from zoomdream.network import catalogue
from zoomdream.cli.main import main
catalogue.load_network = functools.cache(catalogue.load_network)  # what a network compiled is kept with it
def command(words):
    sys.argv = ["zoomdream", *words]
    main()
"""
RUN_EXAMPLES = """
import runpy
def command(path):
    runpy.run_path(path, run_name="__main__")
"""
ONE_BY_ONE = """
import contextlib, io, json, os, traceback
ended = []
for folder, given in json.load(open("given.json")):
    os.chdir(folder)
    said, status = [io.StringIO(), io.StringIO()], 0
    with contextlib.redirect_stdout(said[0]), contextlib.redirect_stderr(said[1]):
        try:
            command(given)
        except SystemExit as stop:
            status = stop.code or 0
        except BaseException:
            traceback.print_exc()
            status = 1
    ended.append((status, *(stream.getvalue() for stream in said)))
json.dump(ended, open("../ended.json", "w"))
"""


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    status: int
    stdout: str
    stderr: str


def run_python(folder: Path, source: str, given: Sequence[Any]) -> list[Ended]:
    """Do ``command`` of a program for each of what is given, in the folders ``0``, ``1``, …; and return how each ended.

    All is done in one process, for a tensor library is slow to load; nothing is downloaded and no weights are cached.
    """
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {**os.environ, **nowhere, "no_proxy": "", "NO_PROXY": "", "KERAS_HOME": str(folder / "keras")}
    environment["XDG_CACHE_HOME"] = str(folder / "cache")
    (folder / "program.py").write_text(source + ONE_BY_ONE)
    (folder / "given.json").write_text(json.dumps([(str(folder / str(n)), each) for n, each in enumerate(given)]))
    command = [sys.executable, "-W", "ignore", "program.py"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == 0, done.stderr
    return [Ended(*each) for each in json.loads((folder / "ended.json").read_text())]


def run_commands(folder: Path, commands: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], Ended]:
    """Run commands, each in a folder of its own."""
    for number, words in enumerate(commands):
        (folder / str(number)).mkdir()
        furnish(folder / str(number), words)
    return dict(zip(commands, run_python(folder, RUN_COMMANDS, commands), strict=True))


def run_examples(folder: Path, pages: Sequence[Path]) -> dict[Path, Ended]:
    """Run the Python of each page from top to bottom, with tiny films, in a folder of its own."""
    programs = []
    for number, page in enumerate(pages):
        (folder / str(number)).mkdir()
        source = "\n".join(block.text for block in blocks(page, "python"))
        source = re.sub(r"\bseconds=[\d.]+", "seconds=1", source)
        for name in re.findall(r"[\"']([\w.-]+\.(?:jpg|png))[\"']", source):
            shutil.copy(sample("cat.jpg"), folder / str(number) / name)
        if "read_metadata" in source:
            _save_film(folder / str(number) / "reef.mp4")
        programs.append(folder / str(number) / "program.py")
        programs[-1].write_text(source)
    return dict(zip(pages, run_python(folder, TINY_FILMS + RUN_EXAMPLES, [*map(str, programs)]), strict=True))


def _save_film(path: Path) -> None:
    """Save a film of grey that says what the command line would say."""
    made = {"seed": 0, "film": to_document(Film()), "network": {"weights": "0"}}
    encode(path, [np.full((48, 64, 3), 0.5, np.float32)] * 3, 12, (64, 48), metadata=made)


def _begin_film(folder: Path, with_job: bool) -> None:
    """Put films into a folder that were made by the command line; or only the job of one."""
    if with_job:
        shutil.copytree(_rendered() / ".reef.zoomdream", folder / ".reef.zoomdream")
        return
    for name in ("reef.mp4", "wall.mp4"):
        shutil.copy(_rendered() / "reef.mp4", folder / name)


@cache
def _rendered() -> Path:
    """Return a folder with a film that was made by the command line, and with its job."""
    folder = Path(tempfile.mkdtemp(prefix="zoomdream-"))
    command = [*LENGTH["movie"], *TINY, "--set", "dream.lines=48", "-o", "reef.mp4", "--keep-job"]
    assert zoomdream("movie", "reef", *command, folder=folder).returncode == 0
    return folder


def alike(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return what stands for a command and for those that differ from it only in the name of their picture."""
    return tuple(re.sub(r"^photo\.jpg$", "cat.jpg", word) for word in words)


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Any]]]:
    """Return how what the tests ask for ended: the ``words`` by command, the ``example`` by page.

    Two processes, begun together.
    """
    items = [item for item in request.session.items if "runs" in getattr(item, "fixturenames", ())]
    asked = [item.callspec.params for item in items]
    words = dict.fromkeys(alike(given["words"]) for given in asked if "words" in given)
    pages = dict.fromkeys(given["page"] for given in asked if "words" not in given)
    with ThreadPoolExecutor(2) as pool:
        yield {
            "words": pool.submit(run_commands, tmp_path_factory.mktemp("words"), [*words]),
            "example": pool.submit(run_examples, tmp_path_factory.mktemp("examples"), [*pages]),
        }


@pytest.mark.parametrize(("page", "words"), COMMANDS, ids=[f"{page}: {' '.join(w)}" for page, w in COMMANDS])
def test_words_of_a_command_do_what_its_page_says(page, words, runs):
    ended = runs["words"].result()[alike(words)]
    assert "Traceback" not in ended.stderr
    said = [line for line in ended.stderr.splitlines() if line.startswith("Error")]
    weights = _option(words, "--weights")
    if weights not in ("", "random"):
        assert ended.status == 2
        assert said == [f"Error: There is no weights file {weights}."]
    elif needs_download(words):
        assert ended.status == 1
        assert len(said) == 1
        assert f"The weights of {find_family(network_of(words)).name} could not be downloaded" in said[0]
    else:
        assert (ended.status, said) == (0, []), ended.stderr
        assert ended.stdout


@pytest.mark.parametrize("page", [p for p in SHOWN if blocks(p, "python")], ids=lambda page: page.name)
def test_example_code_of_a_page_runs_from_top_to_bottom(page, runs):
    ended = runs["example"].result()[page]
    assert ended.status == 0, ended.stderr


@pytest.mark.parametrize("page", [p for p in SHOWN if blocks(p, "toml")], ids=lambda page: page.name)
def test_a_preset_on_a_page_is_one(page):
    for block in blocks(page, "toml"):
        assert isinstance(read_film(tomllib.loads(block.text), f"{page.name}:{block.line}"), Film)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    prose = re.sub(r"^( *)```.*?^ *```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)|\bsrc=\"([^\"]+)\"", prose)
    broken = [link for markdown, html in links if not leads_somewhere(page, link := markdown or html)]
    assert not broken


def leads_somewhere(page: Path, link: str) -> bool:
    """Say whether a link of a page leads to a file, and a heading in it; what is elsewhere is not looked up."""
    if re.match(r"[a-z]+:", link):
        return link.startswith("https://")
    target, _, anchor = link.partition("#")
    place = (page.parent / target).resolve() if target else page
    return place.exists() and (not anchor or anchor in anchors(place))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them: a number follows one that is there already."""
    prose = re.sub(r"^( *)```.*?^ *```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ +(.+)$", prose, re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return {f"{name}-{before}" if (before := plain[:i].count(name)) else name for i, name in enumerate(plain)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_presets_that_are_mentioned_exist(page):
    text = page.read_text()
    said = re.findall(r"\bzoomdream (?:movie|loop|presets show) ([\w.-]+)|\b(?:movie|load_preset)\(\"([\w.-]+)\"", text)
    names = {name or other for name, other in said if not re.match(r"\d|.*\.toml$", name or other)}
    assert names <= PRESETS | {"PRESET"}


def test_every_preset_is_on_the_page_of_presets():
    shown = set(re.findall(r"\]\(\.\./presets/([\w-]+)\.toml\)", (ROOT / "docs/presets.md").read_text()))
    assert shown == PRESETS


def test_the_gallery_says_of_a_preset_what_it_says_of_itself():
    page = (ROOT / "docs/gallery.md").read_text()
    assert dict(re.findall(r"^## (\S+)\n\n(.+)$", page, re.MULTILINE)) == {p.name: p.look for p in library()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_still_has_a_section_with_its_command_and_picture(kind):
    room = KINDS[kind][0].split(".")[3]
    name = {"features": "features", "imagine": "imagine", "faststyle": "imagine"}.get(room, "stills")
    section = (ROOT / f"docs/{name}.md").read_text().partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    assert f"\nzoomdream still {kind}{' cat.jpg' if name == 'stills' else ''}" in section
    assert f"](media/still-{kind}.webp)" in section or kind == "report"


def test_the_table_of_settings_is_up_to_date():
    """Where it is not: ``.venv/bin/python docs/reference.py``."""
    reference = runpy.run_path(str(ROOT / "docs/reference.py"))
    shown = reference["settings_in"]((ROOT / "docs/presets.md").read_text())
    assert shown.strip() == reference["render"]().strip()
    assert shown.count("\n| `") == sum(len(part["properties"]) for part in schema()["$defs"].values())


def rooms() -> dict[str, str]:
    """Return room → what it holds, of the table in the page on architecture."""
    table = re.findall(r"^\| \d \| (.+?) \| (.+?) \|", (ROOT / "docs/architecture.md").read_text(), re.MULTILINE)
    return dict(table)


def light_modules() -> list[str]:
    """Return the modules that the page on architecture calls light."""
    found = []
    for room, holds in rooms().items():
        found += [name.rstrip("/").removesuffix(".py") for name in re.findall(r"`([\w./]+)`°", room)]
        if folder := re.match(r"`(\w+)/`", room):
            found += [f"{folder[1]}.{name}" for name in re.findall(r"`(\w+)`°", holds)]
            whole = ROOT / "zoomdream" / folder[1] if f"`{folder[1]}/`°" in room else None
            found += [f"{folder[1]}.{path.stem}" for path in whole.glob("[a-z]*.py")] if whole else []
    return [f"zoomdream.{name}" for name in found]


def test_light_rooms_import_no_tensor_library():
    modules = light_modules()
    assert len(modules) > 30
    script = f"import sys, importlib; [importlib.import_module(name) for name in {modules!r}]; "
    script += "sys.exit(' '.join({'keras', 'tensorflow'} & set(sys.modules)) or 0)"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_rooms_of_the_house_are_there():
    for room in rooms():
        for name in re.findall(r"`([\w./]+)`", room):
            assert (ROOT / "zoomdream" / name).exists(), name


def test_tables_of_output_name_every_format_and_codec():
    from zoomdream.reel.formats import FORMATS

    page = (ROOT / "docs/output.md").read_text()
    for form in FORMATS:
        assert f"`{form.suffix}`" in page
        for codec in form.codecs:
            words = codec.name.split("_") if codec.hardware else [codec.name]
            assert all(f"`{word}" in page for word in words), codec.name
            if codec.crf and not codec.hardware:
                assert f"| `{codec.name}` | {codec.crf.lowest} to {codec.crf.highest} | {codec.crf.default} |" in page


def test_the_page_of_networks_names_every_input_range():
    from zoomdream.network.inputs import INPUT_RANGES

    page = (ROOT / "docs/networks.md").read_text()
    assert all(f"| `{name}` |" in page for name in INPUT_RANGES)


def test_every_test_that_the_page_on_reliability_names_exists():
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/reliability.md").read_text()))
    defined = {
        name for file in ROOT.glob("tests/**/test_*.py") for name in re.findall(r"def (test_\w+)", file.read_text())
    }
    assert len(named) > 20
    assert named <= defined, named - defined
