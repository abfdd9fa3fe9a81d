"""An inspection as plain JSON values."""

from dataclasses import asdict
from fractions import Fraction
from typing import Any

from zoomdream.inspection.inspect import Inspection
from zoomdream.inspection.promise import Promise
from zoomdream.inspection.quality import Quality, Spots


def to_document(found: Inspection) -> dict[str, Any]:
    """Return what was found, with None for what is no number.

    Lengths are pixels, times seconds, values shares of the range [0, 1], rates texts such as ``30000/1001``.
    """
    return {
        "file": str(found.path),
        "whole": found.whole,
        "faults": list(found.faults),
        "remarks": list(found.remarks),
        "bytes": found.bytes,
        "promised": _promise(found.promise),
        "found": _facts(found),
        "quality": _quality(found.quality) if found.quality else None,
        "recipe": found.recipe,
    }


def _promise(promise: Promise) -> dict[str, Any] | None:
    if promise == Promise():
        return None
    width, height = promise.size or (None, None)
    return {
        "frames": promise.frames,
        "width": width,
        "height": height,
        "fps": _rate(promise.fps),
        "seconds": promise.seconds,
        "loop": promise.loop,
    }


def _facts(found: Inspection) -> dict[str, Any] | None:
    if found.probe is None:
        return None
    probe = found.probe
    return {
        "frames": probe.frames,
        "width": probe.width,
        "height": probe.height,
        "fps": _rate(probe.fps),
        "seconds": found.seconds,
        "codec": probe.codec,
        "pixels": probe.pixel_format,
        "colour": {name: value or None for name, value in asdict(probe.colour).items()},
    }


def _quality(quality: Quality) -> dict[str, Any]:
    spots = {name: _spots(getattr(quality, name)) for name in ("black", "duplicates", "frozen")}
    return asdict(quality) | spots


def _spots(spots: Spots | None) -> dict[str, Any] | None:
    return None if spots is None else {"frames": spots.frames, "runs": [list(run) for run in spots.runs]}


def _rate(fps: Fraction | None) -> str | None:
    return None if fps is None else str(fps)
