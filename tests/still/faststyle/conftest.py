"""A style, a few photographs and a judge that are small enough to learn from in a moment."""

from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

from zoomdream.picture.image import save_image
from zoomdream.still.faststyle.settings import Settings

SMALL = Settings(
    crop=32, batch=2, temporal=0.0, style_size=32, width=4, blocks=1, style_layers=("one",), content_layers=("two",)
)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory, photo: np.ndarray) -> list[Path]:
    """Return three small photographs of different sizes, one of them odd and one smaller than a crop."""
    folder = tmp_path_factory.mktemp("photos")
    sizes = [(slice(60, 140), slice(100, 220)), (slice(100, 151), slice(150, 203)), (slice(100, 124), slice(40, 90))]
    for number, part in enumerate(sizes):
        save_image(folder / f"{number}.png", photo[part])
    return sorted(folder.iterdir())


@pytest.fixture(scope="session")
def stripes() -> np.ndarray:
    """Return a style: red and blue stripes, (40, 56, 3)."""
    rows = np.where((np.arange(40) // 4 % 2)[:, None, None], [0.9, 0.2, 0.1], [0.1, 0.2, 0.9])
    return np.broadcast_to(rows, (40, 56, 3)).astype(np.float32)


@pytest.fixture(scope="session")
def learnt(tmp_path_factory: pytest.TempPathFactory, tiny: Any, stripes: np.ndarray, photos: list[Path]) -> Path:
    """Return a folder in which ``stripes.keras`` has been learnt for three steps."""
    from zoomdream.still.faststyle.learning import train_style

    folder = tmp_path_factory.mktemp("learnt")
    train_style(tiny, stripes, photos, folder / "stripes.keras", SMALL, steps=3, every=2, made={"by": "me"})
    return folder


@pytest.fixture
def begun(learnt: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder."""
    return copytree(learnt, tmp_path / "begun")
