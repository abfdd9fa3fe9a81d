"""A running encoder fed with whole frames, which can neither hang us nor fail unnoticed."""

import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from zoomdream.errors import ZoomdreamError
from zoomdream.reel import ffmpeg
from zoomdream.reel.vigil import PATIENCE, Vigil

WORDS = 16  # megabytes that an encoder may say
_CHUNK = 1 << 20


class EncoderFailed(ZoomdreamError):
    """The encoder died, or is stuck; the message has its last words."""


class FramePipe:
    """ffmpeg reading frames from a pipe.

    A thread does the writing, so encoding overlaps with the making of the next frame, and an interrupted
    caller never leaves half a frame behind.
    """

    def __init__(self, arguments: Sequence[str], target: Path, depth: int, patience: float = PATIENCE) -> None:
        """Start ffmpeg, which is to write ``target``; ``depth`` frames may wait, ``patience`` is in seconds."""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `kill`
        self._frames: queue.Queue[bytes | memoryview | None] = queue.Queue(depth)
        self._sent_bytes = 0
        self._written = 0
        self._ended = False
        try:
            self._process = ffmpeg.start(arguments, log=self._log, pipe_in=True)
        except BaseException:
            self._log.close()
            raise
        self._vigil = Vigil(self._process, self._log, WORDS, patience, lambda: (self._sent_bytes, *_growth(target)))
        self._thread = threading.Thread(target=self._write, name="frames to ffmpeg", daemon=True)
        self._thread.start()

    def send(self, frame: bytes | memoryview | None) -> None:
        """Queue one frame, waiting while the encoder is busy; raise `EncoderFailed` if it has died or is stuck."""
        with self._vigil.waiting():
            while self._thread.is_alive():
                with suppress(queue.Full):
                    return self._frames.put(frame, timeout=0.1)
        raise self._failure()

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
        with self._vigil.waiting():
            self._thread.join()
            self._process.wait()
        if self._process.returncode != 0:
            raise self._failure()
        self.kill()
        return self._written

    def kill(self) -> None:
        """End the encoder and the thread if they still run. Safe to call twice."""
        self._vigil.end()
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
            while self._write_frame(pipe.fileno()):
                pass

    def _write_frame(self, pipe: int) -> bool:
        """Pass the next frame on and return whether there was one; while waiting for it the last one is not held."""
        frame = self._frames.get()
        if frame is None:
            return False
        rest = memoryview(frame)
        while rest:
            sent = os.write(pipe, rest[:_CHUNK])
            self._sent_bytes += sent
            rest = rest[sent:]
        self._written += 1
        return True

    def _failure(self) -> EncoderFailed:
        """Return the error of an encoder that has stopped reading, with its last words."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._vigil.end()
        ffmpeg.end(self._process)
        words = ffmpeg.last_words(self._log)
        if self._vigil.complaint:
            return EncoderFailed(f"The encoder {self._vigil.complaint}: {words}.")
        status = self._process.returncode
        how = f"with exit status {status}" if status >= 0 else f"by signal {-status}"
        return EncoderFailed(f"The encoder ended early {how}: {words}.")


def _growth(path: Path) -> tuple[int, int]:
    """Return the size in bytes and the time of the last change of a file that may not exist yet."""
    try:
        facts = path.stat()
    except OSError:
        return 0, 0
    return facts.st_size, facts.st_mtime_ns
