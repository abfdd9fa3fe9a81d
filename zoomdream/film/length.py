"""How long a film is, in frames, and which films can be loops."""

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor, gcd

from zoomdream.errors import BadInput
from zoomdream.film.camera import closed
from zoomdream.film.settings import Film


def frame_count(seconds: float, fps: Fraction) -> int:
    """Return the number of frames of a film, at least one."""
    return max(1, round(Fraction(str(seconds)) * fps))


def looped(film: Film, fps: Fraction, asked: Collection[str] = ()) -> Film:
    """Return the film with a camera that closes after its length.

    Args:
        asked: names of the settings that were changed for it, such as ``camera.zoom``.

    Raises:
        BadInput: the length is not a whole number of keys and of frames, or a picture to begin with was asked for.
    """
    if "start.image" in asked:
        raise BadInput("A loop has no beginning, so it cannot begin with a picture: leave --start or start.image out.")
    seconds, unit = Fraction(str(film.seconds)), Fraction(fps.denominator, gcd(film.dream.keys, fps.numerator))
    if seconds % unit or seconds * film.dream.keys < 4:
        right = max(round(seconds / unit), ceil(Fraction(4, film.dream.keys) / unit)) * unit
        raise BadInput(
            f"A loop of {film.seconds:g} s is not a whole number of frames at {float(fps):g} a second and of keys at "
            f"{film.dream.keys}, four at least; {float(right):.10g} s would be."
        )
    start = replace(film.start, kind="noise", image="") if film.start.kind in ("image", "unfold") else film.start
    overlap = min(round(film.overlap * film.dream.keys), floor(seconds * film.dream.keys / 2)) or 1
    return replace(film, camera=closed(film.camera, film.seconds), overlap=overlap / film.dream.keys, start=start)
