"""An inspection as a person reads it: a table of two columns and a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from zoomdream.cli.tables import table
from zoomdream.inspection import Drift, Inspection, Quality, Spots
from zoomdream.inspection.faults import first, when

Row = tuple[str, str]


def report(found: Inspection) -> Table:
    """Return the table of what was found."""
    rows = table("", "")
    rows.show_header = False
    rows.add_row("made by", _maker(found.recipe))
    if found.probe is not None and found.quality is not None:
        for row in (*_picture(found), *_spotted(found), *_course(found.quality), *_motion(found)):
            rows.add_row(*row)
    return rows


def verdict(found: Inspection) -> str:
    """Return, in a line or a few, what to make of it."""
    said = [_line(sentence) for sentence in (*found.faults, *found.remarks)]
    if said:
        return "\n".join(["Broken." if found.faults else "Whole, but worth a look.", *said])
    if found.recipe is None:
        return "Whole, as far as its frames tell."
    return "Whole and good." if found.quality and found.quality.steps else "Whole."


def _maker(recipe: dict[str, Any] | None) -> str:
    """Return what made the file, in a line; a recipe may lack anything."""
    if recipe is None:
        return "unknown: no recipe of zoomdream inside"
    film, network, versions = (recipe.get(key) or {} for key in ("film", "network", "versions"))
    title, name = _of(film, "title"), _of(network, "name")
    words = ["zoomdream", recipe.get("command"), _of(versions, "zoomdream")]
    made = " ".join(str(word) for word in words if word)
    seed = f"seed {recipe['seed']}" if recipe.get("seed") is not None else ""
    return _line(", ".join(str(part) for part in (made, title and f"“{title}”", name, seed) if part))


def _of(section: Any, key: str) -> Any:
    return section.get(key) if isinstance(section, dict) else None


def _line(text: str, longest: int = 300) -> str:
    """Return a text that a file has a say in without what could move a cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:longest]


def _picture(found: Inspection) -> Iterator[Row]:
    probe = found.probe
    assert probe is not None
    facts = (f"{probe.width}x{probe.height}", probe.codec, probe.pixel_format, _megabytes(found.bytes))
    yield "picture", ", ".join(filter(None, facts))
    if probe.frames > 1 or found.promise.frames is not None:
        promised = f" of {found.promise.frames} promised" if found.promise.frames is not None else ""
        rate = f", {found.seconds:.6g} s at {float(found.fps):.5g} a second" if found.fps and found.seconds else ""
        yield "frames", f"{probe.frames}{promised}{rate}"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.{1 if count >= 1e6 else 3}f} MB"


def _spotted(found: Inspection) -> Iterator[Row]:
    quality = found.quality
    assert quality is not None
    for name, spots in (("black", quality.black), ("duplicate", quality.duplicates), ("frozen", quality.frozen)):
        if spots is not None:
            yield name, _where(found, spots)


def _where(found: Inspection, spots: Spots) -> str:
    if not spots.frames:
        return "none"
    return f"{spots.frames} frame{'' if spots.frames == 1 else 's'}, {first(spots, found.fps)}"


def _course(quality: Quality) -> Iterator[Row]:
    course = quality.steps is not None
    yield "mean", _drift(quality.mean, course)
    yield "contrast", _drift(quality.contrast, course)
    if quality.sharpness.ratio is not None and course:
        yield "sharpness", f"{quality.sharpness.ratio:.0%} at the end of what it is at the start"


def _drift(drift: Drift, course: bool) -> str:
    """Return how red, green and blue go from the first tenth of a film to the last."""
    if not course:
        return "R {:.1%}  G {:.1%}  B {:.1%}".format(*drift.start)
    pairs = zip("RGB", drift.start, drift.end, strict=True)
    said = "  ".join(f"{name} {100 * start:.1f} → {end:.1%}" for name, start, end in pairs)
    return said if drift.departure is None else f"{said}, ±{drift.departure:.0%} of the median"


def _motion(found: Inspection) -> Iterator[Row]:
    quality = found.quality
    assert quality is not None
    if quality.flicker is not None:
        yield "flicker", f"{quality.flicker:.2%} of brightness"
    if quality.steps is not None:
        beyond = " beyond the camera" if quality.steps.compensated else ""
        largest = f"{quality.steps.largest:.2%} at {when(quality.steps.number, found.fps)}"
        yield "step", f"{quality.steps.median:.2%} a frame{beyond}, at most {largest}"
    if quality.seam is not None:
        strange = "" if found.promise.loop or not found.promise.moves else ", and not made to be a loop"
        yield "loop seam", f"{quality.seam:.2f} ordinary steps{strange}"
