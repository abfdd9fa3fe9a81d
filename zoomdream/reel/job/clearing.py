"""What may be removed from a job's folder: only what jobs have left there."""

import os
import shutil
from pathlib import Path

from zoomdream.errors import BadInput
from zoomdream.reel.job.manifest import NAME
from zoomdream.reel.job.place import LOCK, is_job
from zoomdream.reel.publish import writing


def check_ours(folder: Path) -> None:
    """Refuse what stands in the place of a job and is none: nobody's files are to be emptied out.

    Raises:
        BadInput: something else is there.
    """
    if os.path.lexists(folder) and (folder.is_symlink() or not (is_job(folder) or _is_empty(folder))):
        raise BadInput(f"{folder} is in the way and is no film in the making: move it, or choose another name.")


def empty(folder: Path) -> None:
    """Remove all that a job has left but the lock, which is held; the manifest first, or there is a job.

    Raises:
        ZoomdreamError: something cannot be removed.
    """
    for path in sorted(folder.iterdir(), key=lambda path: path.name != NAME):
        if path.name != LOCK:
            _remove(path)


def sweep(folder: Path) -> None:
    """Remove what a process that was killed had not finished, all of which has hidden names.

    Raises:
        ZoomdreamError: something cannot be removed.
    """
    for path in [*folder.glob(".*"), *folder.glob("*/.*")]:
        _remove(path)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _remove(path: Path) -> None:
    with writing(path):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
