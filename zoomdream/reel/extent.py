"""How large a film is, width first as films are named; pictures elsewhere are (height, width), as arrays are."""

from typing import NamedTuple


class Extent(NamedTuple):
    """Width and height in pixels; as text ``640x360``."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"
