"""A running encoder fed with whole frames, which can neither hang us nor fail unnoticed."""

import os
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from zoomdream.errors import ZoomdreamError
from zoomdream.reel import ffmpeg

DEPTH = 3  # frames that may wait; more costs memory and gains nothing
PATIENCE = 8.0  # seconds without any progress, not even in thinking, before an encoder counts as stuck
_CHUNK = 1 << 20


class EncoderFailed(ZoomdreamError):
    """The encoder died, or is stuck; the message has its last words."""


class FramePipe:
    """ffmpeg reading frames from a pipe.

    A thread does the writing, so encoding overlaps with the making of the next frame, and an interrupted
    caller never leaves half a frame behind.
    """

    def __init__(self, arguments: Sequence[str], target: Path, patience: float = PATIENCE) -> None:
        """Start ffmpeg, which is to write ``target``; ``patience`` is in seconds."""
        self._target = target
        self._patience = patience
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `kill`
        self._frames: queue.Queue[bytes | None] = queue.Queue(DEPTH)
        self._sent_bytes = 0
        self._written = 0
        self._ended = False
        try:
            self._process = ffmpeg.start(arguments, log=self._log, pipe_in=True)
        except BaseException:
            self._log.close()
            raise
        self._thread = threading.Thread(target=self._write, name="frames to ffmpeg", daemon=True)
        self._thread.start()

    def send(self, frame: bytes | None) -> None:
        """Queue one frame, waiting while the encoder is busy; raise `EncoderFailed` if it has died or is stuck."""
        clock = _Clock(self._patience)
        while True:
            if not self._thread.is_alive():
                raise self._failure()
            with suppress(queue.Full):
                return self._frames.put(frame, timeout=clock.slice)
            self._expect_progress(clock)

    def end(self) -> None:
        """Say that there are no more frames, without waiting for the encoder to write what it has."""
        if not self._ended:
            self.send(None)
            self._ended = True

    def finish(self) -> int:
        """End the input, wait until the encoder has written everything, and return how many frames it got.

        Raises `EncoderFailed` quoting ffmpeg unless it ends well.
        """
        self.end()
        clock = _Clock(self._patience)
        while self._thread.is_alive():
            self._thread.join(clock.slice)
            self._expect_progress(clock)
        self._await_end()
        if self._process.returncode != 0:
            raise self._failure()
        self.kill()
        return self._written

    def kill(self) -> None:
        """End the encoder and the thread if they still run. Safe to call twice."""
        ffmpeg.end(self._process)
        with suppress(queue.Full):
            self._frames.put_nowait(None)
        self._thread.join(5)
        self._log.close()

    def _write(self) -> None:
        """Pass frames on until the end of input (None) or until the encoder stops reading."""
        pipe = self._process.stdin
        assert pipe is not None
        with suppress(OSError, ValueError), pipe:
            while (frame := self._frames.get()) is not None:
                self._write_frame(pipe.fileno(), frame)

    def _write_frame(self, pipe: int, frame: bytes) -> None:
        rest = memoryview(frame)
        while rest:
            sent = os.write(pipe, rest[:_CHUNK])
            self._sent_bytes += sent
            rest = rest[sent:]
        self._written += 1

    def _await_end(self) -> None:
        """Wait for the encoder to end, as long as it is at work on the last frames."""
        clock = _Clock(self._patience)
        while True:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(clock.slice)
                return
            self._expect_progress(clock)

    def _expect_progress(self, clock: "_Clock") -> None:
        """Raise `EncoderFailed` if neither input nor output nor its thoughts have moved for as long as allowed."""
        if clock.stuck((self._sent_bytes, *_growth(self._target), _thought(self._process.pid))):
            ffmpeg.end(self._process)
            words = ffmpeg.last_words(self._log)
            raise EncoderFailed(f"The encoder made no progress for {clock.patience:g} seconds and was ended: {words}.")

    def _failure(self) -> EncoderFailed:
        """Return the error of an encoder that has stopped reading, with its last words."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        ffmpeg.end(self._process)
        status = self._process.returncode
        how = f"with exit status {status}" if status >= 0 else f"by signal {-status}"
        return EncoderFailed(f"The encoder ended early {how}: {ffmpeg.last_words(self._log)}.")


class _Clock:
    """Notices that nothing has changed for ``patience`` seconds."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.slice = min(0.5, patience / 4)
        self._mark: object = None
        self._since = time.monotonic()

    def stuck(self, mark: object) -> bool:
        """Return whether ``mark`` has kept its value for too long."""
        if mark != self._mark:
            self._mark, self._since = mark, time.monotonic()
        return time.monotonic() - self._since > self.patience


def _growth(path: Path) -> tuple[int, int]:
    """Return the size in bytes and the time of the last change of a file that may not exist yet."""
    try:
        facts = path.stat()
    except OSError:
        return 0, 0
    return facts.st_size, facts.st_mtime_ns


def _thought(pid: int) -> int:
    """Return how many seconds a process has computed, in tenths; 0 when it has ended."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0
    return int(10 * (times.user + times.system))
