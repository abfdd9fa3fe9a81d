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
    """Return the top-level packages that a process run with ``imports`` has imported."""
    lines = (line for line in stderr.splitlines() if line.startswith("import time:"))
    return {line.split("|")[-1].strip().split(".")[0] for line in lines}


SMALL = ("--seconds", 1, "--size", "64x48", "--fps", 12, "--set", "dream.lines=48", "--set", "start.warmup=0")
"""Options that make any film small and quick."""
