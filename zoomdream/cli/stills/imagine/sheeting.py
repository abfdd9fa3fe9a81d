"""The heavy half of ``zoomdream still sheet``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from zoomdream.cli.recipe import recipe
from zoomdream.cli.signals import Stopper
from zoomdream.cli.stills.files import reporting, written
from zoomdream.cli.stills.imagine.watching import Watched, pace_of
from zoomdream.cli.stills.imagine.wish import Wish
from zoomdream.cli.stills.running import write_all
from zoomdream.errors import BadInput
from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.addresses import channels_of
from zoomdream.network.network import Network
from zoomdream.picture.image import load_image, save_image
from zoomdream.reel.provenance import pack, read_metadata, unpack
from zoomdream.still.imagine import many
from zoomdream.still.imagine.many import Grown
from zoomdream.still.target import Target

MACHINE = "machine"
"""Part of a recipe that may differ where a picture is taken from an earlier run."""


class Tiles:
    """The files of a sheet's pictures, each with its recipe.

    Args:
        made: recipe that they have in common.
    """

    def __init__(self, folder: Path, made: dict[str, Any], force: bool) -> None:
        self._folder, self._force = folder, force
        self._made = unpack(pack(made)) or {}  # as it will be read again
        folder.mkdir(exist_ok=True)

    def file(self, target: Target) -> Path:
        """Return where a neuron's picture is."""
        return self._folder / f"{quote(target.layer, safe='')}-{target.channel}.png"

    def find(self, target: Target) -> Grown | None:
        """Return a neuron's picture from an earlier run, ``None`` if there is none.

        Raises:
            BadInput: there is a picture, but it was made otherwise and may not be replaced.
        """
        file = self.file(target)
        with suppress(BadInput):  # one that cannot be read is none
            found = read_metadata(file) if file.is_file() else None
            if found and self._same(found, target):
                picture = load_image(file)
                return Grown(target, None if found.get("dead") else picture, (picture.shape[0], picture.shape[1]))
        if file.exists() and not self._force:
            raise BadInput(f"{file} exists and was made otherwise, or is damaged; --force replaces it.")
        return None

    def keep(self, grown: Grown) -> None:
        """Write a picture; a dead neuron's is plain, and its recipe says so."""
        note = pack({**self._recipe(grown.target), "dead": grown.picture is None})
        with written(self.file(grown.target), force=True) as part:
            save_image(part, many.tile(grown), note)

    def _recipe(self, target: Target) -> dict[str, Any]:
        return {**self._made, "address": str(target)}

    def _same(self, found: dict[str, Any], target: Target) -> bool:
        wanted = self._recipe(target)
        return all(found.get(key) == value for key, value in wanted.items() if key != MACHINE)


def show_sheet(
    wish: Wish,
    output: Path,
    layers: Sequence[str],
    everything: bool,
    *,
    neurons: int,
    size: tuple[int, int],
    steps: int,
) -> None:
    """Grow and write a sheet and its pictures, those left out that an earlier run has grown."""
    records: list[dict[str, Any]] = []
    with Stopper("batch") as stopper, reporting(records, wish.as_json):
        network = wish.load_network()
        targets = _targets(network, layers, everything, neurons, size, wish.seed)
        asked = {"size": list(size), "steps": steps, "seed": wish.seed}
        tiles = Tiles(output.with_suffix(""), recipe("still neuron", asked, network), wish.force)
        found = {target: tiles.find(target) for target in targets}
        left = [target for target in targets if found[target] is None]
        pace = Watched(pace_of(wish))
        growth = many.grow(network, left, size=size[::-1], steps=steps, seed=wish.seed, pace=pace)
        for some in stopper.watch(_told(growth, pace, len(left))):
            for grown in some:
                tiles.keep(grown)
                found[grown.target] = grown
        done = [each for each in found.values() if each]
        note = pack(recipe("still sheet", {**asked, "addresses": [str(target) for target in targets]}, network))
        picture = many.arrange(done)
        files = write_all([output], wish.force, partial(save_image, image=picture, note=note))
        dead = [str(each.target) for each in done if each.picture is None]
        records += [{"address": str(each.target), "dead": each.picture is None,
                     "files": [str(tiles.file(each.target)), str(output)]} for each in done]  # fmt: skip
        if not wish.as_json:
            said = f"; dead: {', '.join(dead)}" if dead else ""
            click.echo(f"{len(done)} neurons, {len(left)} of them grown now{said}; wrote {files} and {output.stem}/")


def _targets(
    network: Network, layers: Sequence[str], everything: bool, neurons: int, size: tuple[int, int], seed: int
) -> list[Target]:
    if everything:
        return many.draw(network, layers, channels_of(network, layers[0]), seed)
    return many.draw(network, layers or many.spread(network, size[::-1]), neurons, seed)


def _told(growth: Iterator[list[Grown]], pace: Watched, count: int) -> Iterator[list[Grown]]:
    """Pass pictures on, telling how many there are."""
    done = 0
    pace.before = f"{done} of {count} neurons, "
    for some in growth:
        done += len(some)
        pace.before = f"{done} of {count} neurons, "
        yield some
