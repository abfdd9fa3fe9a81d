"""The bars: what each measurement should at least, or at most, come to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Row = Mapping[str, Any]
Rows = Sequence[Row]

BOTH = "MB with the encoder"
LITE, VGG, INCEPTION, RESNET = "efficientnet-lite0", "vgg16", "inception_v3", "resnet50"


class NotMeasured(Exception):
    """A row is not there, or another way that was not installed."""


class Bar(NamedTuple):
    """A measurement with what it should come to.

    Attributes:
        name: what is measured.
        part: where its rows are.
        value: rows → number; raises `NotMeasured` where the row, or what it is compared with, is missing.
        bound: the least that is good enough, or the most.
        least: which of the two.
    """

    name: str
    part: str
    value: Callable[[Rows], float]
    bound: float
    least: bool = True


def _row(**wanted: Any) -> Callable[[Rows], Row]:
    """Return what finds the row that says so."""

    def find(rows: Rows) -> Row:
        for row in rows:
            if all(row[key] == wanted[key] for key in wanted):
                return row
        raise NotMeasured

    return find


def _step(network: str, layer: str, side: int, beside: str, bound: float) -> Bar:
    find = _row(network=network, layer=layer, side=side)

    def value(rows: Rows) -> float:
        row = find(rows)
        if "PyTorch" in beside and beside not in row:
            raise NotMeasured
        return row[beside]

    return Bar(f"{network} to {layer} at {side}²: {beside}", "steps", value, bound)


def _lite(side: int, keras: float) -> Iterator[Bar]:
    for beside, bound in (("beside plain Keras", keras), ("beside PyTorch", 2.5), ("beside PyTorch tuned", 1.25)):
        yield _step(LITE, "block9", side, beside, bound)


def _vgg(side: int) -> Iterator[Bar]:
    bounds = {
        "beside plain Keras": 1.15,
        "beside PyTorch": 1.3,
        "beside PyTorch tuned": 1.05,
        "of the matrix rate": 0.85,
    }
    for beside, bound in bounds.items():
        yield _step(VGG, "block4_conv3", side, beside, bound)


def _job(rows: Rows) -> Row:
    """Return the row of a film that is rendered as ``zoomdream movie`` does."""
    return _row(way="as a job")(rows)


def _memory(size: str, of: str = "MB") -> Callable[[Rows], float]:
    return lambda rows: _row(size=size)(rows)[of]


def _larger(rows: Rows) -> float:
    return _memory("7680×4320")(rows) / _memory("3840×2160")(rows) - 1


def _growth(rows: Rows) -> float:
    larger = [row["per pixel, of the smallest"] for row in rows[1:]]
    if not larger:
        raise NotMeasured
    return float(max(larger) - 1)


def _compiled(rows: Rows) -> float:
    return float(rows[0]["at the end"] - rows[0]["early"])


def _leaked(rows: Rows) -> float:
    return float(rows[0]["MB at the end"] / rows[0]["MB early"] - 1)


BARS = (
    *_lite(512, 1.45),
    *_lite(1024, 1.5),
    *(bar for side in (512, 1024) for bar in _vgg(side)),
    *(_step(INCEPTION, "mixed5", side, "beside plain Keras", 1.3) for side in (512, 1024)),
    *(_step(RESNET, "conv4_block6_out", side, "beside plain Keras", 1.3) for side in (512, 1024)),
    Bar("film: all but the gradient steps", "film", lambda rows: _job(rows)["all but steps"], 0.25, False),
    Bar("film: all but bare gradients", "film", lambda rows: _job(rows)["all but bare gradients"], 0.25, False),
    Bar("film: the encoder's share of the time", "film", lambda rows: _job(rows)["encoder's share"], 0.1, False),
    Bar("time per pixel up to 4096×2160, more than at 256²", "growth", _growth, 0.15, False),
    Bar("memory of a film at 3840×2160, MB", "memory", _memory("3840×2160"), 4000, False),
    Bar("memory of a film at 3840×2160 and of its encoder, MB", "memory", _memory("3840×2160", BOTH), 4000, False),
    Bar("memory of a film at 7680×4320, MB", "memory", _memory("7680×4320"), 5000, False),
    Bar("memory of a film at 7680×4320 and of its encoder, MB", "memory", _memory("7680×4320", BOTH), 5000, False),
    Bar("memory at 7680×4320, more than at 3840×2160", "memory", _larger, 0.25, False),
    Bar("start to the first key, of importing TensorFlow", "start", lambda rows: rows[0]["times as long"], 1.5, False),
    Bar("functions compiled during a film", "functions", _compiled, 0, False),
    Bar("memory at the end of a film, more than early", "functions", _leaked, 0.05, False),
)


def judged(parts: Mapping[str, Rows]) -> Iterator[Row]:
    """Yield a row for each bar that was measured."""
    for bar in [bar for bar in BARS if bar.part in parts]:
        try:
            value = bar.value(parts[bar.part])
        except NotMeasured:
            continue
        met = value >= bar.bound if bar.least else value <= bar.bound
        yield {"bar": bar.name, "measured": value, "met": met, "at least" if bar.least else "at most": bar.bound}
