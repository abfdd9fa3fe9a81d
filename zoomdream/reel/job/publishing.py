"""The end of a job, or of its time: from segments to a film under its name."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from zoomdream.reel.encode import Report, check_result, encode, report
from zoomdream.reel.job.job import Job
from zoomdream.reel.job.joining import frames_of, joined
from zoomdream.reel.output import Plan
from zoomdream.reel.provenance import pack
from zoomdream.reel.publish import publish_file


def publish(job: Job, metadata: Mapping[str, Any]) -> Report:
    """Give the film its name, as far as it is made.

    What is under that name is replaced only if it was to be, or if this job has put it there.

    Raises:
        ZoomdreamError: the segments cannot be joined, or what is made of them is not what was promised.
    """
    plan, pieces = job.plan, job.segments.beginning()
    plan = replace(plan, force=plan.force or job.owns_output())
    count = sum(piece.frames for piece in pieces)
    paths = [piece.path for piece in pieces]
    made = (_joined if plan.format.joins else _encoded)(paths, plan, count, metadata)
    job.published()
    return made


def _joined(paths: list[Path], plan: Plan, count: int, metadata: Mapping[str, Any]) -> Report:
    part = joined(paths, plan, pack(metadata))
    try:
        check_result(part, plan, count)
        publish_file(part, plan.path, plan.force)
    finally:
        part.unlink(missing_ok=True)
    return report(plan.path, plan, count)


def _encoded(paths: list[Path], plan: Plan, count: int, metadata: Mapping[str, Any]) -> Report:
    frames = frames_of(paths)
    return encode(plan.path, frames, plan.rate, plan.size, metadata=metadata, frame_count=count, force=plan.force)
