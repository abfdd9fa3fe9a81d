"""What the command line was told when it was asked for a film."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Request:
    """The arguments and options of ``movie`` and ``loop``.

    Attributes:
        loop: whether the film closes onto itself.
        preset: a name, or the path of a .toml file.
        output: where to write, ``None`` for the preset's name.
        seconds: length instead of the preset's.
        fps: frames per second.
        size: (width, height) in pixels.
        seed: decides every random draw.
        network: name or path of a network instead of the preset's.
        weights: a file of weights, or ``random``.
        input_range: name of what a network of the user's own expects.
        start: picture to begin with.
        changes: ``section.key=value`` each.
        codec: name of a codec instead of the format's own.
        crf: quality of the encoding.
        preview: picture to rewrite every few seconds.
        force: whether an existing output is replaced, and a film that was begun is begun anew.
        resume: whether a film that was begun is gone on with.
        keep_job: whether the job's folder stays when the film is done.
        again: film that this is made anew from, instead of a preset.
        verify: whether the two are only compared, so that nothing is kept.
        trust: whether files outside the current folder are read because that film names them.
    """

    loop: bool
    preset: str
    output: str | None
    seconds: float | None
    fps: Fraction
    size: tuple[int, int]
    seed: int
    network: str | None
    weights: str | None
    input_range: str | None
    start: str | None
    changes: tuple[str, ...]
    codec: str | None
    crf: int | None
    preview: Path | None
    force: bool
    resume: bool
    keep_job: bool
    again: str | None = None
    verify: bool = False
    trust: bool = False

    @property
    def target(self) -> str:
        """Where to write: the output, or the preset's name in the current folder."""
        return self.output or f"{Path(self.preset).stem}.mp4"

    @property
    def encoding(self) -> dict[str, Any]:
        """How to encode, as named arguments."""
        return {"codec": self.codec, "crf": self.crf, "force": self.force or self.resume}

    def document(self) -> dict[str, Any]:
        """Return the request as plain JSON values, with the folder that its relative names are meant in."""
        given = {**vars(self), "output": self.target, "fps": str(self.fps)}
        plain = {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}
        return {**plain, "folder": str(Path.cwd())}


def request_of(document: Mapping[str, Any]) -> Request:
    """Return the request that a document was made of, to go on with what it began."""
    given = {name: value for name, value in document.items() if name != "folder"}
    sizes = {"size": tuple(given["size"]), "changes": tuple(given["changes"]), "fps": Fraction(given["fps"])}
    preview = given["preview"] and Path(given["preview"])
    return Request(**{**given, **sizes, "preview": preview, "resume": True})
