"""The dream: what one key adds to the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log2
from typing import Any

from zoomdream.ascent.climb import Climb, Shifts, Weights
from zoomdream.ascent.memory import memory_for
from zoomdream.ascent.octaves import over_octaves
from zoomdream.ascent.rules import Rule, chain, laplacian, normalise_std, scale, sign, smooth
from zoomdream.chance import generator
from zoomdream.film.settings import Dream
from zoomdream.picture.warp import Image, Size

SLOWEST = 0.2
"""Zoom octaves per second that the detail is reckoned with when the camera is slower, or still."""


def make_rule(dream: Dream) -> Rule:
    """Return the rule that the settings name, its updates in units of the image."""
    shapes = {
        "smooth": (smooth(dream.scales),),
        "laplacian": (laplacian(dream.scales),),
        "std": (),
        "sign": (sign(),),
    }
    return chain(*shapes[dream.rule], normalise_std(), scale(dream.step / 255))


def working_size(dream: Dream, size: Size) -> Size:
    """Return the (height, width) of the dreamt picture: the film's own, or `lines` high where that is more."""
    height, width = size
    return (height, width) if height >= dream.lines else (dream.lines, max(1, round(dream.lines * width / height)))


def octave_sizes(dream: Dream, size: Size) -> list[Size]:
    """Return (height, width) of each octave, coarse to fine, for a picture of this size.

    They are the same heights for every picture, so that motifs keep their size relative to it; a picture larger
    than `lines` gets finer ones on top.
    """
    height, width = size
    lines = [dream.lines / dream.ratio**k for k in range(dream.octaves)][::-1]
    above = _finer(dream, size)
    lines += [dream.lines * (height / dream.lines) ** ((k + 1) / above) for k in range(above)]
    return [(max(16, round(h)), max(16, round(h * width / height))) for h in lines]


def _finer(dream: Dream, size: Size) -> int:
    """Number of octaves above `lines`."""
    return max(0, ceil(log2(size[0] / dream.lines) / log2(dream.ratio) - 0.1)) if dream.finish else 0


@dataclass(frozen=True)
class Dreamer:
    """Adds detail to pictures: the compiled climb with the settings that drive it."""

    climb: Climb
    dream: Dream
    seed: int

    def __call__(
        self,
        image: Image,
        key: int,
        weights: Weights,
        octaves: float,
        effort: float = 1.0,
        sizes: Sequence[Size] | None = None,
    ) -> Image:
        """Return the image (H, W, 3) with the detail of one key added.

        Args:
            key: number of the key, which with the seed decides every random shift.
            octaves: zoom octaves since the last key; with `detail` they make the number of steps.
            effort: factor on the size of each step; other than 1 it also draws other shifts.
            sizes: (height, width) of the octaves, where not those that the settings make.

        Raises:
            FlatGradient: no way up was found.
        """
        size = image.shape[0], image.shape[1]
        sizes = sizes or octave_sizes(self.dream, size)

        def climb(start: Any, octave: int) -> Any:
            path = self.dream.detail * octaves * (self.dream.finish if octave >= self.dream.octaves else 1.0)
            steps = max(1, round(path))
            shifts = self._shifts(key, octave, effort, start.shape[0] * start.shape[1])
            return self.climb(start, steps, shifts, weights, effort * path / steps)

        return over_octaves(image, sizes, climb, memory_for([size, *sizes], self.dream.tile))

    def _shifts(self, key: int, octave: int, effort: float, pixels: int) -> Shifts:
        purpose = "jitter" if effort == 1 else "another try"
        tiled = pixels > self.dream.tile**2  # then the tiles' borders must fall elsewhere at each step
        most = max(self.dream.jitter, self.dream.tile // 2 if tiled else 0)

        def shift(step: int) -> tuple[int, int]:
            down, right = generator(self.seed, purpose, key, octave, step).integers(-most, most + 1, 2)
            return int(down), int(right)

        return shift
