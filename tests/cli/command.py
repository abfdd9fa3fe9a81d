"""The real command line, in a process of its own or, where many are run, in one."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

from zoomdream.cli.main import main


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


def here(*words: object, folder: Path) -> CompletedProcess:
    """Do what ``zoomdream WORDS`` does, in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors) for errors in ("strict", "backslashreplace"))
    status = 0
    command = ["zoomdream", *map(str, words)]
    with patch.object(sys, "argv", command), chdir(folder), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
    return CompletedProcess(command, status, *(_text(stream) for stream in (out, err)))


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def one_by_one(commands: Sequence[Sequence[object]], folder: Path, before: str = "") -> list[CompletedProcess]:
    """Run commands in one fresh process, after the Python statements ``before``.

    What imported a tensor library has ``heavy`` set.
    """
    given = json.dumps([[str(word) for word in words] for words in commands])
    script = f"{before}\n{_ONE_BY_ONE}"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, input=given, cwd=folder, capture_output=True, text=True, timeout=900, check=True)
    results = []
    for words, (status, out, err, heavy) in zip(commands, json.loads(done.stdout), strict=True):
        results.append(CompletedProcess(words, status, out, err))
        results[-1].heavy = heavy  # type: ignore[attr-defined]
    return results


_ONE_BY_ONE = f"""
import json, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from tests.cli.command import HEAVY, here
found = []
for words in json.load(sys.stdin):
    done = here(*words, folder=Path())
    found.append((done.returncode, done.stdout, done.stderr, bool(HEAVY & sys.modules.keys())))
json.dump(found, sys.stdout)
"""


def imported(stderr: str) -> set[str]:
    """Return the modules that a process run with ``imports`` has imported.

    What the backend imports is not among them: it keeps stderr shut meanwhile, but is itself.
    """
    lines = (line for line in stderr.splitlines() if line.startswith("import time:"))
    return {line.split("|")[-1].strip() for line in lines}


HEAVY = {"zoomdream.network.backend", "tensorflow", "keras"}

SMALL = ("--seconds", 1, "--size", "64x48", "--fps", 12, "--set", "dream.lines=48", "--set", "start.warmup=0")
"""Options that make any film small and quick."""
