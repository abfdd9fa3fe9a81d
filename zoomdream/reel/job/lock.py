"""The lock: a job is held by one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from zoomdream.errors import ZoomdreamError
from zoomdream.reel.job.place import LOCK, film_of


class Held(ZoomdreamError):
    """Another process is at work on the job of a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{film_of(folder)} is being made by another process.")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a job's folder while entered; the system lets go of it when this process ends, however that happens.

    Raises:
        Held: another process does.
        ZoomdreamError: the lock cannot be written.
    """
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Held(folder) from error
    except OSError as error:
        raise ZoomdreamError(f"The job in {folder} cannot be held ({error.strerror or error}).") from error
    try:
        yield
    finally:
        lock.release()


def is_held(folder: Path) -> bool:
    """Say whether a process is at work on a job."""
    try:
        with held(folder):
            return False
    except ZoomdreamError as why:
        return isinstance(why, Held)
