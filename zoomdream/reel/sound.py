"""The sound of a film, carried over from another one."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from zoomdream.errors import ZoomdreamError
from zoomdream.reel import ffmpeg
from zoomdream.reel.formats import Format
from zoomdream.reel.publish import hidden_name


@dataclass(frozen=True)
class Sound:
    """The sound tracks of a film. ``start`` is how many seconds its first frame comes after the file's beginning."""

    path: Path
    start: Fraction = Fraction(0)


def has_sound(path: Path) -> bool:
    """Return whether a film has a sound track that can be decoded."""
    trial = ["-map", "0:a:0", "-frames:a", "1", "-f", "null", "-"]
    status, _, _ = ffmpeg.run([*ffmpeg.QUIET, *ffmpeg.reading(path), *trial])
    return status == 0


def add_sound(film: Path, sound: Sound, form: Format, seconds: Fraction | None = None) -> None:
    """Put sound tracks into ``film``, a finished file of that format, and leave its pictures alone.

    Tracks are copied as they are; where the format cannot hold one, all are encoded anew. The pictures of the film then
    begin where those beside the sound began.

    Args:
        seconds: after which the pictures and the sound end, if the sound goes on longer.

    Raises:
        ZoomdreamError: ffmpeg cannot do it; the film is as it was.
    """
    part = hidden_name(film)
    try:
        for codec in ("copy", form.sound):
            status, _, said = ffmpeg.run(_command(film, sound, form, codec, seconds, part))
            if status == 0:
                part.replace(film)
                return
    finally:
        part.unlink(missing_ok=True)
    raise ZoomdreamError(f"The sound of {sound.path} cannot be put into a {form.suffix} ({ffmpeg.tail(said)}).")


def _command(film: Path, sound: Sound, form: Format, codec: str, seconds: Fraction | None, part: Path) -> list[str]:
    later = ["-itsoffset", f"{float(sound.start):.6f}"] if sound.start > 0 else []
    until = [] if seconds is None else ["-t", f"{float(sound.start + seconds):.6f}"]
    both = [*later, *ffmpeg.reading(film), *ffmpeg.reading(sound.path)]
    streams = ["-map", "0:v", "-map", "1:a", "-map_metadata", "0", "-c:v", "copy", "-c:a", codec]
    return [*ffmpeg.QUIET, *both, *streams, *until, *form.arguments, "-f", str(form.muxer), "-y", ffmpeg.local(part)]
