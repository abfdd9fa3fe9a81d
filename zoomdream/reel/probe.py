"""What a film is, found by decoding all of it."""

import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike
from pathlib import Path

from zoomdream.errors import BadInput
from zoomdream.picture.image import MOST_MEGAPIXELS, open_picture
from zoomdream.reel import ffmpeg, folder, webp_xmp
from zoomdream.reel.kinds import kind_of
from zoomdream.reel.rate import fits, likely_rate


@dataclass(frozen=True)
class Colour:
    """How pixel values are to be understood, in ffmpeg's words; empty or "unknown" where the file is silent."""

    range: str = ""
    matrix: str = ""
    primaries: str = ""
    transfer: str = ""


@dataclass(frozen=True)
class Probe:
    """The facts of a film.

    ``fps`` is frames per second, None if there is no telling (a folder, a single picture). ``span`` is the
    seconds from the start of the first frame to the start of the last, exact to one ``tick``. ``start`` is how many
    seconds the first frame comes after the file's own beginning, where its sound may have begun already.
    """

    path: Path
    frames: int
    width: int
    height: int
    fps: Fraction | None
    seconds: float
    codec: str
    pixel_format: str
    colour: Colour
    span: Fraction
    tick: Fraction
    start: Fraction = Fraction(0)


def probe(path: str | PathLike[str]) -> Probe:
    """Decode a film of any of our formats, count its frames and return its `Probe`.

    Raises `BadInput` if there is no such film or it cannot be decoded, `ZoomdreamError` if ffmpeg gets nowhere.
    """
    place = Path(path)
    kind = kind_of(place)
    if kind == "folder":
        return _probe_folder(place)
    return _probe_webp(place) if kind == "webp" else _probe_video(place)


def _probe_video(path: Path) -> Probe:
    """Let ffmpeg decode everything and report each frame."""
    show = ["-map", "0:v:0", "-vf", "showinfo=checksum=0", "-f", "null", "-"]
    with tempfile.TemporaryFile() as log:
        status, _ = ffmpeg.follow(["-hide_banner", "-nostdin", "-nostats", *ffmpeg.reading(path), *show], log)
        log.seek(0)
        seen = read_log(line.decode("utf-8", "replace") for line in log)
        if status != 0 or "s" not in seen.frame:
            raise BadInput(f"{path} cannot be decoded: {ffmpeg.last_words(log)}.")
    return seen.probe(path)


class Seen:
    """What ffmpeg's log has told so far."""

    def __init__(self) -> None:
        self.frames = 0
        self.first = 0
        self.codec = ""
        self.rate = Fraction(0)
        self.tick = Fraction(0)
        self.frame: dict[str, str] = {}
        self.colour: dict[str, str] = {}

    def probe(self, path: Path) -> Probe:
        """Return the facts."""
        width, height = (int(length) for length in self.frame["s"].split("x"))
        span = (int(self.frame["pts"]) - self.first) * self.tick
        fps = self.rate if self._rate_fits(span) else likely_rate(self.frames, span, self.tick)
        seconds = float(self.frames / fps) if fps else float(int(self.frame.get("duration", 0)) * self.tick)
        colour = Colour(*(self.colour.get(f"color_{key}", "") for key in ("range", "space", "primaries", "trc")))
        facts = (self.codec, self.frame["fmt"], colour, span, self.tick, self.first * self.tick)
        return Probe(path, self.frames, width, height, fps, seconds, *facts)

    def _rate_fits(self, span: Fraction) -> bool:
        """Return whether ffmpeg's word on the rate can be trusted; of a GIF, which states none, it only guesses."""
        return self.codec != "gif" and self.rate > 0 and fits(self.frames, span, self.rate, self.tick)


def read_log(lines: Iterable[str]) -> Seen:
    """Return the facts in the lines that ffmpeg's ``showinfo`` filter writes; a film's own words may look like them."""
    seen = Seen()
    for line in lines:
        if not seen.codec and (stream := re.match(r" *Stream #0:.*Video: (\w+)", line)):
            seen.codec = stream[1]
        elif not line.startswith("[Parsed_showinfo"):
            continue
        elif clock := re.search(r"config in time_base: (\d+/\d+), frame_rate: (\d+)/(\d+)", line):
            seen.tick = Fraction(clock[1])
            seen.rate = Fraction(int(clock[2]), int(clock[3]) or 1)
        elif re.search(r"\] n: *\d", line):
            seen.frame = dict(reversed(re.findall(r"(\w+): *(\S+)", line)))  # what another thread says comes last
            seen.first = seen.first if seen.frames else int(seen.frame["pts"])
            seen.frames += 1
        elif len(seen.colour) < 4:
            seen.colour |= re.findall(r"(color_\w+):(\S+)", line)
    return seen


def _probe_webp(path: Path) -> Probe:
    """Decode with Pillow, since not every ffmpeg knows animated WebP."""
    with open_picture(path, MOST_MEGAPIXELS * 10**6) as image:
        width, height = image.size
        frames = getattr(image, "n_frames", 1)
        for index in range(frames):
            image.seek(index)
            image.load()
    return webp_facts(path, frames, width, height)


def webp_facts(path: Path, frames: int, width: int, height: int) -> Probe:
    """Return the facts of an animated WebP of so many frames, whose times are in the file itself."""
    tick, times = Fraction(1, 1000), webp_times(path)
    span, seconds = sum(times[:-1]) * tick, float(sum(times) * tick)
    fps, colour = likely_rate(frames, span, tick), Colour("tv", "bt470bg")
    return Probe(path, frames, width, height, fps, seconds, "webp", "yuv420p", colour, span, tick)


def webp_times(path: Path) -> list[int]:
    """Return how many milliseconds each frame of an animated WebP stands."""
    times = []
    with path.open("rb") as file:
        for name, at, _ in webp_xmp.chunks(file):
            if name == b"ANMF":
                file.seek(at + 12)
                times.append(int.from_bytes(file.read(3), "little"))
    return times


def _probe_folder(path: Path) -> Probe:
    """Decode every numbered PNG; a folder has no rate."""
    pictures = folder.numbered(path)
    if [int(picture.stem) for picture in pictures] != list(range(len(pictures))) or not pictures:
        raise BadInput(f"The folder {path} does not hold PNGs numbered from 000000.png without a gap.")
    sizes = {_png_size(picture) for picture in pictures}
    if len(sizes) != 1:
        raise BadInput(f"The pictures in the folder {path} differ in size.")
    return folder_facts(path, len(pictures), *sizes.pop())


def folder_facts(path: Path, frames: int, width: int, height: int) -> Probe:
    """Return the facts of a folder of so many PNGs, which has no rate, or of a single picture."""
    nothing, colour = Fraction(0), Colour("pc", "gbr")
    return Probe(path, frames, width, height, None, 0.0, "png", "rgb24", colour, nothing, nothing)


def _png_size(path: Path) -> tuple[int, int]:
    """Return the width and height of a PNG that can be decoded to its end."""
    with open_picture(path, MOST_MEGAPIXELS * 10**6) as image:
        image.load()
        return image.size
