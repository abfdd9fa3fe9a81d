"""Checkpoints: where a training is, exactly, in one file that is replaced all at once."""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput
from zoomdream.reel.publish import hidden_name, publish_file, writing

MARK = "zoomdream-training"


def checkpoint_of(model: Path) -> Path:
    """Return where the training of a model is kept: ``wave.keras`` → ``wave.training.npz``."""
    return model.with_name(f"{model.stem}.training.npz")


def sheet_of(model: Path) -> Path:
    """Return where the sheet of a model is: ``wave.keras`` → ``wave-sheet.png``."""
    return model.with_name(f"{model.stem}-sheet.png")


def write_checkpoint(path: Path, step: int, state: Sequence[Any], facts: dict[str, Any]) -> None:
    """Write where a training is.

    Args:
        state: arrays, kept to the last bit.
        facts: what it was begun with, plain JSON values.
    """
    told = json.dumps({MARK: facts, "step": step})
    stream = io.BytesIO()
    arrays: dict[str, Any] = {f"state{number}": np.asarray(leaf) for number, leaf in enumerate(state)}
    np.savez(stream, told=np.array(told), **arrays)
    publish_bytes(path, stream.getvalue())


def read_checkpoint(path: Path) -> tuple[int, list[NDArray[np.float32]], dict[str, Any]]:
    """Return the step, the state and the facts that were written.

    Raises:
        BadInput: it is no such file, or is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            told = json.loads(str(held["told"]))
            state = [held[f"state{number}"] for number in range(len(held.files) - 1)]
            return int(told["step"]), state, dict(told[MARK])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as why:
        raise BadInput(f"{path} holds no training that could go on ({why}): begin anew with --force.") from why


def publish_bytes(path: Path, content: bytes) -> None:
    """Write a file under a hidden name and give it its own all at once, whatever was there."""
    part = hidden_name(path)
    try:
        with writing(path):
            part.write_bytes(content)
        publish_file(part, path, True, "file")
    finally:
        part.unlink(missing_ok=True)
