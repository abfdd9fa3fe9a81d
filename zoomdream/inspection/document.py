"""An inspection as plain JSON values."""

from dataclasses import asdict
from fractions import Fraction
from math import isfinite
from typing import Any

from zoomdream.inspection.look import Inspection
from zoomdream.inspection.promise import Promise
from zoomdream.inspection.quality import Quality, Spots

DEEPEST = 50
"""Levels of a recipe that are kept; ours have five."""


def to_document(found: Inspection) -> dict[str, Any]:
    """Return what was found, with None for what is no number.

    Lengths are pixels, times seconds, values shares of the range [0, 1], rates texts such as ``30000/1001``.
    """
    document = {
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
    return {name: plain(value) for name, value in document.items()}


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON knows it: None for what is not finite, and for what lies deeper than `DEEPEST`.

    >>> plain({"a": (1, float("nan"))})
    {'a': [1, None]}
    """
    if depth > DEEPEST or (isinstance(value, float) and not isfinite(value)):
        return None
    if isinstance(value, dict):
        return {name: plain(inner, depth + 1) for name, inner in value.items()}
    return [plain(inner, depth + 1) for inner in value] if isinstance(value, list | tuple) else value


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
