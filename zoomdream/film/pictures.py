"""The pictures that a film refers to: found, checked before any work, loaded."""

from dataclasses import dataclass
from pathlib import Path

from zoomdream.film.settings import NATURAL, OFF, Film
from zoomdream.picture.image import load_image
from zoomdream.picture.warp import Image
from zoomdream.samples import sample

SAMPLE = "sample:"
EXAMPLE = "sample:cat.jpg"
"""What a film that wants a photograph begins with when none is given."""


@dataclass(frozen=True)
class Pictures:
    """Pictures (H, W, 3), RGB in [0, 1]: what the film begins with, and whose colours it takes."""

    photograph: Image | None = None
    palette: Image | None = None


def check_pictures(film: Film) -> None:
    """Refuse a film whose pictures are missing or cannot be read; ``BadInput`` names the file."""
    load_pictures(film)


def load_pictures(film: Film) -> Pictures:
    """Return the film's pictures; ``BadInput`` names the one that cannot be read."""
    return Pictures(**{name: load_image(path) for name, path in _paths(film).items()})


def picture_path(name: str) -> Path:
    """Return the path of a picture; ``sample:cat.jpg`` is one that comes with the program."""
    return sample(name.removeprefix(SAMPLE)) if name.startswith(SAMPLE) else Path(name)


def _paths(film: Film) -> dict[str, Path]:
    paths = {}
    if film.start.kind == "image":
        paths["photograph"] = picture_path(film.start.image or EXAMPLE)
    if film.grade.towards not in (NATURAL, OFF):
        paths["palette"] = picture_path(film.grade.towards)
    return paths
