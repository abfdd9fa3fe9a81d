"""A picture file that shows how the film is doing, rewritten every few seconds."""

import sys
import time
from collections.abc import Generator, Iterable
from pathlib import Path

from zoomdream.picture.image import save_image
from zoomdream.picture.warp import Image

EVERY = 3.0
"""Seconds between two pictures."""


def previewed(frames: Iterable[Image], path: Path) -> Generator[Image, None, None]:
    """Pass frames on, writing one of them to ``path`` now and then, never half."""
    shown = -EVERY
    hidden = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        for frame in frames:
            if time.monotonic() - shown >= EVERY:
                shown = time.monotonic()
                _show(frame, path, hidden)
            yield frame
            del frame  # not held while the next one is made
    finally:
        hidden.unlink(missing_ok=True)


def _show(frame: Image, path: Path, hidden: Path) -> None:
    """Write the preview; that it cannot be written ends no film."""
    try:
        save_image(hidden, frame)
        hidden.replace(path)
    except OSError as why:
        print(f"The preview {path} could not be written: {why.strerror or why}.", file=sys.stderr)
