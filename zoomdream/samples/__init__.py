"""Pictures that come with the program."""

from importlib.resources import files
from pathlib import Path


def sample(name: str) -> Path:
    """Return the path of a picture that comes with the program, e.g. ``cat.jpg``."""
    return Path(str(files(__package__).joinpath(name)))


def samples() -> list[str]:
    """Return the names of those pictures."""
    return sorted(path.name for path in files(__package__).iterdir() if path.name.endswith(".jpg"))
