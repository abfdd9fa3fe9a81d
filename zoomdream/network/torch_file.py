"""Read tensors out of a torch checkpoint without torch, and without trusting the pickle inside it.

The *legacy* layout (before zip archives): five pickles — a magic number, a protocol number, facts about the
machine, the state dict, the list of storage keys — and then, per key, an int64 element count followed by that
many little-endian values. Tensors name their storage by a persistent id.
"""

import math
import os
import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.errors import ZoomdreamError

MAGIC = 0x1950A86A20F9469CFC6C
STORAGES: dict[str, np.dtype[Any]] = {
    "FloatStorage": np.dtype("<f4"),
    "LongStorage": np.dtype("<i8"),
    "DoubleStorage": np.dtype("<f8"),
}
_UNREADABLE = (
    pickle.UnpicklingError,
    struct.error,
    OSError,
    EOFError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class _View:
    """A tensor as the pickle describes it: a window on a storage that follows later in the file."""

    key: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Reader(pickle.Unpickler):
    """Admits ordered dicts, tensor rebuilding and storage types; every other name is refused."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.dtypes: dict[str, np.dtype[Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        allowed: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuild,
            **{("torch", storage): storage for storage in STORAGES},
        }
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no weights need")
        return allowed[module, name]

    def persistent_load(self, pid: Any) -> str:
        kind, storage, key, _device, _count, *_ = pid
        if kind != "storage" or storage not in STORAGES:
            raise pickle.UnpicklingError(f"it names an unknown storage {storage!r}")
        self.dtypes[key] = STORAGES[storage]
        return str(key)


def _rebuild(key: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> _View:
    return _View(key, int(offset), tuple(shape), tuple(strides))


def read_torch_file(path: Path) -> dict[str, NDArray[Any]]:
    """Return name → array (in the checkpoint's own layout, contiguous) from a legacy torch checkpoint.

    Raises:
        ZoomdreamError: the file is not such a checkpoint, is cut short, or names anything but plain tensors.
    """
    try:
        with path.open("rb") as file:
            return _read(file)
    except _UNREADABLE as why:
        raise ZoomdreamError(f"{path.name} is not a readable torch checkpoint: {why}.") from why


def _read(file: IO[bytes]) -> dict[str, NDArray[Any]]:
    if _Reader(file).load() != MAGIC:
        raise ValueError("the magic number is missing")
    _Reader(file).load(), _Reader(file).load()
    reader = _Reader(file)
    views: dict[str, _View] = reader.load()
    keys: list[str] = _Reader(file).load()
    storages = {key: _storage(file, reader.dtypes[key]) for key in keys}
    return {name: _materialise(view, storages[view.key]) for name, view in views.items()}


def _storage(file: IO[bytes], dtype: np.dtype[Any]) -> NDArray[Any]:
    count = int(np.frombuffer(file.read(8), "<i8")[0])
    if not 0 <= count * dtype.itemsize <= os.fstat(file.fileno()).st_size:
        raise ValueError(f"a storage claims {count} elements")
    return np.frombuffer(file.read(count * dtype.itemsize), dtype, count)


def _materialise(view: _View, storage: NDArray[Any]) -> NDArray[Any]:
    last = view.offset + sum((n - 1) * s for n, s in zip(view.shape, view.strides, strict=True))
    outside = view.offset < 0 or min((0, *view.strides)) < 0 or last >= storage.size
    if outside or min((0, *view.shape)) < 0 or math.prod(view.shape) > storage.size:
        raise ValueError("a tensor reaches outside its storage")
    strides = [s * storage.itemsize for s in view.strides]
    window = np.lib.stride_tricks.as_strided(storage[view.offset :], view.shape, strides)
    return np.ascontiguousarray(window)
