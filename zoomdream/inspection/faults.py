"""What is wrong with a film, in sentences: faults, by which it is broken, and remarks, by which it is worth a look."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import ceil

from zoomdream.inspection.promise import Promise
from zoomdream.inspection.quality import Drift, Quality, Spots
from zoomdream.reel.probe import Probe
from zoomdream.reel.rate import fits
from zoomdream.reel.viewing import Viewing

FLICKER = 0.01
"""Flicker from which on a film is worth a look."""
JUMP = 4.0
"""Times the median step, beyond the camera, from which on a step is a jump."""
SEAM = 1.5
"""Times the median step from which on the seam of a loop shows."""
FADED = 0.5
"""Share of sharpness or contrast left at the end, below which a film has faded."""


def faults(viewing: Viewing, promise: Promise) -> tuple[str, ...]:
    """Return why a film that has been seen is broken, a sentence each."""
    found = viewing.facts()
    if found is None:
        return (f"No frame of it can be decoded{f': {viewing.complaint}' if viewing.complaint else ''}.",)
    damage = (f"It is damaged: {viewing.complaint}.",) if viewing.complaint else ()
    return (*damage, *_broken_promises(found, promise))


def _broken_promises(found: Probe, promise: Promise) -> Iterator[str]:
    if promise.frames is not None and found.frames < promise.frames:
        yield f"It has {found.frames} of the {promise.frames} frames that its recipe promises: cut, or stopped early."
    if promise.frames is not None and found.frames > promise.frames:
        yield f"It has {found.frames} frames, and its recipe promises {promise.frames}."
    if promise.size is not None and (found.width, found.height) != promise.size:
        yield f"It is {found.width}x{found.height}, and its recipe promises {promise.size[0]}x{promise.size[1]}."
    if promise.fps and found.fps and not fits(found.frames, found.span, promise.fps, found.tick):
        yield f"It runs at {float(found.fps):g} frames a second, and its recipe promises {float(promise.fps):g}."


def remarks(promise: Promise, quality: Quality | None, fps: Fraction | None) -> tuple[str, ...]:
    """Return what is worth a look, a sentence each.

    Jumps and fading are looked for only in films of ours: elsewhere a cut is no fault, nor is an end in the dark. And
    while the camera rests or comes up to speed, a picture may stand still.
    """
    if quality is None:
        return ()
    begin = ceil((promise.settled or 0.0) * (fps or 0))
    still = ((quality.duplicates, "duplicate"), (quality.frozen, "frozen"))
    spots = [(quality.black, "black"), *((_from(spot, begin), name) for spot, name in still if spot)]
    found = [f"{share(spot, name)}, {first(spot, fps)}." for spot, name in spots if spot.frames]
    return (*found, *_unsteady(quality), *(_unlike_itself(promise, quality, fps) if promise.moves else ()))


def _from(spot: Spots, begin: int) -> Spots:
    """Return the rows of frames that go on after frame ``begin``."""
    rows = tuple(row for row in spot.runs if row[1] >= begin)
    return spot if rows == spot.runs else Spots(sum(last - first + 1 for first, last in rows), rows)


def _unsteady(quality: Quality) -> Iterator[str]:
    if quality.flicker is not None and quality.flicker >= FLICKER:
        yield f"Its brightness flickers by {quality.flicker:.1%}."


def _unlike_itself(promise: Promise, quality: Quality, fps: Fraction | None) -> Iterator[str]:
    steps, ratio = quality.steps, quality.sharpness.ratio
    if steps and steps.median and steps.largest > JUMP * steps.median:
        yield f"It jumps at {when(steps.number, fps)}, by {steps.largest / steps.median:.1f} ordinary steps."
    if promise.loop and quality.seam is not None and quality.seam > SEAM:
        yield f"Its seam shows: {quality.seam:.2f} ordinary steps."
    if ratio is not None and ratio < FADED:
        yield f"At the end it is blurred: {ratio:.0%} of the sharpness it begins with."
    if _faded(quality.contrast):
        yield "At the end it has less than half the contrast it begins with."


def _faded(contrast: Drift) -> bool:
    return sum(contrast.end) < FADED * sum(contrast.start)


def share(spot: Spots, name: str) -> str:
    """Return how many frames there are of one kind, as a phrase."""
    return f"{spot.frames} {name} frame{'' if spot.frames == 1 else 's'}"


def first(spot: Spots, fps: Fraction | None) -> str:
    """Return where the first of some frames are, as a phrase."""
    begin, end = spot.runs[0]
    return f"the first at {when(begin, fps)}" if len(spot.runs) > 1 else f"at {when(begin, fps, end)}"


def when(number: int, fps: Fraction | None, last: int | None = None) -> str:
    """Return the time of a frame, or of a row of them, or their numbers where there is no rate.

    >>> when(45, Fraction(30)), when(45, Fraction(30), 59), when(45, None)
    ('1.50 s', '1.50 to 1.97 s', 'frame 45')
    """
    write: Callable[[int], str] = (lambda n: f"{float(n / fps):.2f}") if fps else str
    row = write(number) if last in (None, number) else f"{write(number)} to {write(last)}"
    return f"{row} s" if fps else f"frame {row}"
