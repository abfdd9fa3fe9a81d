"""The heavy half of ``zoomdream still neuron`` and ``zoomdream still class``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zoomdream.ascent.ascend import Reached
from zoomdream.cli.stills.files import queued
from zoomdream.cli.stills.imagine.running import Found, Growth, imagine
from zoomdream.cli.stills.imagine.wish import SIZE, Wish
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.catalogue import load_network
from zoomdream.network.network import Network
from zoomdream.picture.sheet import sheet
from zoomdream.still.imagine import faces as multi
from zoomdream.still.imagine import ideal
from zoomdream.still.imagine import neuron as neurons
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
    asked = {"address": address, "size": size, "steps": steps, "method": method, "best": best, "diversity": diversity}

    def grow(network: Network, pace: Pace) -> Growth:
        target = read_target(address, network)
        return neurons.grow(network, target, size=size and size[::-1], steps=steps, method=method, count=count,
                            seed=wish.seed, variety=variety, pace=pace)  # fmt: skip

    def finish(network: Network, reached: Reached) -> Found:
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
    asked = {"class": label, "size": size, "steps": steps, "objective": objective, "tv": smoothness, "best": best}

    def grow(network: Network, pace: Pace) -> Growth:
        target = read_target(f"class:{label}", network)
        return ideal.grow(network, target, size=size and size[::-1], steps=steps, objective=objective,
                          smoothness=smoothness, count=best, seed=wish.seed, pace=pace)  # fmt: skip

    def finish(network: Network, reached: Reached) -> Found:
        target = read_target(f"class:{label}", network)
        picture, sure = ideal.surest(network, target, reached)
        opinions = {name: ideal.verdict(load_network(name), picture) for name in judges}
        record: dict[str, Any] = {"class": target.channel, "label": target.title(network), "probability": sure}
        record |= {"judges": {name: [asdict(guess) for guess in guesses] for name, guesses in opinions.items()}}
        said = [f"{target.title(network)}: {sure:.1%} to {network.name}"]
        said += [f"{guesses[0].title} ({guesses[0].probability:.1%}) to {name}" for name, guesses in opinions.items()]
        return Found(picture, record, ", ".join(said))

    imagine(wish, output, "class", asked, grow, finish, _frame(size, best))


def show_faces(
    wish: Wish, output: Path, label: str, files: Sequence[Path], faces: int, *, size: tuple[int, int], steps: int
) -> None:
    """Grow and write several faces of a class beside each other; photographs that cannot be read are left out."""
    asked = {"class": label, "pictures": len(files), "faces": faces, "size": size, "steps": steps}

    with queued(files) as queue:

        def grow(network: Network, pace: Pace) -> Growth:
            index = read_target(f"class:{label}", network).channel or 0
            pictures = [multi.seen(network, image) for some in queue for _, image in some]
            starts = multi.beginnings(network, pictures, faces, wish.seed)
            return multi.grow(network, index, starts, size=size[::-1], steps=steps, seed=wish.seed, pace=pace)

        def finish(network: Network, reached: Reached) -> Found:
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
