"""What may become of a file."""

from pathlib import Path


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 4
    path.write_bytes(held)


def cut(path: Path) -> None:
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    """Leave nothing in a file."""
    path.write_bytes(b"")


DAMAGE = {"a flipped bit": flip, "cut": cut, "empty": empty}
