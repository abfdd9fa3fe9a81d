"""Segments: short closed films, a second each, that a film is joined from."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from zoomdream.reel.formats import FORMATS, LOSSLESS
from zoomdream.reel.job.journal import Fact
from zoomdream.reel.job.whole import sha256
from zoomdream.reel.output import Plan
from zoomdream.reel.sinks import VideoFile
from zoomdream.reel.vigil import PATIENCE


def segment_plan(plan: Plan) -> Plan:
    """Return how the segments of a film are encoded: as it is, or without loss where its format cannot be joined."""
    if not plan.format.joins:
        return replace(plan, format=LOSSLESS, codec=LOSSLESS.codecs[0], crf=None)
    return replace(plan, format=next(form for form in FORMATS if plan.codec in form.codecs))


class Piece(NamedTuple):
    """A file of a number of frames."""

    path: Path
    frames: int


class Segments:
    """The segments of one film, those that are closed and verify.

    A film may be encoded in another way than it was begun. Its segments then are made anew, each from the first that
    there was, so that nothing is encoded twice over.

    Attributes:
        cut: the frames of a segment in which a wish to stop came; they are made again when the film goes on.
    """

    def __init__(
        self, folder: Path, plan: Plan, length: int, total: int, facts: Iterable[Fact], patience: float = PATIENCE
    ) -> None:
        """See the class.

        Args:
            folder: of the job.
            plan: how they are encoded, see `segment_plan`.
            length: frames of each; the last one may have fewer.
            total: frames of the film.
            facts: what the journal says of segments, of whatever encoding.
        """
        self.plan, self._folder, self._length, self._total, self._patience = plan, folder, length, total, patience
        self.cut: Piece | None = None
        sound = [fact for fact in facts if sha256(folder / fact["file"]) == fact["sha256"]]
        self.closed = {fact["number"]: fact for fact in sound if fact["encoding"] == self._encoding}
        self.elsewhere = {fact["number"]: fact for fact in reversed(sound) if fact["number"] not in self.closed}

    @property
    def count(self) -> int:
        """How many segments the film has."""
        return -(-self._total // self._length)

    def frames(self, number: int) -> range:
        """Return the numbers of a segment's frames."""
        return range(number * self._length, min((number + 1) * self._length, self._total))

    def gap(self) -> range:
        """Return the numbers of the first segments in a row that are not closed; none: the film is whole."""
        missing = [number for number in range(self.count) if number not in self.closed]
        if not missing:
            return range(self.count, self.count)
        after = (number for number in range(missing[0], self.count) if number in self.closed)
        return range(missing[0], next(after, self.count))

    def pieces(self) -> list[Piece]:
        """Return the segments that a film can begin with, in order, with the one that was cut."""
        facts = [self.closed[number] for number in range(self.gap().start)]
        return [Piece(self._folder / fact["file"], fact["frames"]) for fact in facts] + ([self.cut] if self.cut else [])

    def open(self, number: int) -> VideoFile:
        """Return a segment to write frames to."""
        path = self._folder / self._file(number)
        path.parent.mkdir(exist_ok=True)
        return VideoFile(replace(self.plan, path=path), None, self._patience)

    def close(self, number: int, sink: VideoFile, more: Fact) -> Fact:
        """Wait for the encoder of a segment, give the segment its name, and return what the journal is to say of it."""
        written, file = sink.finish(), self._file(number)
        sink.publish(force=True)
        told = {"encoding": self._encoding, "number": number, "frames": written, "file": file}
        self.closed[number] = {**more, **told, "sha256": sha256(self._folder / file)}
        return self.closed[number]

    @property
    def _encoding(self) -> str:
        return f"{self.plan.codec.name}-{self.plan.crf}"

    def _file(self, number: int) -> str:
        return f"{self._encoding}/{number:06d}{self.plan.format.suffix}"
