"""The package is whole: what is in the wheel, what it exports, how light it is, and that everything is described."""

import ast
import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

import zoomdream

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "zoomdream").rglob("*.py"))
HEAVY = {"keras", "tensorflow", "numpy", "cv2", "PIL", "pydantic", "click", "rich", "imageio"}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """Return the wheel, built from a copy of the sources, so that the checkout stays clean."""
    pytest.importorskip("setuptools", reason="the wheel is built with setuptools")
    copy, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("zoomdream", "presets"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, copy / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", built, copy]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return zipfile.ZipFile(next(built.glob("*.whl")))


def test_the_wheel_holds_every_source_and_every_preset(wheel):
    names = set(wheel.namelist())
    for path in SOURCES:
        assert str(path.relative_to(ROOT)) in names
    presets = {f"zoomdream/library/{path.name}" for path in (ROOT / "presets").iterdir() if path.is_file()}
    assert presets <= names
    assert "zoomdream/py.typed" in names


def test_the_wheel_holds_the_samples_with_their_credits(wheel):
    names = set(wheel.namelist())
    for path in (ROOT / "zoomdream" / "samples").iterdir():
        assert path.is_dir() or f"zoomdream/samples/{path.name}" in names


def test_every_sample_is_credited():
    from zoomdream import samples

    assert all(f"``{name}``: " in samples.__doc__ for name in samples.SAMPLES)
    assert set(samples.SAMPLES) == {path.name for path in (ROOT / "zoomdream" / "samples").glob("*.jpg")}


def test_the_wheel_holds_nothing_else(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"zoomdream", f"zoomdream-{version('zoomdream')}.dist-info"}


def test_the_wheel_brings_the_command_and_the_licence(wheel):
    facts = f"zoomdream-{version('zoomdream')}.dist-info"
    assert "zoomdream = zoomdream.cli.main:main" in wheel.read(f"{facts}/entry_points.txt").decode()
    assert any(name.startswith(facts) and name.endswith("LICENSE") for name in wheel.namelist())
    assert re.search(r"^License(-Expression)?: Apache-2.0$", wheel.read(f"{facts}/METADATA").decode(), re.MULTILINE)


def test_the_command_is_installed():
    (command,) = [found for found in entry_points(group="console_scripts") if found.name == "zoomdream"]
    assert command.load().__name__ == "main"


def test_all_that_is_exported_is_there():
    assert sorted(zoomdream.__all__) == dir(zoomdream)
    for name in zoomdream.__all__:
        assert getattr(zoomdream, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        zoomdream.nothing  # noqa: B018


def test_type_checkers_see_the_same_names():
    tree = ast.parse((ROOT / "zoomdream" / "__init__.py").read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(zoomdream.__all__) == imported - {"TYPE_CHECKING", "Any", "import_module"}


def test_importing_the_package_imports_nothing_heavy():
    script = f"import sys, zoomdream; sys.exit(' '.join({HEAVY!r} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_version_is_one():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    said = subprocess.run(
        [sys.executable, "-m", "zoomdream", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    assert settings["metadata"]["version"] == version("zoomdream") == said
    released = re.findall(r"^## \[(\d[^]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert not released or released[0] == said


def test_every_package_is_listed():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    folders = {".".join(path.parent.relative_to(ROOT).parts) for path in SOURCES if path.name == "__init__.py"}
    assert set(settings["options"]["packages"].split()) == folders | {"zoomdream.library"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "zoomdream")))
def test_everything_public_is_described(path):
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "the module"
    missing = [node.name for node in _public(tree) if not ast.get_docstring(node)]
    assert not missing


def _public(tree):
    """Yield the functions and classes of a module that others may use, and the methods of those classes.

    Left out are methods that another class describes: those of protocols, and Keras' ``call``.
    """
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and node.name != "call":
            yield node
            if isinstance(node, ast.ClassDef) and "Protocol" not in map(ast.unparse, node.bases):
                yield from _public(node)
