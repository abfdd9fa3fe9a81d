"""The ffmpeg program: where it is, how it is run, and what it said when it failed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from zoomdream.errors import ZoomdreamError
from zoomdream.reel import vigil

QUIET = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning")
REPORT = 1000  # megabytes that it may say where it is not encoding; a line or two on each frame of a day are less

DEMUXERS = (
    "mov,mp4,matroska,webm,avi,flv,mpeg,mpegts,mpegvideo,asf,ogg,yuv4mpegpipe,gif,h264,hevc,m4v,mjpeg,dv,nut,ivf,"
    "av1,obu,apng,png_pipe,jpeg_pipe,webp_pipe"
)
"""Kinds of file that hold a whole film; playlists and scripts, which name other files, are not among them."""


def executable() -> str:
    """Return the path of ffmpeg: the environment's ``IMAGEIO_FFMPEG_EXE``, else the one that came with us.

    Raises `ZoomdreamError` if there is none that can be run.
    """
    try:
        name = imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise ZoomdreamError(f"No ffmpeg was found ({error}).") from error
    found = shutil.which(name)
    if found is None:
        raise ZoomdreamError(f"The ffmpeg program {name} does not exist or cannot be run; check IMAGEIO_FFMPEG_EXE.")
    return str(Path(found).absolute())


def local(path: Path) -> str:
    """Return ``path`` as ffmpeg reads it literally: no protocol, option or pattern can hide in it."""
    return f"file:{path.absolute()}"


def reading(path: Path) -> list[str]:
    """Return the arguments that make ``path`` an input: that one file is read, and whatever it holds, no other."""
    return ["-protocol_whitelist", "file", "-format_whitelist", DEMUXERS, "-i", local(path)]


def start(arguments: Sequence[str], *, log: IO[bytes], pipe_in: bool = False) -> "subprocess.Popen[bytes]":
    """Start ffmpeg in a session of its own, so that a terminal's Ctrl-C does not reach it.

    ``log`` takes what it says on stderr; stdin is a pipe if ``pipe_in``, otherwise stdout is.
    Raises `ZoomdreamError` if it cannot be started.
    """
    command = [executable(), *arguments]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE if pipe_in else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if pipe_in else subprocess.PIPE,
            stderr=log,
            bufsize=0 if pipe_in else -1,
            start_new_session=True,
            env={**os.environ, "SVT_LOG": "1", "AV_LOG_FORCE_NOCOLOR": "1"},
        )
    except OSError as error:
        raise ZoomdreamError(f"The ffmpeg program {command[0]} could not be started ({error.strerror}).") from error


@contextmanager
def running(arguments: Sequence[str], log: IO[bytes]) -> Iterator[tuple["subprocess.Popen[bytes]", vigil.Vigil]]:
    """Start ffmpeg as `start` does, with a watch over it; in the end nothing is left of it.

    Raises `ZoomdreamError` quoting its last words if the watch had to end it.
    """
    process = start(arguments, log=log)
    watch = vigil.Vigil(process, log, REPORT, vigil.PATIENCE)
    try:
        yield process, watch
    finally:
        watch.end()
        end(process)
    if watch.complaint:
        raise ZoomdreamError(f"ffmpeg {watch.complaint}: {last_words(log)}.")


def follow(arguments: Sequence[str], log: IO[bytes]) -> tuple[int, bytes]:
    """Run ffmpeg to its end; return its exit status and what it printed. Raises as `running` does."""
    with running(arguments, log) as (process, watch), watch.waiting():
        printed, _ = process.communicate()
    return process.returncode, printed


def run(arguments: Sequence[str]) -> tuple[int, str, str]:
    """Run ffmpeg to its end; return its exit status, what it printed and what it said on stderr.

    Raises `ZoomdreamError` if it cannot be started or gets nowhere.
    """
    with tempfile.TemporaryFile() as log:
        status, printed = follow(arguments, log)
        log.seek(0)
        said = log.read().decode("utf-8", "replace")
    return status, printed.decode("utf-8", "replace"), said


def end(process: "subprocess.Popen[bytes]") -> None:
    """Make sure that ``process`` and whatever it started is gone and leaves no zombie. Safe to call twice.

    Its stdin stays open: whoever writes to it closes it, or a writer could meet another file under its number.
    """
    vigil.kill(process)
    if process.stdout is not None:
        process.stdout.close()
    process.wait()


def last_words(log: IO[bytes], limit: int = 300) -> str:
    """Return the end of what ffmpeg said, on one line, at most ``limit`` characters; call it when ffmpeg has ended."""
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - 4096))
    return tail(log.read().decode("utf-8", "replace"), limit)


def tail(said: str, limit: int = 300) -> str:
    """Return the last three lines of ``said`` joined to one, at most ``limit`` characters."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return "; ".join(lines[-3:])[-limit:] or "it said nothing"
