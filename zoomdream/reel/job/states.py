"""States: exact pictures from which a job can be gone on with, the newest few of them."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format
from numpy.typing import NDArray

from zoomdream.reel.job.whole import sha256, write_whole

KEPT = 4
"""States that are kept, the newest ones."""

Array = NDArray[np.float32]


class States:
    """Pictures by the number of their key, float32 (h, w, 3), each with a hash that the journal holds."""

    def __init__(self, folder: Path, hashes: Mapping[int, str]) -> None:
        """``hashes``: number of a key → sha256 of its file."""
        self._folder, self._hashes = folder, dict(hashes)

    def save(self, key: int, state: Array) -> str:
        """Keep a state, forget the oldest ones, and return its sha256."""
        digest = self._hashes[key] = write_whole(self._path(key), lambda file: _write(file, state))
        for old in sorted(self._hashes)[:-KEPT]:
            del self._hashes[old]
            self._path(old).unlink(missing_ok=True)
        return digest

    def newest(self, key: int) -> tuple[int, Array] | None:
        """Return the newest state not after a key that verifies, with its number; ``None`` if there is none."""
        for number in sorted((known for known in self._hashes if known <= key), reverse=True):
            if sha256(self._path(number)) == self._hashes[number]:
                with suppress(OSError, ValueError):
                    return number, np.load(self._path(number), allow_pickle=False)
        return None

    def _path(self, key: int) -> Path:
        return self._folder / f"state-{key:08d}.npy"


def _write(file: IO[bytes], state: Array) -> None:
    """Write as `np.save` does, but for the words of the system when the disk is full, which it keeps to itself."""
    whole = np.ascontiguousarray(state)
    format.write_array_header_1_0(file, format.header_data_from_array_1_0(whole))
    file.write(whole.data)
