"""The restricted reader: what it reads is exact, what it must not run stays unrun."""

import io
import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoomdream.errors import ZoomdreamError
from zoomdream.network.torch_file import MAGIC, read_torch_file


class _Named:
    """Pickles as a reference to a global of that name."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class _Call:
    """Pickles as a call of a global."""

    def __init__(self, module: str, name: str, *arguments: object) -> None:
        self.function, self.arguments = _Named(module, name), arguments


class _Storage:
    def __init__(self, kind: str, key: Any, count: int) -> None:
        self.pid = ("storage", _Named("torch", kind), key, "cpu", count, None)


_Pickler: Any = pickle._Pickler  # the one in Python can be taught


class _Writer(_Pickler):  # type: ignore[misc]
    def persistent_id(self, thing: Any) -> Any:
        return thing.pid if isinstance(thing, _Storage) else None

    def save(self, thing: Any, save_persistent_id: bool = True) -> None:
        if isinstance(thing, _Named):
            self.write(b"c" + f"{thing.module}\n{thing.name}\n".encode())
        elif isinstance(thing, _Call):
            self.save(thing.function)
            self.save(thing.arguments)
            self.write(b"R")
        else:
            super().save(thing, save_persistent_id)


def _pickle(thing: Any) -> bytes:
    buffer = io.BytesIO()
    _Writer(buffer, protocol=2).dump(thing)
    return buffer.getvalue()


def _tensor(key: Any, shape: Any, strides: Any, offset: Any = 0, kind: str = "FloatStorage") -> _Call:
    return _Call(
        "torch._utils", "_rebuild_tensor_v2", _Storage(kind, key, 0), offset, shape, strides, False, OrderedDict()
    )


def _file(path: Path, state: Any, storages: dict[str, np.ndarray], magic: int = MAGIC) -> Path:
    parts = [_pickle(magic), _pickle(1001), _pickle({}), _pickle(state), _pickle(list(storages))]
    parts += [struct.pack("<q", values.size) + values.tobytes() for values in storages.values()]
    path.write_bytes(b"".join(parts))
    return path


def test_a_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    numbers = np.arange(24, dtype="<f4")
    state = OrderedDict(
        plain=_tensor("0", (2, 3, 4), (12, 4, 1)),
        turned=_tensor("0", (4, 6), (1, 4)),
        part=_tensor("0", (2, 2), (4, 1), offset=5),
        scalar=_tensor("1", (), (), kind="LongStorage"),
    )
    tensors = read_torch_file(_file(tmp_path / "w.pth", state, {"0": numbers, "1": np.array([7], "<i8")}))
    assert np.array_equal(tensors["plain"], numbers.reshape(2, 3, 4))
    assert np.array_equal(tensors["turned"], numbers.reshape(6, 4).T)
    assert np.array_equal(tensors["part"], [[5, 6], [9, 10]])
    assert tensors["scalar"] == 7
    assert tensors["scalar"].dtype == np.int64


@pytest.mark.parametrize(
    ("module", "name"), [("os", "system"), ("posix", "system"), ("builtins", "exec"), ("builtins", "getattr")]
)
def test_a_call_hidden_in_the_pickle_is_not_made(tmp_path: Path, module: str, name: str) -> None:
    canary = tmp_path / "canary"
    canary.write_text("alive")
    path = _file(tmp_path / "w.pth", {"x": _Call(module, name, f"rm {canary}")}, {})
    with pytest.raises(ZoomdreamError, match=f"asks for {module}.{name}"):
        read_torch_file(path)
    assert canary.read_text() == "alive"


def test_the_canary_test_would_notice() -> None:
    """The same bytes do call what they name when read by a plain unpickler."""
    assert pickle.loads(_pickle(_Call("os.path", "basename", "a/b"))) == os.path.basename("a/b")  # noqa: PTH119


@pytest.mark.parametrize("position", range(5))
def test_a_call_is_refused_in_each_of_the_five_pickles(tmp_path: Path, position: int) -> None:
    canary = tmp_path / "canary"
    parts = [_pickle(MAGIC), _pickle(1001), _pickle({}), _pickle({}), _pickle([])]
    parts[position] = _pickle(_Call("os", "mkdir", str(canary)))
    path = tmp_path / "w.pth"
    path.write_bytes(b"".join(parts))
    with pytest.raises(ZoomdreamError):
        read_torch_file(path)
    assert not canary.exists()


@pytest.mark.parametrize(
    "tensor",
    [
        _tensor("0", (25,), (1,)),
        _tensor("0", (2, 12), (13, 1)),
        _tensor("0", (2,), (1,), offset=23),
        _tensor("0", (2,), (1,), offset=-1),
        _tensor("0", (2,), (-1,), offset=4),
        _tensor("0", (-2,), (1,)),
        _tensor("0", (10**12,), (0,)),
        _tensor("0", (1,), (10**30,)),
        _tensor("0", (2,), (1, 1)),
        _tensor("0", ("two",), (1,)),
        _tensor("0", (2,), (1,), kind="UntypedStorage"),
        _tensor("9", (2,), (1,)),
        _tensor([], (2,), (1,)),
        "no tensor",
    ],
)
def test_a_view_outside_its_storage_is_refused(tmp_path: Path, tensor: Any) -> None:
    path = _file(tmp_path / "w.pth", {"x": tensor}, {"0": np.arange(24, dtype="<f4")})
    with pytest.raises(ZoomdreamError, match=r"^w.pth is not a readable torch checkpoint: .*\.$"):
        read_torch_file(path)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    state = {"x": _tensor("0", (4, 6), (6, 1))}
    whole = _file(tmp_path / "w.pth", state, {"0": np.arange(24, dtype="<f4")}).read_bytes()
    for length in range(len(whole)):
        cut = tmp_path / "cut.pth"
        cut.write_bytes(whole[:length])
        with pytest.raises(ZoomdreamError, match="not a readable torch checkpoint"):
            read_torch_file(cut)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04zip", b"\x80\x02.", bytes(range(256))])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.pth"
    path.write_bytes(content)
    with pytest.raises(ZoomdreamError, match="not a readable torch checkpoint"):
        read_torch_file(path)


def test_a_wrong_magic_number_a_wrong_list_and_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ZoomdreamError, match="magic number is missing"):
        read_torch_file(_file(tmp_path / "w.pth", {}, {}, magic=1))
    with pytest.raises(ZoomdreamError, match="not a readable"):
        read_torch_file(_file(tmp_path / "w.pth", [1, 2], {}))
    with pytest.raises(ZoomdreamError, match="not a readable"):
        read_torch_file(tmp_path / "missing.pth")


def test_a_storage_that_claims_too_much_is_refused(tmp_path: Path) -> None:
    path = _file(tmp_path / "w.pth", {"x": _tensor("0", (1,), (1,))}, {"0": np.zeros(1, "<f4")})
    path.write_bytes(path.read_bytes()[:-12] + struct.pack("<q", 1 << 40))
    with pytest.raises(ZoomdreamError, match="claims"):
        read_torch_file(path)
