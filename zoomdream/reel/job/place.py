"""A job's place: the hidden folder beside a film, and the film that a folder is for."""

from pathlib import Path

from zoomdream.errors import BadInput
from zoomdream.reel.job.manifest import NAME, read_manifest

SUFFIX = ".zoomdream"
"""Of a job's folder."""
LOCK = "lock"
"""The file by which a job is held, the first that is there and the last that goes."""


def job_folder(film: Path) -> Path:
    """Return where the job of a film is, whatever the film's type."""
    return film.with_name(f".{film.stem}{SUFFIX}")


def is_job(folder: Path) -> bool:
    """Say whether a folder is that of a job, or what is left of one."""
    named = folder.name.startswith(".") and folder.suffix == SUFFIX and not folder.is_symlink()
    return named and any((folder / name).is_file() for name in (NAME, LOCK))


def is_begun(folder: Path) -> bool:
    """Say whether the job of a folder can be gone on with, unless it is damaged."""
    return (folder / NAME).exists()


def film_of(folder: Path) -> Path:
    """Return a job's film, without its suffix if the manifest does not tell it."""
    try:
        return folder.with_name(read_manifest(folder).film)
    except BadInput:
        return stem_of(folder)


def stem_of(folder: Path) -> Path:
    """Return the name of a job's film, but for its suffix."""
    return folder.with_name(folder.name[1 : -len(SUFFIX)])


def is_of(folder: Path, film: Path) -> bool:
    """Say whether a job is that of a film, as far as it can tell."""
    try:
        return read_manifest(folder).film == film.name
    except BadInput:
        return stem_of(folder).name == film.stem
