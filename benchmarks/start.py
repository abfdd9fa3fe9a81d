"""How long it takes from the start of the program to the first dreamt key, beside importing TensorFlow."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from turns import ONCE, Patience, take_turns

Row = dict[str, Any]

PATIENCE = Patience(60, 3, 7)
QUICK = {"patience": ONCE}

IMPORT = "import tensorflow"
KEY = """
from itertools import islice
from zoomdream.api import load_network, studio
from zoomdream.presets import load_preset
film = load_preset("reef", {"start.warmup": 0})
next(islice(studio(film, load_network(film.network)).keys(), 1, 2))
"""


def rows(patience: Patience = PATIENCE) -> Iterator[Row]:
    """Yield one row: both programs, medians."""
    programs = {"import": IMPORT, "key": KEY}
    turns = take_turns({name: (lambda code=code: _run(code)) for name, code in programs.items()}, patience)
    yield {
        "import tensorflow, s": turns.seconds("import"),
        "to the first key, s": turns.seconds("key"),
        "times as long": turns.ratio("key", "import"),
        **turns.facts(),
    }


def _run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL, env=os.environ)
