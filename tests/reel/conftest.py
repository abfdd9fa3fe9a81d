"""Small films of flat colours, and stand-ins for ffmpeg that misbehave."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

WIDTH, HEIGHT = 64, 48
SIZE = (WIDTH, HEIGHT)
COLOURS = np.array(
    [
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
        [255, 255, 255],
        [0, 0, 0],
        [128, 128, 128],
        [255, 255, 0],
        [200, 40, 160],
    ]
)


def patches() -> np.ndarray:
    """Return a float32 picture of eight flat patches, four across and two down."""
    rows = COLOURS.reshape(2, 4, 3).astype(np.float32) / 255
    return rows.repeat(HEIGHT // 2, axis=0).repeat(WIDTH // 4, axis=1)


def centres(picture: np.ndarray) -> np.ndarray:
    """Return the colours in the middle of the eight patches, int (8, 3)."""
    return picture[HEIGHT // 4 :: HEIGHT // 2, WIDTH // 8 :: WIDTH // 4].reshape(8, 3).astype(int)


def moving(count: int, size: tuple[int, int] = SIZE) -> Iterator[np.ndarray]:
    """Yield noisy pictures, each different from the last."""
    noise = np.random.default_rng(5).random((size[1], size[0], 3), np.float32)
    for index in range(count):
        yield np.roll(noise, index, axis=1)


def children() -> list[int]:
    """Return the process ids of our own children, zombies included; but for the server of other tests."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                facts = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(facts[1]) == os.getpid() and b"import serve" not in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that puts a shell script in the place of ffmpeg."""

    def install(script: str) -> None:
        program = tmp_path / "stand-in" / "ffmpeg"
        program.parent.mkdir()
        program.write_text("#!/bin/sh\n" + script)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))

    return install


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return an empty folder for films."""
    place = tmp_path / "films"
    place.mkdir()
    return place
