"""A film seen from end to end: its frames as they pass, then what its file was, and what was wrong with it."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput
from zoomdream.reel import ffmpeg, folder, gif_blocks
from zoomdream.reel.kinds import kind_of
from zoomdream.reel.probe import Probe, folder_facts, read_log, webp_facts, webp_times
from zoomdream.reel.read import TO_RGB, ppm_pictures, with_pillow

Frames = Iterator[NDArray[np.uint8]]

MOST = 720
"""Lines of a frame above which it is shrunk to so many, by area average."""

_SHRINK = f"scale=w='if(gt(ih,{MOST}),-2,iw)':h='min(ih,{MOST})':flags=area+accurate_rnd+full_chroma_int"
_WRITERS = "[out#", "[image2pipe", "[ppm", "[vost#", "[null"
_PICTURES = "-map", "0:v:0", "-fps_mode", "passthrough"
_SHOW = "sidedata=mode=delete,showinfo=checksum=0"
_SHOWN = re.compile(r"config (?:in|out) |\w+: *\S+")


class Viewing(Protocol):
    """One way through a film.

    Attributes:
        expected: how many frames there seem to be before any is decoded; None where nothing says so.
        complaint: what is wrong with the file, found on the way; empty while nothing is.
    """

    expected: int | None
    complaint: str

    def frames(self) -> Frames:
        """Yield the frames that can be decoded, uint8 (H, W, 3) RGB, of `MOST` lines at most.

        To shrink them leaves means as they are, and takes away only what is finer than 1/720 of the height.
        """

    def facts(self) -> Probe | None:
        """Return what the film is, once its frames have passed; None if there were none."""


def view(path: Path) -> Viewing:
    """Return a way through a film, a folder of PNGs or a picture.

    Raises `BadInput` if there is nothing of that name, or a folder without numbered PNGs.
    """
    kind = kind_of(path)
    if kind == "folder":
        return _Pictures(path)
    return _Drawn(path, kind) if kind in ("webp", "png", "jpeg") else _Video(path, kind)


class _Counted:
    """What all ways have in common: they count, and keep the size of the first frame."""

    def __init__(self, path: Path, expected: int | None = None) -> None:
        self.path, self.expected, self.complaint = path, expected, ""
        self._count, self._size = 0, (0, 0)

    def _passing(self, frames: Frames) -> Frames:
        """Pass frames of one size on; note why they end early, if they do."""
        try:
            for frame in frames:
                size = frame.shape[1], frame.shape[0]
                if self._count and size != self._size:
                    self.complaint = f"frame {self._count} is {_by(size)}, not {_by(self._size)} like the first"
                    return
                self._count, self._size = self._count + 1, size
                yield _shrunk(frame)
        except BadInput as why:
            self.complaint = _sentence(why)


class _Drawn(_Counted):
    """A picture, still or animated, that Pillow reads."""

    def __init__(self, path: Path, kind: str) -> None:
        super().__init__(path, (len(webp_times(path)) if kind == "webp" else 0) or 1)
        self._kind = kind
        if kind == "webp" and (missing := _missing_bytes(path)) > 0:
            self.complaint = f"the last {missing} bytes of the file are missing"

    def frames(self) -> Frames:
        """Yield the frames."""
        return self._passing(with_pillow(self.path))

    def facts(self) -> Probe | None:
        """Return what the file is."""
        if not self._count:
            return None
        if self._kind == "webp":
            return webp_facts(self.path, self._count, *self._size)
        picture = folder_facts(self.path, self._count, *self._size)
        return picture if self._kind == "png" else replace(picture, codec="jpeg", pixel_format="")


class _Pictures(_Counted):
    """A folder of numbered PNGs."""

    def __init__(self, path: Path) -> None:
        self._files = folder.numbered(path)
        if not self._files:
            raise BadInput(f"The folder {path} holds no PNGs numbered from 000000.png on, so it is no film.")
        super().__init__(path, len(self._files))
        numbers = {int(file.stem) for file in self._files}
        gap = next((number for number in range(max(numbers)) if number not in numbers), None)
        self.complaint = "" if gap is None else f"{gap:06d}.png is missing"

    def frames(self) -> Frames:
        """Yield the pictures in order of their number."""
        return self._passing(frame for file in self._files for frame in with_pillow(file))

    def facts(self) -> Probe | None:
        """Return what the pictures are."""
        return folder_facts(self.path, self._count, *self._size) if self._count else None


class _Video(_Counted):
    """A film that ffmpeg decodes. It reports each frame, and what it has to mend, while it does."""

    def __init__(self, path: Path, kind: str) -> None:
        self._announced, self._sound, pictures, rate = _announced(path)
        super().__init__(path, round(self._announced * rate) if self._announced and rate else None)
        self._facts: Probe | None = None
        self.complaint = "" if path.stat().st_size else "the file is empty"
        if self._sound and not pictures:
            self.complaint = "it holds nothing but sound"
        if kind == "gif" and not gif_blocks.is_whole(path):
            self.complaint = "its blocks break off before its end"

    def frames(self) -> Frames:
        """Yield the frames; ffmpeg is ended when they are exhausted or closed."""
        return self._passing(self._decoded())

    def facts(self) -> Probe | None:
        """Return what ffmpeg found."""
        return self._facts

    def _decoded(self) -> Frames:
        source = [*ffmpeg.reading(self.path), *_PICTURES]
        made = ["-vf", f"{_SHOW},{_SHRINK},{TO_RGB}", "-c:v", "ppm"]
        said = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info"]
        with tempfile.TemporaryFile() as log:
            with ffmpeg.running([*said, *source, *made, "-f", "image2pipe", "pipe:1"], log) as running:
                yield from ppm_pictures(*running)
            self._read(log, running[0].returncode)

    def _read(self, log: IO[bytes], status: int) -> None:
        """Take the facts, and the first error, from what ffmpeg said."""
        log.seek(0)
        heard = _Heard()
        seen = read_log(heard.lines(log))
        if self._count and seen.frames:
            self._facts = seen.probe(self.path)
        error = heard.error or (self._asked_again() if heard.mixed else "")
        words = error or (f"exit status {status}" if status else "")
        early = self._facts is not None and self._ends_early(self._facts)
        if self._facts and early and (words or not self._sound):  # sound may go on longer than the pictures
            ends = f"it ends after {self._facts.seconds:.2f} of the {self._announced:.2f} s that its header announces"
            self.complaint = f"{ends} (ffmpeg says: {words})" if words else ends
        elif words and not self.complaint:
            self.complaint = f"ffmpeg says: {words}"

    def _asked_again(self) -> str:
        """Return the first error in decoding the film, if there is one, from a run that tells nothing else."""
        said = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+error"]
        heard = _Heard()
        with tempfile.TemporaryFile() as log:
            ffmpeg.follow([*said, *ffmpeg.reading(self.path), *_PICTURES, "-f", "null", "-"], log)
            log.seek(0)
            for _ in heard.lines(log):
                pass
        return heard.error

    def _ends_early(self, facts: Probe) -> bool:
        frame = float(1 / facts.fps) if facts.fps else 0.0
        return facts.seconds + 1.5 * frame + 0.05 < self._announced


class _Heard:
    """What was wrong, by a log whose lines say their level.

    Attributes:
        error: the first words of an error in reading; empty while there is none.
        mixed: if words of another thread stand in a line of ``showinfo``, which comes in pieces; they have no level.
    """

    def __init__(self) -> None:
        self.error, self.mixed = "", False

    def lines(self, log: IO[bytes]) -> Iterator[str]:
        """Yield the lines without their levels."""
        for raw in log:
            line = raw.decode("utf-8", "replace")
            level = re.match(r"((?:\[[^\]]* @ [^\]]*\] )*)\[(\w+)\] ", line)
            if level is None:
                continue
            words = line[level.end() :]
            if level[2] in ("error", "fatal") and not line.startswith(_WRITERS) and not self.error:
                self.error = words.strip().rstrip(".")
            if line.startswith("[Parsed_showinfo") and _SHOWN.sub("", words).strip():
                self.mixed = True
            yield level[1] + words


def _announced(path: Path) -> tuple[float, bool, bool, float]:
    """Return what a file's header announces: its seconds, if it has sound, if pictures, and their rate, or 0."""
    _, _, said = ffmpeg.run(["-hide_banner", "-nostdin", *ffmpeg.reading(path)])
    time = re.search(r"^  Duration: (\d+):(\d+):([\d.]+)", said, re.MULTILINE)
    seconds = int(time[1]) * 3600 + int(time[2]) * 60 + float(time[3]) if time else 0.0
    rate = re.search(r"^  Stream #0:.* Video: .*?([\d.]+) (?:fps|tbr)", said, re.MULTILINE)
    kinds = re.findall(r"^  Stream #0:.*?: (Audio|Video): ", said, re.MULTILINE)
    return seconds, "Audio" in kinds, "Video" in kinds, float(rate[1]) if rate else 0.0


def _missing_bytes(path: Path) -> int:
    """Return how many bytes a RIFF file is shorter than its header says."""
    with path.open("rb") as file:
        said = int.from_bytes(file.read(8)[4:], "little") + 8
        return said - file.seek(0, 2)


def _shrunk(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = frame.shape[:2]
    if height <= MOST:
        return frame
    size = (max(1, round(width * MOST / height)), MOST)
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA))


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _sentence(why: Exception) -> str:
    return str(why).rstrip(".")
