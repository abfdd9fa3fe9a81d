"""Look into an HDF5 file of weights before it is read: plain arrays, no larger than the file that holds them."""

import math
from pathlib import Path
from typing import IO, Any

import h5py  # type: ignore[import-untyped]

from zoomdream.errors import BadInput

EXPANSION = 4
"""Times the file's size that its arrays may take in memory; weights hardly compress."""
FLOOR = 1 << 20
"""Bytes that they may take in any case."""


def check_hdf5(file: Path | IO[bytes], name: str, size: int) -> int:
    """Return how many values the arrays in a file have together; none of them is read.

    Args:
        name: what to call the file.
        size: of the file in bytes.

    Raises:
        BadInput: it is no HDF5 file, it leads to other files, or its arrays are larger than it could hold.
    """
    try:
        with h5py.File(file, "r") as opened:
            for place, link in _visited(opened.visititems_links):
                _check_link(link, place, name)
            arrays = [thing for _, thing in _visited(opened.visititems) if isinstance(thing, h5py.Dataset)]
            for array in arrays:
                _check_array(array, name)
            values = sum(map(_count, arrays))
            taken = sum(_count(array) * array.dtype.itemsize for array in arrays)
    except BadInput:
        raise
    except Exception as why:  # whatever a damaged file can make HDF5 raise
        raise BadInput(f"{name} cannot be read as HDF5 ({why}).") from why
    if taken > EXPANSION * size + FLOOR:
        raise BadInput(f"{name} is refused, because its arrays claim {taken:,} bytes and it has {size:,}.")
    return values


def _visited(visit: Any) -> list[tuple[str, Any]]:
    """Return all that is visited, by its place in the file."""
    found: list[tuple[str, Any]] = []
    visit(lambda place, thing: found.append((place, thing)))
    return found


def _check_link(link: Any, place: str, name: str) -> None:
    if not isinstance(link, h5py.HardLink):
        raise BadInput(f"{name} is refused, because it holds a link, {place!r}, in place of an array.")


def _check_array(array: Any, name: str) -> None:
    if array.external or array.is_virtual:
        raise BadInput(f"{name} is refused, because its array {array.name!r} lies in another file.")
    if array.dtype.hasobject:
        raise BadInput(f"{name} is refused, because its array {array.name!r} does not hold numbers.")


def _count(array: Any) -> int:
    return 0 if array.shape is None else math.prod(array.shape)
