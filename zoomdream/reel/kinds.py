"""What a file is, by its first bytes and not by its name."""

from pathlib import Path

from zoomdream.errors import BadInput


def kind_of(path: Path) -> str:
    """Return "folder", "gif", "webp", "png", "jpeg" or, for everything that ffmpeg shall judge, "video".

    Raises `BadInput` if there is no such file.
    """
    if path.is_dir():
        return "folder"
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}).") from error
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return "webp"
    return {b"GIF8": "gif", b"\x89PNG": "png"}.get(start[:4], "jpeg" if start[:3] == b"\xff\xd8\xff" else "video")
