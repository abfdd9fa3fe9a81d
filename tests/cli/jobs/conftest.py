"""A process that runs commands, tiny films as they should be, and films that are half made."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.cli.jobs.films import RATE, SECONDS, Asked, Whole, changed, small, stopped
from tests.cli.jobs.warm import Warm, shown, small_disk


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """Return a process that runs commands."""
    warm = Warm(tmp_path_factory.mktemp("logs"))
    yield warm
    warm.close()


@pytest.fixture(scope="session")
def tiny(warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a network that dreams some fifty keys in a second."""
    path = tmp_path_factory.mktemp("network") / "tiny.keras"
    assert warm.run("network", path, 1, folder=path.parent).returncode == 0
    return path


@pytest.fixture(scope="session")
def movie(tiny: Path) -> Sequence[object]:
    """Return the words that ask for a film whose first picture unfolds for half its length."""
    start = {"kind": "unfold", "seconds": 1.5, "small": 24, "growth": 5}
    return ("movie", "reef", *small(tiny), *changed(start=start))


@pytest.fixture(scope="session")
def loop(tiny: Path) -> Sequence[object]:
    """Return the words that ask for a film that closes onto itself."""
    return ("loop", "reef", *small(tiny), *changed(start={"warmup": 0.2}, camera={"rotate": 0}), "--set", "overlap=1")


@pytest.fixture(scope="session")
def asked(movie: Sequence[object], loop: Sequence[object]) -> Asked:
    """Return name → words that ask for a film of that name."""
    films = {"a.mp4": movie, "l.mp4": loop, "a.gif": movie, "a": movie}
    return {name: (*words, "-o", name) for name, words in films.items()}


@pytest.fixture(scope="session")
def whole(warm: Warm, asked: Asked, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Return name → frames and bytes of the films as they are when nothing happens to them."""
    folder = tmp_path_factory.mktemp("whole")
    for words in asked.values():
        done = warm.run(*words, folder=folder)
        assert done.returncode == 0, done.stderr
    assert len(set(shown(folder / "a.mp4"))) > 0.9 * SECONDS * RATE
    assert sorted(path.name for path in folder.iterdir()) == ["a", "a.gif", "a.mp4", "l.mp4"]
    bytes_of = {path.name: path.read_bytes() if path.is_file() else b"" for path in folder.iterdir()}
    return {name: (shown(folder / name), held) for name, held in bytes_of.items()}


@pytest.fixture(scope="session")
def halves(warm: Warm, asked: Asked, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return name → folder in which a film was begun and its process killed, to be copied."""
    return {name: stopped(warm, asked[name], tmp_path_factory.mktemp("half")) for name in ("a.mp4", "l.mp4")}


@pytest.fixture(scope="session")
def kept(warm: Warm, movie: Sequence[object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a film that is made and whose job was kept."""
    folder = tmp_path_factory.mktemp("kept")
    assert warm.run(*movie, "-o", "a.mp4", "--keep-job", folder=folder).returncode == 0
    return folder


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a disk of two megabytes."""
    with small_disk(tmp_path / "disk", "2m") as disk:
        yield disk
