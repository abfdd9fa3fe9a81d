"""Crops of photographs, drawn at random from files: nothing but the crops of one step is held in memory."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from zoomdream.chance import generator
from zoomdream.errors import BadInput
from zoomdream.picture.image import load_image
from zoomdream.picture.warp import Image, resize

WIDEST = 2.5
"""Of a large photograph the shorter side is made at most so many crops long."""
HELD_OUT, MOST_HELD_OUT = 10, 4
"""One photograph of so many is held out, and at most so many are."""


class Album:
    """Photographs to learn from.

    Args:
        photos: files, at least one.
        seed: decides what is cut out, and which photographs are held out if none are named.
        held_out: files that nothing is learnt from, to see what has been learnt.
        tell: told of a file that cannot be read, once; it is left out from then on.
    """

    def __init__(
        self,
        photos: Sequence[Path],
        seed: int,
        held_out: Sequence[Path] = (),
        tell: Callable[[BadInput], None] = lambda why: None,
    ) -> None:
        named = {path.resolve() for path in held_out}
        photos = [path for path in photos if path.resolve() not in named]
        if not photos:
            raise BadInput("All of the photographs are held out: there is none to learn from.")
        order = [photos[number] for number in generator(seed, "held out").permutation(len(photos))]
        count = 0 if held_out else min(MOST_HELD_OUT, len(photos) // HELD_OUT)
        self._held_out, self._photos = [*held_out] or order[:count] or order[:1], order[count:]
        self._seed, self._tell = seed, tell
        self._unreadable: set[Path] = set()

    def crops(self, step: int, count: int, side: int) -> Image:
        """Return the crops of a step, (count, side, side, 3), RGB in [0, 1]: a function of the seed and the step.

        Every photograph comes once before any comes again.

        Raises:
            BadInput: none of the files can be read.
        """
        return np.stack([self._crop(step * count + number, side) for number in range(count)])

    def held_out(self, longest: int) -> list[Image]:
        """Return the photographs that are held out, (H, W, 3), sides made at most ``longest``.

        Where there are too few to hold any out it is one of those that are learnt from.
        """
        found = [picture for path in self._held_out if (picture := self._load(path, longest)) is not None]
        return [_within(picture, longest) for picture in found]

    def _crop(self, draw: int, side: int) -> Image:
        chance = generator(self._seed, "crop", draw)
        picture = self._readable(draw, int(side * WIDEST))
        height, width = picture.shape[:2]
        least = side / min(height, width)
        factor = np.exp(chance.uniform(np.log(least), np.log(max(least, min(1.0, WIDEST * least)))))
        window = min(round(side / factor), height, width)
        top, left = (int(chance.integers(length - window + 1)) for length in (height, width))
        crop = resize(picture[top : top + window, left : left + window], (side, side))
        return np.clip(crop[:, ::-1] if chance.random() < 0.5 else crop, 0, 1)

    def _readable(self, draw: int, least: int) -> Image:
        count = len(self._photos)
        order = generator(self._seed, "order", draw // count).permutation(count)
        for offset in range(count):
            picture = self._load(self._photos[order[(draw + offset) % count]], least)
            if picture is not None:
                return picture
        raise BadInput(f"None of the {count} pictures to learn from can be read.")

    def _load(self, path: Path, least: int) -> Image | None:
        if path in self._unreadable:
            return None
        try:
            return load_image(path, least)
        except BadInput as why:
            self._unreadable.add(path)
            self._tell(why)
            return None


def _within(picture: Image, longest: int) -> Image:
    factor = min(1.0, longest / max(picture.shape[:2]))
    return resize(picture, (max(1, round(picture.shape[0] * factor)), max(1, round(picture.shape[1] * factor))))
