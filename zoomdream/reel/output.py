"""Everything that can be refused about an output before any work is done."""

import os
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from zoomdream.errors import BadInput, did_you_mean
from zoomdream.reel import folder
from zoomdream.reel.extent import Extent
from zoomdream.reel.formats import FORMATS, PNG_FOLDER, Codec, Format
from zoomdream.reel.rate import Rate, frame_rate

Name = str | os.PathLike[str]


@dataclass(frozen=True)
class Plan:
    """An output that may be made: where (links followed), how large, how fast and in which codec."""

    path: Path
    size: Extent
    rate: Fraction
    format: Format
    codec: Codec
    crf: int | None
    force: bool


def plan_output(
    path: Name, size: Extent, fps: Rate, *, codec: str | None = None, crf: int | None = None, force: bool = False
) -> Plan:
    """Return the `Plan` of an output, or raise `BadInput` with one sentence saying what would be right.

    Nothing is left on disk and no process is started.
    """
    form = find_format(path)
    method = find_codec(form, codec)
    rate = frame_rate(fps)
    _check_size(size, method)
    _check_rate(rate, method)
    quality = _check_crf(crf, method)
    place = _check_place(path, form, force)
    return Plan(place, Extent(*map(int, size)), rate, form, method, quality, force)


def find_format(path: Name) -> Format:
    """Return the `Format` that the name of a file asks for; no suffix, or a final slash, is a folder of PNGs."""
    text = os.fspath(path)
    name = Path(text).name
    if not name or name == ".." or "\0" in text:
        raise BadInput(f"{text!r} is not the name of a film; write one like dream.mp4.")
    if text.endswith(("/", os.sep)):
        return PNG_FOLDER
    known = {form.suffix: form for form in FORMATS}
    if name.lower() in known:
        raise BadInput(f"{name} is only a suffix; put a name in front of it, as in dream{name}.")
    suffix = Path(name).suffix.lower()
    if suffix and suffix not in known:
        hint = did_you_mean(suffix, known)
        raise BadInput(
            f"A film cannot be written as {suffix}{hint}; the suffixes are {', '.join(known)}, "
            "and a name without suffix or with a final / is a folder of PNGs."
        )
    return known.get(suffix, PNG_FOLDER)


def find_codec(form: Format, name: str | None) -> Codec:
    """Return the codec called ``name``, or the default of ``form``."""
    if name is None:
        return form.codecs[0]
    known = {codec.name: codec for codec in form.codecs}
    if name not in known:
        kind = form.suffix or "A folder of PNGs"
        raise BadInput(
            f"{kind} cannot hold the codec {name!r}{did_you_mean(name, known)}; it holds {', '.join(known)}."
        )
    return known[name]


def _check_size(size: Extent, codec: Codec) -> None:
    nearest = Extent(_nearest(size.width, codec, codec.widest), _nearest(size.height, codec, codec.tallest))
    if nearest != size:
        rule = "even width and height" if codec.multiple == 2 else f"multiples of {codec.multiple}"
        rule = f"{rule}, " if codec.multiple > 1 else ""
        raise BadInput(
            f"The size {size} does not suit {codec.name}, which takes {rule}{codec.smallest} to "
            f"{codec.widest}x{codec.tallest}; the nearest size is {nearest}."
        )


def _nearest(length: int, codec: Codec, longest: int) -> int:
    """Return the allowed length in pixels closest to ``length``."""
    fitting = round(length / codec.multiple) * codec.multiple
    return min(max(fitting, codec.smallest), longest - longest % codec.multiple)


def _check_rate(rate: Fraction, codec: Codec) -> None:
    if rate > codec.fastest:
        raise BadInput(
            f"{codec.name} shows at most {codec.fastest} frames per second, not {float(rate):g}; "
            f"ask for {codec.fastest} or fewer."
        )


def _check_crf(crf: int | None, codec: Codec) -> int | None:
    """Return the quality to use, or none where the codec has no such scale."""
    if codec.crf is None:
        if crf is not None:
            raise BadInput(f"{codec.name} has no crf; leave it out.")
        return None
    if crf is None:
        return codec.crf.default
    if crf != int(crf) or not codec.crf.lowest <= crf <= codec.crf.highest:
        raise BadInput(
            f"The crf of {codec.name} is a whole number from {codec.crf.lowest} (finest) to "
            f"{codec.crf.highest}, not {crf}; the default is {codec.crf.default}."
        )
    return int(crf)


def _check_place(path: Name, form: Format, force: bool) -> Path:
    """Return the absolute place of the output, after making sure that it can be written and may be."""
    try:
        place = Path(path).resolve()
        exists = place.exists()
    except (OSError, RuntimeError) as error:
        raise BadInput(f"{os.fspath(path)} cannot be used as a name ({error}).") from error
    if exists:
        _check_existing(place, form, force)
    _check_parent(place.parent)
    return place


def _check_existing(place: Path, form: Format, force: bool) -> None:
    if form is PNG_FOLDER:
        folder.check_replaceable(place, force)
    elif place.is_dir():
        raise BadInput(f"{place} is a folder; name a file, as in {place / 'dream'}{form.suffix}.")
    elif not place.is_file():
        raise BadInput(f"{place} is not an ordinary file and will not be replaced; choose another name.")
    elif not force:
        raise BadInput(f"{place} exists; add --force to replace it.")


def _check_parent(parent: Path) -> None:
    if not parent.is_dir():
        raise BadInput(f"There is no folder {parent}; make it first or choose another.")
    try:
        tempfile.TemporaryFile(dir=parent).close()
    except OSError as error:
        raise BadInput(f"Nothing can be written in the folder {parent} ({error.strerror}).") from error
