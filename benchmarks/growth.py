"""How the time of a film's step grows with the picture, beside other ways, which know no tiles, and the floor."""

from collections.abc import Iterator
from typing import Any

from apart import apart
from idioms import Case, aimed, film_step, load, picture
from steps import FILM, beside
from turns import ONCE, Patience, take_turns

Row = dict[str, Any]

CASE = Case("efficientnet-lite0", "block9")
TILE = 1024
SIZES = ((256, 256), (512, 512), (1024, 1024), (1920, 1080), (3840, 2160), (4096, 2160))
"""(width, height)."""
PATIENCE, BESIDE = Patience(60, 5), Patience(20)
"""For the sizes beside each other, and for the other ways at each size."""
QUICK = {"sizes": ((64, 64), (96, 64)), "patience": ONCE, "others": ONCE}


def rows(
    sizes: tuple[tuple[int, int], ...] = SIZES, patience: Patience = PATIENCE, others: Patience = BESIDE
) -> Iterator[Row]:
    """Yield a row for each size: a step of a film, in tiles where it is larger than one; its gradient beside others."""
    alone = list(_grown(sizes, patience))
    for size, row in zip(sizes, alone, strict=True):
        found = apart(beside, CASE, size, others, TILE)
        yield row | {name: ratio for name, ratio in found.items() if name == FILM or name.startswith(("beside", "of"))}


def _grown(sizes: tuple[tuple[int, int], ...], patience: Patience) -> Iterator[Row]:
    network = load(CASE.network)
    step = film_step(network, aimed(network, CASE), TILE)
    pictures = {f"{width}×{height}": picture(height, width) for width, height in sizes}
    turns = take_turns({name: (lambda image=image: step(image)) for name, image in pictures.items()}, patience)
    first = next(iter(pictures))
    for name, image in pictures.items():
        pixels = image[..., 0].size
        yield {
            "size": name,
            "ms": 1000 * turns.seconds(name),
            "ns per pixel": 1e9 * turns.seconds(name) / pixels,
            "per pixel, of the smallest": turns.ratio(name, first) * pictures[first][..., 0].size / pixels,
            **turns.facts(),
        }
