"""Rendering: the frames of a film into a job's segments, from wherever it was left."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from zoomdream.film.film import State, Studio, Tap, Tell
from zoomdream.film.seam import Seam
from zoomdream.film.tween import first_frame, key_before
from zoomdream.picture.warp import Image
from zoomdream.reel.job.job import Job
from zoomdream.reel.job.recorder import Recorder
from zoomdream.reel.pipe import EncoderFailed

Watch = Callable[[Callable[[Tell], Iterator[Image]], int], Generator[Image, None, None]]
"""Given whom to tell of keys → frames, and how many frames there are already, passes the frames on."""


@dataclass(frozen=True)
class Rendering:
    """A film, ready to be rendered into a job.

    Attributes:
        fps: frames per second.
        seam: listens to the frames of a loop; ``None`` for a film that does not close.
        faults: how many keys could not be dreamt since it was last asked.
    """

    studio: Studio
    job: Job
    fps: Fraction
    seam: Seam | None
    faults: Callable[[], int]

    def fill(self, watch: Watch, warn: Callable[[str], None]) -> None:
        """Render what is missing. An encoder that fails is told of, and its segment made again, once.

        Raises:
            EncoderFailed: it failed again at the same segment.
        """
        before = None
        while gap := self.job.segments.gap():
            try:
                self._fill(gap, watch)
            except EncoderFailed as why:
                self._facts()  # of frames that are made again
                failed = self.job.segments.gap().start
                if failed == before:
                    raise
                warn(f"{why} Its second of the film is made again.")
                before = failed

    def _fill(self, gap: range, watch: Watch) -> None:
        states = _Last()
        first = self.job.segments.frames(gap.start).start
        watched = watch(lambda tell: self._frames(first, tell, states.note), first)
        with closing(watched) as frames, Recorder(self.job.segments, self.job.journal) as recorder:
            for number in gap:
                last = number == self.job.segments.count - 1
                span = self.job.segments.frames(number)
                states.want(self._key(span.stop))
                # The last segment takes all that comes, for the seam is measured on a frame that is not shown.
                recorder.record(number, frames if last else islice(frames, len(span)), self._facts)
                if not last and (state := states.wanted()):
                    self.job.keep(*state)
                state = None  # not held while the next segment is made

    def _frames(self, first: int, tell: Tell, tap: Tap) -> Iterator[Image]:
        """Yield the frames from number ``first`` on."""
        begin = self._begin(first)
        made = first_frame(begin.key - self._before, self.studio.zoom.pace, self.fps) if begin else 0
        if self.seam is None:
            return islice(self.studio.frames(self.fps, tell, begin, tap), first - made, None)
        shelf = self.job.shelf.open("rb" if begin else "w+b")
        frames = self.seam.listen(self.studio.loop_frames(self.fps, tell, begin, tap, shelf), made)
        return islice(frames if begin else self._shelved(frames), first - made, None)

    def _shelved(self, frames: Iterator[Image]) -> Iterator[Image]:
        """Pass frames on, noting at the first one that the shelf is full."""
        first = True
        for frame in frames:
            if first:
                self.job.keep_shelf()
            first = False
            yield frame
            del frame  # not held while the next one is made

    def _begin(self, frame: int) -> State | None:
        """Return the newest key from which a frame can be reached; ``None``: from the start."""
        found = self.job.states.newest(self._key(frame)) if frame else None
        if found is None or (self.seam and not self.job.shelf_holds):
            return None
        return State(*found)

    def _key(self, frame: int) -> int:
        return self._before + key_before(frame, self.studio.zoom.pace, self.fps)

    @property
    def _before(self) -> int:
        """How many keys of the run come before the film."""
        return self.studio.overlap if self.seam else 0

    def _facts(self) -> dict[str, object]:
        return {"faults": self.faults(), "steps": self.seam.take() if self.seam else []}


class _Last:
    """Remembers the newest state that is not after the key which is wanted, and those after it; states are large."""

    def __init__(self) -> None:
        self._states: list[State] = []
        self._key = 0

    def want(self, key: int) -> None:
        """Say which key is wanted from now on, not before the last one."""
        self._key = key
        self._keep(self._states)

    def note(self, state: State) -> None:
        """Take notice of a state."""
        self._keep([*self._states, state])

    def wanted(self) -> State | None:
        """Return the newest state that is not after the wanted key."""
        return next((state for state in self._states if state.key <= self._key), None)

    def _keep(self, states: list[State]) -> None:
        old = [state for state in states if state.key <= self._key]
        self._states = states[max(0, len(old) - 1) :]
