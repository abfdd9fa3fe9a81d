"""The real command line, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path


def zoomdream(*words: object, folder: Path, environment: dict[str, str] | None = None, imports: bool = False):
    """Run ``zoomdream WORDS`` in ``folder``; with ``imports`` every import is noted on stderr."""
    command = [sys.executable, *(["-X", "importtime"] if imports else []), "-m", "zoomdream", *map(str, words)]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def imported(stderr: str) -> set[str]:
    """Return the modules that a process run with ``imports`` has imported.

    What the backend imports is not among them: it keeps stderr shut meanwhile, but is itself.
    """
    lines = (line for line in stderr.splitlines() if line.startswith("import time:"))
    return {line.split("|")[-1].strip() for line in lines}


HEAVY = {"zoomdream.network.backend", "tensorflow", "keras"}

SMALL = ("--seconds", 1, "--size", "64x48", "--fps", 12, "--set", "dream.lines=48", "--set", "start.warmup=0")
"""Options that make any film small and quick."""
