"""Look into a ``.keras`` file before Keras does: only plain Keras layers, nothing that runs code of its own."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zoomdream.errors import BadInput, shown
from zoomdream.names import check_name

# Everything Keras itself writes into a model's configuration lives in these modules; above all not in
# keras.utils, keras.config or keras.saving, whose functions files have used to break out.
_MODULES = re.compile(
    r"builtins|keras(\.src)?(\.(layers|models|ops|initializers|activations|regularizers|constraints|dtype_policies"
    r"|quantizers|applications)(\.\w+)*)?"
)
# Functions among them; others, such as those that load models, have nothing to do within a layer.
_FUNCTIONS = re.compile(r"builtins|keras(\.src)?\.(ops|initializers|activations|regularizers|constraints)(\.\w+)*")
_CODE = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "__lambda__", "__numpy__"}
_READERS = {"StringLookup", "IntegerLookup", "IndexLookup", "TextVectorization"}
_REASONS = dict.fromkeys(_CODE, "runs code out of the file") | dict.fromkeys(_READERS, "reads words out of other files")

WEIGHTS = "model.weights.h5"
_MOST_CONFIG = 8 << 20
_EXPANSION, _FLOOR = 4, 64 << 20
"""Members may be so many times as large as the archive together, or so many bytes."""

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
    check_name(path)
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
        raise BadInput(f"{path} is not loaded, because its config.json is larger than {_MOST_CONFIG >> 20} MB.")
    if WEIGHTS not in archive.namelist():
        raise BadInput(f"{path} is not a .keras file: it holds no {WEIGHTS}.")
    claimed, size = sum(member.file_size for member in archive.infolist()), path.stat().st_size
    if claimed > max(_EXPANSION * size, _FLOOR):
        raise BadInput(f"{path} is refused, because its members claim {claimed:,} bytes and it has {size:,}.")


def _check_config(path: Path, config: Any) -> None:
    if not isinstance(config, dict) or "class_name" not in config:
        raise BadInput(f"{path} is not a .keras file: its config.json describes no model.")
    for part in _dicts({**config, "compile_config": None}):
        if "class_name" in part:
            _check_object(path, part)
        for node in part["inbound_nodes"] if isinstance(part.get("inbound_nodes"), list) else []:
            _check_node(path, node)
    if config["class_name"] not in ("Functional", "Model", "Sequential"):
        raise BadInput(
            f"{path} is a subclassed model ({shown(config['class_name'])}), whose layers cannot be walked: "
            "save it as a functional model."
        )


def _check_object(path: Path, part: dict[str, Any]) -> None:
    """Refuse whatever is not one of Keras' own layers, or of what these are made of."""
    kind, module = str(part["class_name"]), part.get("module")
    if kind in _REASONS:
        raise BadInput(f"{path} is refused, because it holds a {kind}, which {_REASONS[kind]}.")
    name = str(part.get("config")) if kind == "function" else kind
    allowed = _FUNCTIONS if kind == "function" else _MODULES
    registered = any(">" in str(word) for word in (name, part.get("registered_name")))
    if registered or (module is not None and not allowed.fullmatch(str(module))):
        raise BadInput(
            f"{path} is refused, because it needs {shown(f'{module}.{name}')}; only Keras' own layers are loaded."
        )


def _check_node(path: Path, node: Any) -> None:
    """Refuse a layer that is called on numbers alone, as it would be run while the file is loaded."""
    if isinstance(node, dict) and not any(part.get("class_name") == "__keras_tensor__" for part in _dicts(node)):
        raise BadInput(f"{path} is refused, because one of its layers is not joined to any other.")


def _dicts(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON document, however deep."""
    waiting = [part]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
