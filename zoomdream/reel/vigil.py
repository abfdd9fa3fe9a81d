"""A watch over a running program: whether it gets anywhere, and whether it says too much."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from subprocess import Popen
from typing import IO

import psutil

PATIENCE = 8.0  # seconds without any progress, not even in thinking, before a program counts as stuck
_THINKING = 10  # times as long may it think without reading or writing: large frames take a slow codec a while


class Vigil:
    """Ends a program that gets nowhere while someone waits for it, or that says too much at any time.

    Attributes:
        complaint: why it was ended, to stand behind its name; empty unless it was.
    """

    def __init__(
        self,
        process: Popen[bytes],
        log: IO[bytes],
        most: int,
        patience: float,
        moved: Callable[[], object] | None = None,
    ) -> None:
        """Begin to watch.

        Args:
            log: the file that takes what it says.
            most: megabytes that it may say.
            patience: in seconds.
            moved: returns something that changes as the work goes on; by default what it has read and written.
        """
        self.complaint = ""
        self._process, self._log, self._most, self._patience = process, log, most, patience
        self._moved = moved or (lambda: _sum(process.pid, _traffic))
        self._awaited = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="vigil", daemon=True)
        self._thread.start()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Say that someone waits for the program; as long as nobody does, it may rest."""
        self._awaited = True
        try:
            yield
        finally:
            self._awaited = False

    def end(self) -> None:
        """Watch no longer. Safe to call twice."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        clock = _Clock(self._patience)
        while not self._over.wait(min(0.25, self._patience / 4)):
            if not self._awaited:
                clock = _Clock(self._patience)
            if os.fstat(self._log.fileno()).st_size > self._most * 1_000_000:
                self.complaint = f"said more than {self._most} MB and was ended"
            elif self._awaited and (seconds := clock.stuck(self._moved(), _sum(self._process.pid, _thought))):
                self.complaint = f"made no progress for {seconds:g} seconds and was ended"
            if self.complaint:
                kill(self._process)
                return


class _Clock:
    """Notices that nothing has moved for too long, which is longer for what thinks."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._moved: object = None
        self._thought = 0
        self._moved_at = self._thought_at = time.monotonic()

    def stuck(self, moved: object, thought: int) -> float:
        """Return the seconds that were too long, 0 while all is well."""
        now = time.monotonic()
        if moved != self._moved:
            self._moved, self._moved_at, self._thought_at = moved, now, now
        if thought != self._thought:
            self._thought, self._thought_at = thought, now
        limits = (self._thought_at, self._patience), (self._moved_at, _THINKING * self._patience)
        return next((seconds for since, seconds in limits if now - since > seconds), 0.0)


def kill(process: Popen[bytes]) -> None:
    """Kill a process that leads a session of its own, and whatever it started, unless it has ended."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()


def _sum(pid: int, ask: Callable[[psutil.Process], int]) -> int:
    """Return the sum of the answers of a process and those it has started, 0 when it has ended."""
    total = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                total += ask(each)
    return total


def _thought(process: psutil.Process) -> int:
    """Return how long a process has computed, in tenths of a second."""
    times = process.cpu_times()
    return int(10 * (times.user + times.system))


def _traffic(process: psutil.Process) -> int:
    """Return how many bytes a process has read and written; where the system does not tell, `_thought` must do."""
    if not hasattr(process, "io_counters"):
        return _thought(process)
    told = process.io_counters()
    if hasattr(told, "read_chars"):  # Linux, which otherwise leaves out pipes and what is cached
        return int(told.read_chars + told.write_chars)
    return int(told.read_bytes + told.write_bytes)
