"""The recorder: writes frames into segments, one encoder at work while the last one comes to its end."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import StopNow
from zoomdream.reel.job.journal import Journal
from zoomdream.reel.job.segments import Piece, Segments
from zoomdream.reel.pixels import check_frame
from zoomdream.reel.sinks import VideoFile

Facts = Callable[[], dict[str, Any]]


class Recorder:
    """Writes segments of a job. To be entered; when left, all that was ended is closed."""

    def __init__(self, segments: Segments, journal: Journal) -> None:
        self._segments, self._journal = segments, journal
        self._sink: VideoFile | None = None
        self._ending: tuple[int, VideoFile, dict[str, Any]] | None = None

    def record(self, number: int, frames: Iterable[NDArray[np.floating[Any]]], facts: Facts = dict) -> None:
        """Write the frames of one segment.

        Args:
            facts: what else the journal is to say of it, asked when all of its frames were given.

        Raises:
            EncoderFailed: its encoder, or that of the one before, died or is stuck.
        """
        self._sink, index = self._segments.open(number), self._segments.frames(number).start
        for frame in frames:
            check_frame(frame, self._segments.plan.size, index)
            self._sink.write(frame)
            index += 1
            del frame  # not held while the next one is made; `enumerate` would
        self._sink.end()
        self._settle()
        self._ending, self._sink = (number, self._sink, facts()), None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        try:
            at_once = isinstance(why, StopNow)
            stopped = isinstance(why, KeyboardInterrupt | SystemExit) and not at_once
            if stopped and self._sink and self._sink.accepted:
                self._segments.cut = Piece(self._sink.part, self._sink.finish())
                self._sink = None
            if not at_once:
                self._settle()
        finally:
            for sink in (self._sink, self._ending and self._ending[1]):
                if sink:
                    sink.discard()

    def _settle(self) -> None:
        """Close the segment that was ended last."""
        if self._ending:
            number, sink, more = self._ending
            try:
                self._journal.add(kind="segment", **self._segments.close(number, sink, more))
            finally:
                sink.discard()
                self._ending = None
