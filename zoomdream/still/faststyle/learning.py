"""A style is learnt: steps, checkpoints, a sheet that shows how it goes, and in the end one small file."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from zoomdream.errors import BadInput
from zoomdream.network.network import Network
from zoomdream.picture.image import save_image
from zoomdream.picture.sheet import sheet
from zoomdream.picture.warp import Image
from zoomdream.reel.provenance import pack
from zoomdream.reel.publish import hidden_name, publish_file, writing
from zoomdream.still.faststyle.album import Album
from zoomdream.still.faststyle.checkpoint import (
    SHEET,
    check_places,
    checkpoint_of,
    photographs,
    read_checkpoint,
    sheet_of,
    write_checkpoint,
)
from zoomdream.still.faststyle.painting import Style
from zoomdream.still.faststyle.settings import STEPS, USUAL, Settings, as_facts, check_same
from zoomdream.still.faststyle.style_file import save_style
from zoomdream.still.faststyle.training import Learnt, Training, sized, with_layers
from zoomdream.still.imagine.given import check_example
from zoomdream.still.imagine.pace import Pace, unhurried

EVERY = 100
SHOWN = 480
"""Longest side, in pixels, of the photographs on the sheet."""


def train_style(
    network: Network,
    style: Image,
    photos: Sequence[Path],
    path: str | Path,
    settings: Settings = USUAL,
    *,
    steps: int = STEPS,
    every: int = EVERY,
    resume: bool = False,
    held_out: Sequence[Path] = (),
    made: dict[str, Any] = {},  # noqa: B006
    pace: Pace = unhurried,
    tell: Callable[[Learnt], None] = lambda learnt: None,
    skipped: Callable[[BadInput], None] = lambda why: None,
) -> Style:
    """Return a style that a painter has learnt (Johnson et al., 2016), having written it as a ``.keras`` file.

    Beside ``wave.keras`` stand ``wave.training.npz``, from which the training can go on exactly as if it had never been
    interrupted, and ``wave-sheet.png``, photographs that it has not seen before and after; all three are written every
    so many steps and in the end. What was there is replaced, but for photographs.

    Args:
        network: the judge; its layers are named in the settings.
        style: (H, W, 3), RGB in [0, 1].
        photos: files to learn from, of any size; see :func:`zoomdream.picture.folder.pictures_below`.
        path: where to write, ``NAME.keras``.
        steps: how many there are in the end, with those before an interruption.
        every: steps between two checkpoints.
        resume: whether to go on where a training of that name was, if there is one.
        held_out: photographs for the sheet; some of the others, which nothing is then learnt from, if not given.
        made: what else the file should say about its making, plain JSON values.
        pace: how many of the steps are taken.
        tell: told where the training is, after every step.
        skipped: told of a photograph that cannot be read, once.

    Raises:
        BadInput: the training was begun otherwise, no photograph can be read, the network has no such layers, there is
            no step to take, the style is too small or but a strip, or a photograph is where the sheet would be.
        ZoomdreamError: the costs are no longer finite, or a file cannot be written.
    """
    check_example(style, "style")
    if min(steps, every) < 1:
        raise BadInput("A style is learnt in at least one step, and written after at least one.")
    place = Path(path)
    photos = photographs(photos, place)
    check_places(place, [*photos, *held_out])
    course = Course(network, style, photos, held_out, place, with_layers(network, settings), dict(made), skipped)
    learnt = begun = course.begun(resume)
    for learnt in course.training(begun, course.album, pace(max(0, steps - begun.step))):
        tell(learnt)
        if learnt.step % every == 0 and learnt.step < steps:
            course.keep(learnt)
    return course.keep(learnt)


@dataclass(frozen=True, eq=False)
class Course:
    """A training with its files.

    Attributes:
        network: the judge.
        style: (H, W, 3).
        photos: files.
        held_out: files for the sheet.
        path: of the style that is made.
        settings: of the training.
        made: what else the file says.
        skipped: told of a photograph that cannot be read.
    """

    network: Network
    style: Image
    photos: Sequence[Path]
    held_out: Sequence[Path]
    path: Path
    settings: Settings
    made: dict[str, Any]
    skipped: Callable[[BadInput], None]

    @cached_property
    def training(self) -> Training:
        """The compiled steps."""
        return Training(self.network, self.style, self.settings)

    @cached_property
    def album(self) -> Album:
        """The photographs."""
        return Album(self.photos, self.settings.seed, self.held_out, self.skipped)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What a training must have in common with the one it goes on from."""
        names = "\n".join(f"{photo.name} {_size(photo)}" for photo in (*self.photos, *self.held_out))
        return {
            **as_facts(self.settings),
            "network": f"{self.network.name} {self.network.weights[:12]}",
            "picture of the style": _digest(np.ascontiguousarray(self.style).tobytes()),
            "photographs": f"{len(self.photos)} {_digest(names.encode())}",
        }

    def begun(self, resume: bool) -> Learnt:
        """Return where the training begins, or where it was.

        Raises:
            BadInput: it was begun otherwise.
        """
        place = checkpoint_of(self.path)
        if not resume or not place.exists():
            return self.training.begin()
        step, state, before = read_checkpoint(place)
        check_same(self.facts, before, place)
        return Learnt(step, {}, state)

    def keep(self, learnt: Learnt) -> Style:
        """Write checkpoint, style and sheet, and return the style."""
        write_checkpoint(checkpoint_of(self.path), learnt.step, learnt.state, self.facts)
        made = {**self.made, "steps": learnt.step, "settings": self.facts}
        self.training.recall(learnt)
        save_style(self.path, self._style.model, made)
        self._show(made)
        return replace(self._style, made=made)

    @cached_property
    def _style(self) -> Style:
        return Style(self.path.stem, self.training.painter, {})

    def _show(self, made: dict[str, Any]) -> None:
        place, note = sheet_of(self.path), pack({**made, SHEET: self.path.name})
        part = hidden_name(place)
        try:
            with writing(place):
                save_image(part, self._sheet(made["steps"]), note)
            publish_file(part, place, True, "sheet")
        finally:
            part.unlink(missing_ok=True)

    def _sheet(self, step: int) -> Image:
        tiles, captions = list[Image](), list[str]()
        for photo in self._shown:
            painted = self._style.paint(photo)
            tiles += [photo, painted]
            captions += ["", self._cost(painted, photo)]
        swatch = sized(self.style, self.settings.style_size)
        return sheet([*tiles, swatch], [*captions, "the style"], 2, title=f"{self.path.stem} after {step} steps")

    def _cost(self, painted: Image, photo: Image) -> str:
        """Return what a painting costs; nothing of one that is too small to say."""
        try:
            return "content {:.2f}, style {:.3f}".format(*self.training.judge.measure(painted, photo))
        except BadInput:
            return ""

    @cached_property
    def _shown(self) -> list[Image]:
        return self.album.held_out(SHOWN)


def _size(file: Path) -> int:
    """Return the bytes of a file; 0 of one that has gone, which is left out when its turn comes."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
