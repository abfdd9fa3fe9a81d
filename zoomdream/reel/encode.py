"""A film from an iterable of images: checked before, counted after, published under its name all at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput, StopNow, ZoomdreamError
from zoomdream.reel import ffmpeg
from zoomdream.reel.command import try_hardware
from zoomdream.reel.extent import Extent
from zoomdream.reel.output import Name, Plan, plan_output
from zoomdream.reel.pixels import check_frame
from zoomdream.reel.probe import probe
from zoomdream.reel.provenance import pack
from zoomdream.reel.rate import Rate, fits
from zoomdream.reel.sinks import Sink, open_sink
from zoomdream.reel.sound import Sound, add_sound
from zoomdream.reel.vigil import PATIENCE


@dataclass(frozen=True)
class Report:
    """What was made: ``fps`` in frames per second, ``seconds`` of running time, size in pixels and in ``bytes``."""

    path: Path
    frames: int
    width: int
    height: int
    fps: Fraction
    seconds: float
    bytes: int
    codec: str


def check_output(
    path: Name,
    size: tuple[int, int],
    fps: Rate,
    *,
    codec: str | None = None,
    crf: int | None = None,
    force: bool = False,
) -> None:
    """Raise `BadInput`, in one sentence, if a film of ``size`` (width, height) could not be written to ``path``.

    Leaves nothing behind. Only a hardware codec, once everything else is right, costs a trial of three frames.
    Raises `ZoomdreamError` if there is no ffmpeg.
    """
    plan_film(path, size, fps, codec, crf, force)


def encode(
    path: Name,
    frames: Iterable[NDArray[np.floating[Any]]],
    fps: Rate,
    size: tuple[int, int],
    *,
    codec: str | None = None,
    crf: int | None = None,
    metadata: Mapping[str, object] | None = None,
    force: bool = False,
    frame_count: int | None = None,
    sound: Sound | None = None,
    patience: float = PATIENCE,
) -> Report:
    """Write ``frames``, float (H, W, 3) RGB in [0, 1], as the film ``path`` and return a `Report`.

    ``size`` is (width, height). Values outside [0, 1] are clipped. ``metadata`` is kept in the file.
    ``sound`` is put into it, in a format that holds any; where that fails the silent film is kept.
    ``patience`` is how many seconds a silent encoder is waited for.

    If ``frames`` is stopped by `KeyboardInterrupt` or `SystemExit` after at least one frame, the film so far
    is finished and published before that exception goes on, with a note that says so; a second one, while that is
    being done, discards the film, and so does a `StopNow`.
    After any other exception nothing is left.
    Raises `BadInput` for what `check_output` refuses, and `ZoomdreamError` for a wrong frame (shape, type,
    NaN), when the encoder or the sound fails, the film read back is not what was sent, or there are not
    ``frame_count`` frames.
    """
    plan = plan_film(path, size, fps, codec, crf, force)
    note = None if metadata is None else pack(metadata)
    sink = open_sink(plan, note, patience)
    try:
        stop = _feed(sink, frames, plan, frame_count)
        written = sink.finish()
        _check_count(written, None if stop else frame_count)
        silent = _add_sound(sink.part, plan, sound, written / plan.rate if stop else None)
        check_result(sink.part, plan, written)
        sink.publish(force)
    except BaseException:
        sink.discard()
        raise
    if stop is not None:
        stop.add_note(f"{path} holds what there is.")
        raise stop
    if silent is not None:
        raise ZoomdreamError(f"{path} is silent: {silent}") from silent
    return report(Path(path), plan, written)


def plan_film(path: Name, size: tuple[int, int], fps: Rate, codec: str | None, crf: int | None, force: bool) -> Plan:
    """Return the `Plan` of a film after every refusal that can be made before work starts, see `check_output`."""
    plan = plan_output(path, Extent(*size), fps, codec=codec, crf=crf, force=force)
    if plan.format.muxer is not None:
        ffmpeg.executable()
    if plan.codec.hardware:
        try_hardware(plan)
    return plan


def _feed(
    sink: Sink, frames: Iterable[NDArray[np.floating[Any]]], plan: Plan, frame_count: int | None
) -> BaseException | None:
    """Pass every frame on; return the wish to stop, if one came after the first frame."""
    try:
        for frame in frames:
            if sink.accepted == frame_count:
                raise ZoomdreamError(f"More than the {frame_count} frames that were announced came to be encoded.")
            check_frame(frame, plan.size, sink.accepted)
            sink.write(frame)
            del frame  # not held while the next one is made
    except (KeyboardInterrupt, SystemExit) as stop:
        if sink.accepted == 0 or isinstance(stop, StopNow):
            raise
        return stop
    return None


def _add_sound(part: Path, plan: Plan, sound: Sound | None, seconds: Fraction | None) -> ZoomdreamError | None:
    """Put sound into the film if there is any; return why that failed, if it did."""
    try:
        if sound is not None and plan.format.sound:
            add_sound(part, sound, plan.format, seconds)
    except ZoomdreamError as why:
        return why
    return None


def _check_count(written: int, frame_count: int | None) -> None:
    if written == 0:
        raise ZoomdreamError("There was no frame to encode; a film needs at least one.")
    if frame_count is not None and written != frame_count:
        raise ZoomdreamError(f"Only {written} of the {frame_count} announced frames came to be encoded.")


def check_result(part: Path, plan: Plan, written: int) -> None:
    """Read the film back and raise `ZoomdreamError` unless it has the frames, size and rate that were promised."""
    try:
        found = probe(part)
    except BadInput as error:
        raise ZoomdreamError(f"The film cannot be read back, so it is not kept: {error}") from error
    size = Extent(found.width, found.height)
    if found.frames != written:
        raise ZoomdreamError(f"The encoder was given {written} frames, but its file has {found.frames}.")
    if size != plan.size:
        raise ZoomdreamError(f"The encoder was given pictures of {plan.size}, but its file has {size}.")
    if found.fps is not None and not fits(written, found.span, plan.rate, found.tick):
        raise ZoomdreamError(f"The film should run at {plan.rate} frames per second, but its file runs at {found.fps}.")


def report(path: Path, plan: Plan, written: int) -> Report:
    """Return the facts of a film that has been published."""
    files = plan.path.iterdir() if plan.path.is_dir() else [plan.path]
    size = sum(file.stat().st_size for file in files)
    seconds = float(written / plan.rate)
    return Report(path, written, *plan.size, plan.rate, seconds, size, plan.codec.name)
