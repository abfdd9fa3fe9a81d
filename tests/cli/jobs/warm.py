"""The real command line, many times over: a process that has imported everything forks one for each command."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from subprocess import CompletedProcess
from typing import Any

import psutil

from zoomdream.reel import read_frames

ROOT = Path(__file__).parents[3]
MARK = "ZOOMDREAM_TEST_RUN"
"""Variable of the environment by which a run's encoders are known, whoever their parent has become."""


class Run:
    """A command that is running."""

    def __init__(self, warm: "Warm", pid: int, words: list[str], log: Path) -> None:
        self.pid, self._warm, self._words, self._log = pid, warm, words, log

    @property
    def said(self) -> str:
        """What it has said on stderr so far."""
        return _text(self._log.with_suffix(".err"))

    @property
    def encoders(self) -> list[psutil.Process]:
        """The processes that it has started, be it alive or not."""
        return [process for process in psutil.process_iter() if _mark(process) == self._log.name]

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it as the system does, unless it has ended, and wait until nothing is left of it."""
        self.signal(signal.SIGKILL)
        self.wait()
        until(lambda: not self.encoders)

    def ended(self) -> bool:
        """Say whether it has come to its end."""
        return psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE

    def wait(self, seconds: float = 180) -> CompletedProcess[str]:
        """Return how it ended."""
        try:
            until(self.ended, seconds)
        except AssertionError:
            self.signal(signal.SIGKILL)
            raise
        status = self._warm.ask(wait=self.pid)
        return CompletedProcess(self._words, status, _text(self._log.with_suffix(".out")), self.said)


class Warm:
    """A process that has imported what films need, and has not computed anything yet."""

    def __init__(self, logs: Path) -> None:
        script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.cli.jobs.warm import serve; serve()"
        command = [sys.executable, "-W", "ignore", "-c", script]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._logs = logs

    def ask(self, **question: Any) -> Any:
        """Return the answer to a question."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(question), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def start(self, *words: object, folder: Path, ffmpeg: Path | None = None) -> Run:
        """Start ``zoomdream WORDS`` in a folder, with another ffmpeg if given."""
        plain, log = [str(word) for word in words], self._logs / token_hex(6)
        environment = {MARK: log.name, **({"IMAGEIO_FFMPEG_EXE": str(ffmpeg)} if ffmpeg else {})}
        pid = self.ask(words=plain, folder=str(folder), log=str(log), environment=environment)
        return Run(self, pid, plain, log)

    def run(self, *words: object, folder: Path, ffmpeg: Path | None = None) -> CompletedProcess[str]:
        """Do what ``zoomdream WORDS`` does."""
        return self.start(*words, folder=folder, ffmpeg=ffmpeg).wait()

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def serve() -> None:
    """Answer the questions on stdin, one a line."""
    import zoomdream.cli.jobs
    import zoomdream.cli.making
    import zoomdream.cli.movie  # noqa: F401

    for line in sys.stdin:
        question = json.loads(line)
        if "wait" in question:
            answer = os.waitstatus_to_exitcode(os.waitpid(question["wait"], 0)[1])
        elif (answer := os.fork()) == 0:
            _become(**question)
        print(answer, flush=True)


def _become(words: list[str], folder: str, log: str, environment: dict[str, str]) -> None:
    """Run a command in this process, and end it."""
    for number, suffix in ((1, ".out"), (2, ".err")):
        os.dup2(os.open(log + suffix, os.O_CREAT | os.O_WRONLY | os.O_APPEND), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(environment)
    os.chdir(folder)
    status = 0
    try:
        _call(words)
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        status = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _call(words: list[str]) -> None:
    from zoomdream.cli.main import main

    sys.argv = ["zoomdream", *words]
    if words[0] == "network":
        _network(words[1], int(words[2]))
    else:
        main()


def _network(path: str, seed: int) -> None:
    """Save a network small enough to dream sixty keys in a second."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    picture = keras.Input((None, None, 3))
    x = layers.Conv2D(8, 3, 2, "same", activation="relu", name="one")(picture)
    x = layers.Conv2D(12, 3, padding="same", activation="relu", name="two")(x)
    keras.Model(picture, x).save(path)


def until(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something is so, and fail if it is not after some seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.005)


def _text(path: Path) -> str:
    return path.read_text(errors="backslashreplace") if path.exists() else ""


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def shown(film: Path) -> list[str]:
    """Return a digest of each frame of a film."""
    return [sha256(frame.tobytes()).hexdigest() for frame in read_frames(film)]


def stand_in(place: Path, script: str, good: int) -> Path:
    """Return a program that encodes as ffmpeg does the first ``good`` times, and then follows a script instead.

    In the script, ``real`` is what ffmpeg does.
    """
    from imageio_ffmpeg import get_ffmpeg_exe

    place.write_text(
        f"""#!/bin/sh
real() {{ '{get_ffmpeg_exe()}' "$@"; }}
case "$*" in *pipe:0*) echo >> '{place}.calls' ;; *) real "$@"; exit ;; esac
[ $(wc -l < '{place}.calls') -le {good} ] && {{ real "$@"; exit; }}
{script}
"""
    )
    place.chmod(0o700)
    return place


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """Mount a disk of some size, e.g. ``2m``, at a new folder."""
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        place.rmdir()


def can_mount() -> bool:
    """Say whether disks may be mounted here."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], check=False).returncode == 0


def fill(disk: Path, left: int) -> Path:
    """Fill a disk but for some bytes, and return the file that does so."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while (more := shutil.disk_usage(disk).free - left) > 0:
            file.write(bytes(min(more, 1 << 16)))
    return ballast
