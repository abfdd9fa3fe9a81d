"""Folders of pictures, and a network that looks at them small."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow


@pytest.fixture(scope="session")
def small(tiny: Any) -> Any:
    """Return the network of two convolutions, for pictures of 32×32."""
    return replace(tiny, size=(32, 32))


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Return a function number of pictures → folder of so many, of several sizes, one in a folder of its own."""

    def make(count: int = 20, name: str = "pictures") -> Path:
        place = tmp_path / name
        (place / "inner").mkdir(parents=True)
        for number in range(count):
            path = place / ("inner" if number == 3 else ".") / f"{number:03}.png"
            save_grain(path, number, (40 + number % 3, 48 + 5 * (number % 2)))
        return place

    return make


def save_grain(path: Path, seed: int, size: tuple[int, int] = (40, 48)) -> None:
    """Write a picture of soft grain."""
    grain = cv2.GaussianBlur(np.random.default_rng(seed).random((*size, 3), np.float32), (0, 0), 2)
    Pillow.fromarray(np.rint(255 * np.clip(0.5 + 4 * (grain - 0.5), 0, 1)).astype(np.uint8)).save(path)


class Counting:
    """Counts what it is told of a scan."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, int]] = []
        self.done = 0
        self.left_out: list[str] = []

    def begin(self, wanted: int, whole: int) -> None:
        self.begun.append((wanted, whole))

    def advance(self, count: int) -> None:
        self.done += count

    def leave_out(self, why: Exception) -> None:
        self.left_out.append(str(why))


@pytest.fixture
def watch() -> Counting:
    """Return somebody who counts."""
    return Counting()


@pytest.fixture
def grain() -> Callable[..., None]:
    """Return a function (path, seed) that writes a picture of soft grain."""
    return save_grain
