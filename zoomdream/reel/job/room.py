"""Room: whether a film fits onto the disk, before it is begun and when it no longer does."""

import errno
import shutil
from pathlib import Path

from zoomdream.errors import BadInput
from zoomdream.reel.job.job import Job
from zoomdream.reel.job.segments import segment_plan
from zoomdream.reel.job.states import KEPT
from zoomdream.reel.output import Plan

CRF_DOUBLES = 6
"""By how much finer a quality takes twice the bytes."""
BYTES_OF_STATE = 12
"""Of a pixel: three float32."""


def needed(job: Job, state_pixels: int, shelved: int) -> int:
    """Return how many bytes a job will take in all, with the film that is made of it.

    Args:
        state_pixels: of one state.
        shelved: how many pictures of the film's size a loop keeps.
    """
    left = job.manifest.frames - sum(fact["frames"] for fact in job.facts())
    film = _bytes(job.plan, job.manifest.frames)
    states = BYTES_OF_STATE * state_pixels * (KEPT + 1)
    return _bytes(segment_plan(job.plan), left) + film + states + BYTES_OF_STATE * _pixels(job.plan) * shelved


def check_room(job: Job, state_pixels: int, shelved: int = 0) -> None:
    """Refuse a film that the disk cannot take; arguments as for `needed`.

    Raises:
        BadInput: there is not enough room.
    """
    wanted, free = needed(job, state_pixels, shelved), free_bytes(job.folder)
    if wanted > free:
        raise BadInput(
            f"{job.plan.path} will need about {_told(wanted)} in {job.plan.path.parent}, and {_told(free)} are free: "
            "make room, or ask for a shorter or smaller film."
        )


def full_disk(job: Job, why: BaseException, state_pixels: int, shelved: int = 0) -> str | None:
    """Return what to say where a failure is that of a full disk; ``None`` where it is another."""
    full = isinstance(why, OSError) and why.errno in (errno.ENOSPC, errno.EDQUOT)
    if not full and not any(words in str(why) for words in ("No space left", "Disk quota exceeded")):
        return None
    missing = max(0, needed(job, state_pixels, shelved) - free_bytes(job.folder))
    return f"The disk is full: {job.plan.path} needs about {_told(missing)} more in {job.plan.path.parent}."


def free_bytes(folder: Path) -> int:
    """Return how many bytes may be written where a folder is."""
    return shutil.disk_usage(folder).free


def _bytes(plan: Plan, frames: int) -> int:
    finer = plan.codec.crf.default - plan.crf if plan.codec.crf and plan.crf is not None else 0
    return int(frames * _pixels(plan) * plan.codec.bits * 2 ** (finer / CRF_DOUBLES) / 8)


def _pixels(plan: Plan) -> int:
    return plan.size.width * plan.size.height


def _told(count: int) -> str:
    """Return a number of bytes as a person says it.

    >>> _told(1_234_567)
    '1.2 MB'
    """
    unit = next(unit for unit in _SIZES if count >= _SIZES[unit] or unit == "kB")
    return f"{count / _SIZES[unit]:.1f} {unit}"


_SIZES = {"TB": 1e12, "GB": 1e9, "MB": 1e6, "kB": 1e3}
