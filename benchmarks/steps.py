"""The gradient beside other ways to write it, beside its floor, and the film's step beside it.

All but the film's step, which also rolls the picture and follows a rule, are the bare gradient.
"""

from collections.abc import Iterator
from typing import Any

import floor
from apart import apart
from idioms import Case, aimed, film_step, load, others, ours, picture
from turns import ONCE, Patience, Turns, take_turns

from zoomdream.network.request import needs_download

Row = dict[str, Any]

OURS, FILM = "zoomdream", "film's step"
CASES = (
    Case("efficientnet-lite0", "block5"),
    Case("efficientnet-lite0", "block9"),
    Case("efficientnet-lite0", "block14"),
    Case("vgg16", "block4_conv3"),
    Case("inception_v3", "mixed5"),
    Case("resnet50", "conv4_block6_out"),
)
SIDES = (256, 512, 1024)
PATIENCE = Patience(20)
QUICK = {"cases": CASES[1:2], "sides": (64,), "patience": ONCE}


def rows(
    cases: tuple[Case, ...] = CASES, sides: tuple[int, ...] = SIDES, patience: Patience = PATIENCE
) -> Iterator[Row]:
    """Yield a row for each network, layer and size, each from a process of its own.

    For the C library keeps the memory of larger pictures that came before, or does not, and PyTorch, which has its
    activations from there, is up to a quarter faster or slower by that.
    """
    for case in cases:
        for side in sides:
            yield apart(_row, case, side, patience)


def _row(case: Case, side: int, patience: Patience) -> Row:
    weights = "random" if needs_download(case.network, None) else "usual"
    named = {"network": case.network, "weights": weights, "layer": case.layer, "side": side}
    return named | beside(case, (side, side), patience)


def beside(case: Case, size: tuple[int, int], patience: Patience, tile: int = 0) -> Row:
    """Return what a step takes beside other ways, which know no tiles, and beside the floor.

    Args:
        size: (width, height) of the picture.
        tile: largest side, in pixels, of what goes through the network at once; 0 for whole pictures.
    """
    network, (width, height) = load(case.network), size
    aim = aimed(network, case)
    idioms = {OURS: ours(network, aim, tile), FILM: film_step(network, aim, tile), **others(network, aim)}
    image = picture(height, width)
    product, operations = floor.matrix_product()
    copy, copied = floor.copy()
    steps = {name: (lambda idiom=idiom: idiom(image)) for name, idiom in idioms.items()}
    turns = take_turns({**steps, "product": product, "copy": copy}, patience)
    least = floor.work(network, case.layer, height, width)
    return {
        "ms": 1000 * turns.seconds(OURS),
        FILM: turns.ratio(FILM, OURS),
        **{f"beside {name}": turns.ratio(name, OURS) for name in idioms if name not in (OURS, FILM)},
        "of the matrix rate": least.operations / operations * turns.ratio("product", OURS),
        "of the copy rate": least.bytes / copied * turns.ratio("copy", OURS),
        "GFLOP": least.operations / 1e9,
        "MB": least.bytes / 1e6,
        "GFLOP/s": _rate(operations, turns, "product"),
        "GB/s": _rate(copied, turns, "copy"),
        **turns.facts(),
    }


def _rate(amount: float, turns: Turns, name: str) -> float:
    return amount / turns.seconds(name) / 1e9
