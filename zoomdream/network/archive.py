"""Look into a ``.keras`` file before Keras does: only plain Keras layers, nothing that runs code of its own."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zoomdream.errors import BadInput

# Everything Keras itself writes into a model's configuration lives in these modules; above all not in
# keras.utils, keras.config or keras.saving, whose functions files have used to break out.
_MODULES = re.compile(
    r"builtins|keras(\.src)?(\.(layers|models|ops|initializers|activations|regularizers|constraints|dtype_policies"
    r"|quantizers|applications)(\.\w+)*)?"
)
_CODE = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "__lambda__", "__numpy__"}
_MOST_CONFIG = 64 << 20

_OTHER_FORMATS = {
    ".h5": "an HDF5 file may hold code and is the old format",
    ".hdf5": "an HDF5 file may hold code and is the old format",
    ".pb": "a TensorFlow graph may do anything when run",
    ".pth": "it is a pickle, which runs code when read",
    ".pt": "it is a pickle, which runs code when read",
    ".pkl": "it is a pickle, which runs code when read",
    ".pickle": "it is a pickle, which runs code when read",
    ".onnx": "it is an ONNX graph without Keras layers",
    ".tflite": "it is a TFLite graph without Keras layers or gradients",
}


def check_archive(path: Path) -> None:
    """Refuse a file that is not a plain ``.keras`` archive.

    Raises:
        BadInput: saying what is wrong with the file and what would be right.
    """
    _check_format(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(path, archive)
            config = json.loads(archive.read("config.json"))
    except (zipfile.BadZipFile, ValueError, RecursionError, EOFError, NotImplementedError, OSError) as why:
        raise BadInput(f"{path} is not a readable .keras file: {why}.") from why
    _check_config(path, config)


def _check_format(path: Path) -> None:
    advice = "load it where you trained it and save it as NAME.keras"
    if path.is_dir():
        raise BadInput(f"{path} is a folder (a SavedModel?), not a .keras file: {advice}.")
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    if path.suffix != ".keras":
        reason = _OTHER_FORMATS.get(path.suffix.lower(), "only .keras files are read")
        raise BadInput(f"{path} is not loaded, because {reason}: {advice}.")
    if not zipfile.is_zipfile(path):
        raise BadInput(f"{path} is not a zip archive as .keras files are: {advice}.")


def _check_members(path: Path, archive: zipfile.ZipFile) -> None:
    for member in archive.infolist():
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or re.match("[a-zA-Z]:", name):
            raise BadInput(f"{path} holds a member that reaches outside the archive: {member.filename!r}.")
    if "config.json" not in archive.namelist():
        raise BadInput(f"{path} is not a .keras file: it holds no config.json.")
    if archive.getinfo("config.json").file_size > _MOST_CONFIG:
        raise BadInput(f"{path} is not loaded, because its config.json is larger than 64 MB.")


def _check_config(path: Path, config: Any) -> None:
    if not isinstance(config, dict) or "class_name" not in config:
        raise BadInput(f"{path} is not a .keras file: its config.json describes no model.")
    for part in _objects({**config, "compile_config": None}):
        name, module = part.get("class_name"), part.get("module")
        if name in _CODE:
            raise BadInput(f"{path} is refused, because it holds a {name}, which runs code out of the file.")
        if module is not None and not _MODULES.fullmatch(str(module)):
            raise BadInput(
                f"{path} is refused, because it needs {f'{module}.{name}'!r}; only Keras' own layers are loaded."
            )
    if config["class_name"] not in ("Functional", "Model", "Sequential"):
        raise BadInput(
            f"{path} is a subclassed model ({config['class_name']!r}), whose layers cannot be walked: "
            "save it as a functional model."
        )


def _objects(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every serialised object in a configuration."""
    if isinstance(part, dict):
        if "class_name" in part:
            yield part
        for value in part.values():
            yield from _objects(value)
    elif isinstance(part, list):
        for value in part:
            yield from _objects(value)
