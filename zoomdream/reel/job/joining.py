"""From segments to a film under its name."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import ZoomdreamError
from zoomdream.reel import ffmpeg
from zoomdream.reel.output import Plan
from zoomdream.reel.provenance import ffmetadata
from zoomdream.reel.read import read_frames


def join(segments: Sequence[Path], part: Path, plan: Plan, note: str) -> None:
    """Write a film, made of the segments of one folder as they are, with a note inside.

    Raises:
        ZoomdreamError: ffmpeg cannot join them; what it has written may be left.
    """
    folder = segments[0].parent
    # Names in a list are relative to it, so that nothing in a folder's name can be read as more than a name.
    listed, told = folder / "list", folder / "note"
    listed.write_text("ffconcat version 1.0\n" + "".join(f"file {path.name}\n" for path in segments))
    told.write_text(ffmetadata(note), encoding="utf-8")
    status, _, said = ffmpeg.run(_command(listed, told, plan, part))
    if status != 0:
        raise ZoomdreamError(f"The segments of {plan.path} cannot be joined: {ffmpeg.tail(said)}.")


def frames_of(segments: Sequence[Path]) -> Iterator[NDArray[np.floating[Any]]]:
    """Yield the frames of segments, float32 (H, W, 3) in [0, 1]."""
    return (frame.astype(np.float32) / 255 for path in segments for frame in read_frames(path))


def _command(listed: Path, told: Path, plan: Plan, part: Path) -> list[str]:
    files = ["-protocol_whitelist", "file", "-f", "concat", "-safe", "0", "-i", ffmpeg.local(listed)]
    note = ["-protocol_whitelist", "file", "-f", "ffmetadata", "-i", ffmpeg.local(told), "-map_metadata", "1"]
    tag = ["-tag:v", "hvc1"] if plan.codec.hevc and plan.format.muxer in ("mp4", "mov") else []
    form = [*plan.format.arguments, "-f", str(plan.format.muxer), "-y", ffmpeg.local(part)]
    return [*ffmpeg.QUIET, *files, *note, "-map", "0:v", "-c", "copy", *tag, *form]
