"""What a file is, by its first bytes and not by its name."""

import stat
from pathlib import Path

from zoomdream.errors import BadInput


def kind_of(path: Path) -> str:
    """Return "folder", "gif", "webp", "png", "jpeg" or, for everything that ffmpeg shall judge, "video".

    Raises `BadInput` if there is no such file.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return "folder"
        if not stat.S_ISREG(mode):
            raise BadInput(f"{path} is no ordinary file, as a film or a picture is.")
        with path.open("rb") as file:
            start = file.read(12)
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}).") from error
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return "webp"
    return {b"GIF8": "gif", b"\x89PNG": "png"}.get(start[:4], "jpeg" if start[:3] == b"\xff\xd8\xff" else "video")
