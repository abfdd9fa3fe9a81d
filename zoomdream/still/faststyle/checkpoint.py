"""Checkpoints: where a training is, exactly, in one file that is replaced all at once; and where its files are."""

import io
import json
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import BadInput
from zoomdream.reel.provenance import read_metadata
from zoomdream.reel.publish import hidden_name, publish_file, writing

MARK = "zoomdream-training"
SHEET = "sheet of"
"""In the recipe of a sheet: the style that it shows."""


def checkpoint_of(model: Path) -> Path:
    """Return where the training of a model is kept: ``wave.keras`` → ``wave.training.npz``."""
    return model.with_name(f"{model.stem}.training.npz")


def sheet_of(model: Path) -> Path:
    """Return where the sheet of a model is: ``wave.keras`` → ``wave-sheet.png``."""
    return model.with_name(f"{model.stem}-sheet.png")


def photographs(found: Sequence[Path], model: Path) -> list[Path]:
    """Return pictures without the sheet that an earlier training of that name has left among them."""
    sheet = sheet_of(model).resolve()
    return [photo for photo in found if photo.resolve() != sheet]


def check_places(model: Path, read: Sequence[Path]) -> None:
    """Refuse to write a model, its checkpoint and its sheet over anything that nobody named.

    Args:
        read: files that are learnt from.

    Raises:
        BadInput: the name ends otherwise than Keras reads it, one of the files is read, or a picture that is no sheet
            is where the sheet would be.
    """
    if model.suffix != ".keras":
        raise BadInput(f"{model}: the name of a style ends in .keras, in small letters.")
    inputs, sheet = {path.resolve() for path in read}, sheet_of(model)
    for place in (model, checkpoint_of(model), sheet):
        if place.resolve() in inputs:
            raise BadInput(f"{place} is read and would be written over: choose another name than {model}.")
    if sheet.is_file() and not _is_sheet(sheet):
        raise BadInput(f"{sheet} is no sheet of a training and will not be replaced: choose another name than {model}.")


def _is_sheet(picture: Path) -> bool:
    with suppress(BadInput):
        return SHEET in (read_metadata(picture) or {})
    return False


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
