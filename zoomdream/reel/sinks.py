"""Where frames go: into a film made by ffmpeg, or into a folder of PNGs."""

import tempfile
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from zoomdream.reel.command import encode_command
from zoomdream.reel.extent import Extent
from zoomdream.reel.folder import PngFolder
from zoomdream.reel.output import Plan
from zoomdream.reel.pipe import FramePipe
from zoomdream.reel.pixels import RAW
from zoomdream.reel.provenance import ffmetadata, write_note
from zoomdream.reel.publish import hidden_name, publish_file, writing

DEPTH = 3
"""Frames that may wait for the encoder; more cost memory and gain nothing."""
WAITING = 30_000_000
"""Their pixels together, unless one has more."""


class Sink(Protocol):
    """A film in the making, at a hidden place (``part``) until it is published or discarded."""

    part: Path
    accepted: int

    def write(self, frame: NDArray[np.floating[Any]]) -> None:
        """Take one checked frame, float (H, W, 3)."""

    def finish(self) -> int:
        """Complete the hidden film and return its number of frames."""

    def publish(self, force: bool) -> None:
        """Give the film its name."""

    def discard(self) -> None:
        """Leave nothing behind of what was not published. Safe at any time."""


def open_sink(plan: Plan, note: str | None, patience: float) -> Sink:
    """Return the sink for ``plan``; ``note`` is the text to keep inside the film."""
    if plan.format.muxer is None:
        return PngFolder(plan.path, note)
    return VideoFile(plan, note, patience)


class VideoFile:
    """A film made by ffmpeg in a hidden file beside its final name."""

    def __init__(self, plan: Plan, note: str | None, patience: float) -> None:
        """Start the encoder. ``patience`` is in seconds."""
        self.part = hidden_name(plan.path)
        self.accepted = 0
        self._plan = plan
        self._note = note
        self._raw = RAW[plan.codec.raw]
        self._notes = _notes_file(note)
        try:
            command = encode_command(plan, self.part, self._notes)
            self._pipe = FramePipe(command, self.part, _depth(plan.size), patience)
        except BaseException:
            self._remove_notes()
            raise

    def write(self, frame: NDArray[np.floating[Any]]) -> None:
        """Convert one frame and hand it to the encoder."""
        self._pipe.send(self._raw(frame))
        self.accepted += 1

    def end(self) -> None:
        """Let the encoder come to its end by itself; `finish` then waits less."""
        self._pipe.end()

    def finish(self) -> int:
        """Wait for the encoder; put the note into formats that ffmpeg cannot write one in."""
        written = self._pipe.finish()
        self._remove_notes()
        if self._note is not None and self.part.exists():
            with writing(self._plan.path):
                write_note(self.part, self._note)
        return written

    def publish(self, force: bool) -> None:
        """Move the film to its name, atomically."""
        publish_file(self.part, self._plan.path, force)

    def discard(self) -> None:
        """End the encoder and remove its file."""
        self._pipe.kill()
        self._remove_notes()
        self.part.unlink(missing_ok=True)

    def _remove_notes(self) -> None:
        if self._notes is not None:
            self._notes.unlink(missing_ok=True)


def _depth(size: Extent) -> int:
    """Return how many frames may wait for the encoder, one at least."""
    return max(1, min(DEPTH, WAITING // (size.width * size.height)))


def _notes_file(note: str | None) -> Path | None:
    """Return a temporary file holding ``note`` as ffmpeg reads metadata."""
    if note is None:
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".ffmetadata", delete=False, encoding="utf-8") as file:
        file.write(ffmetadata(note))
    return Path(file.name)
