"""The file of a style: a plain ``.keras`` model that says inside how it was made."""

import json
import zipfile
from pathlib import Path
from typing import Any

import keras

from zoomdream.errors import BadInput
from zoomdream.network.saved import load_saved
from zoomdream.reel.publish import hidden_name, publish_file, writing
from zoomdream.still.faststyle.shelf import MEMBER, check_style


def save_style(path: Path, model: keras.Model, made: dict[str, Any], force: bool = True) -> None:
    """Write a painter, all at once, with what it was made by, plain JSON values.

    Raises:
        ZoomdreamError: the file cannot be written.
    """
    part = hidden_name(path)
    try:
        with writing(path):
            model.save(part)
            with zipfile.ZipFile(part, "a") as archive:
                archive.writestr(MEMBER, json.dumps(made, indent=1))
        publish_file(part, path, force, "style")
    finally:
        part.unlink(missing_ok=True)


def load_painter(path: Path) -> tuple[keras.Model, dict[str, Any]]:
    """Return the painter in a file and what it was made by.

    Raises:
        BadInput: it is no style of ours, or is damaged.
    """
    made = check_style(path)
    model = load_saved(path)
    shapes = [tuple(tensor.shape) for tensor in (*model.inputs, *model.outputs)]
    if shapes != [(None, None, None, 3)] * 2:
        raise BadInput(f"{path} does not paint: it takes and gives {shapes}, not one picture of any size each.")
    return model, made
