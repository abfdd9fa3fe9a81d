"""The end of a job, or of its time: from segments to a film under its name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoomdream.reel.encode import Report, check_result, encode, report
from zoomdream.reel.folder import publish_folder, remove_folder
from zoomdream.reel.job.job import Job
from zoomdream.reel.job.joining import frames_of, join
from zoomdream.reel.output import Plan
from zoomdream.reel.provenance import pack
from zoomdream.reel.publish import hidden_name, publish_file


def publish(job: Job, metadata: Mapping[str, Any]) -> Report:
    """Give the film its name, as far as it is made.

    What is under that name is replaced only if it was to be, or if this job has put it there. Until then the film is in
    the job's folder, so that nothing of it is left elsewhere whatever happens.

    Raises:
        ZoomdreamError: the segments cannot be joined, or what is made of them is not what was promised.
    """
    plan, pieces = job.plan, job.segments.pieces()
    count = sum(piece.frames for piece in pieces)
    part = hidden_name(job.folder / f"film{plan.format.suffix}")
    try:
        (_join if plan.format.joins else _encode)([piece.path for piece in pieces], part, plan, count, metadata)
        force = plan.force or job.owns_output()
        # Before it has its name, for whatever comes in between the film is then known as this job's.
        job.publishing(part)
        (publish_folder if part.is_dir() else publish_file)(part, plan.path, force)
    finally:
        remove_folder(part)
        part.unlink(missing_ok=True)
    return report(plan.path, plan, count)


def _join(paths: list[Path], part: Path, plan: Plan, count: int, metadata: Mapping[str, Any]) -> None:
    join(paths, part, plan, pack(metadata))
    check_result(part, plan, count)


def _encode(paths: list[Path], part: Path, plan: Plan, count: int, metadata: Mapping[str, Any]) -> None:
    name = part if plan.format.suffix else f"{part}/"
    encode(name, frames_of(paths), plan.rate, plan.size, metadata=metadata, frame_count=count)
