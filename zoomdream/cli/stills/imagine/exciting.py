"""The heavy half of ``zoomdream still neuron``, ``class`` and ``multifaceted``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zoomdream.cli.stills.files import queued
from zoomdream.cli.stills.imagine.running import Found, imagine
from zoomdream.cli.stills.imagine.wish import SIZE, Wish
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.catalogue import load_network
from zoomdream.network.network import Network
from zoomdream.picture.image import load_image
from zoomdream.picture.sheet import sheet
from zoomdream.picture.warp import Image
from zoomdream.still.imagine import faces as multi
from zoomdream.still.imagine import ideal
from zoomdream.still.imagine import neuron as neurons
from zoomdream.still.imagine.excite import Excited
from zoomdream.still.imagine.pace import Pace
from zoomdream.still.target import read_target


def show_neuron(
    wish: Wish,
    output: Path,
    address: str,
    *,
    size: tuple[int, int] | None,
    steps: int | None,
    method: str,
    best: int,
    diversity: int | None,
) -> None:
    """Grow and write the picture of a neuron, or several unlike ones beside each other."""
    count, variety = diversity or best, neurons.VARIETY if diversity else 0.0
    steps = neurons.STEPS[method] if steps is None else steps
    asked = {"address": address, "steps": steps, "method": method, "best": best, "diversity": diversity}

    def grow(network: Network, pace: Pace) -> Iterator[Excited]:
        target = read_target(address, network)
        return neurons.grow(network, target, size=size and size[::-1], steps=steps, method=method, count=count,
                            seed=wish.seed, variety=variety, pace=pace)  # fmt: skip

    def finish(network: Network, reached: Excited) -> Found:
        target = read_target(address, network)
        picture, height = neurons.best_of(network, target, reached)
        if diversity:
            picture = sheet(list(reached.pictures))
        record = {"address": str(target), "excitation": height, "steps": reached.step + 1}
        return Found(picture, record, f"{target.title(network)}: excited to {height:.3g}")

    imagine(wish, output, "neuron", asked, grow, finish, _frame(size, count))


def show_class(
    wish: Wish,
    output: Path,
    label: str,
    judges: tuple[str, ...],
    *,
    size: tuple[int, int] | None,
    steps: int,
    objective: str,
    smoothness: float,
    best: int,
) -> None:
    """Grow and write the picture of a class, and tell how sure the network is of it, and what others see."""
    asked = {"class": label, "steps": steps, "objective": objective, "tv": smoothness, "best": best, "judges": judges}
    opinions: list[tuple[str, Network]] = []

    def grow(network: Network, pace: Pace) -> Iterator[Excited]:
        target = read_target(f"class:{label}", network)
        for name in judges:  # now: what is wrong with a judge should not wait for the picture
            opinions.append((name, load_network(name)))
            opinions[-1][1].check_classes()
        return ideal.grow(network, target, size=size and size[::-1], steps=steps, objective=objective,
                          smoothness=smoothness, count=best, seed=wish.seed, pace=pace)  # fmt: skip

    def finish(network: Network, reached: Excited) -> Found:
        target = read_target(f"class:{label}", network)
        picture, sure = ideal.surest(network, target, reached)
        verdicts = {name: ideal.verdict(judge, picture) for name, judge in opinions}
        record: dict[str, Any] = {"class": target.channel, "label": target.title(network), "probability": sure}
        record |= {"judges": {name: [asdict(guess) for guess in guesses] for name, guesses in verdicts.items()}}
        said = [f"{target.title(network)}: {sure:.1%} to {network.name}"]
        said += [f"{guesses[0].title} ({guesses[0].probability:.1%}) to {name}" for name, guesses in verdicts.items()]
        return Found(picture, record, ", ".join(said))

    imagine(wish, output, "class", asked, grow, finish, _frame(size, best))


def show_faces(
    wish: Wish, output: Path, label: str, files: Sequence[Path], faces: int, *, size: tuple[int, int], steps: int
) -> None:
    """Grow and write several faces of a class beside each other; photographs that cannot be read are left out."""
    asked = {"class": label, "pictures": _digest(files), "faces": faces, "steps": steps}

    with queued(files) as queue:

        def grow(network: Network, pace: Pace) -> Iterator[Excited]:
            index = read_target(f"class:{label}", network).channel or 0
            readable: list[Path] = []

            def pictures() -> Iterator[Image]:
                for number, image in (each for some in queue for each in some):
                    readable.append(files[number])
                    yield image

            features = multi.compared(network, pictures())
            starts = multi.beginnings(network, features, lambda number: load_image(readable[number]), faces, wish.seed)
            return multi.grow(network, index, starts, size=size[::-1], steps=steps, seed=wish.seed, pace=pace)

        def finish(network: Network, reached: Excited) -> Found:
            target = read_target(f"class:{label}", network)
            sure = [float(each) for each in ideal.probabilities(network, target, reached.pictures)]
            title = target.title(network)
            shown = sheet(
                list(reached.pictures), [f"{each:.0%} {title}" for each in sure], faces if faces < 5 else None
            )
            record = {"class": target.channel, "label": title, "probabilities": sure}
            return Found(shown, record, f"{faces} faces of {title}")

        imagine(wish, output, "multifaceted", asked, grow, finish, _frame(size, faces))


def _frame(size: tuple[int, int] | None, count: int) -> tuple[int, int]:
    """Return (height, width) of a film that shows pictures beside each other."""
    width, height = size or SIZE
    return height, width * count


def _digest(files: Sequence[Path]) -> str:
    """Return the sha256 (hex) of files one after another; those that cannot be read count by their names."""
    total = hashlib.sha256()
    for file in files:
        try:
            total.update(file.read_bytes())
        except OSError:
            total.update(file.name.encode())
    return total.hexdigest()
