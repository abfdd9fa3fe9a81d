"""``zoomdream networks``: which there are, what is in them, and whether they see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zoomdream.cli.tables import print_table, table
from zoomdream.errors import ZoomdreamError
from zoomdream.network.families import FAMILIES, Family, is_path, origin
from zoomdream.network.inputs import INPUT_RANGES
from zoomdream.network.request import RANDOM, check_request

if TYPE_CHECKING:
    from zoomdream.network.network import Network

ALIKE, DOUBTFUL = 1.05, 1.3  # times as bad as the best range: as good as that one, one photo cannot tell


@click.group()
def networks() -> None:
    """Networks: which there are, what is in them, and whether they see."""


@networks.command("list")
def list_networks() -> None:
    """List the networks known by name."""
    rows = table("name", "expects", "size", "classes at", "weights")
    for family in FAMILIES:
        rows.add_row(*_row(family))
    print_table(rows)
    click.echo("Layers take pictures of any size, from some dozens of pixels a side.")
    click.echo("A network of your own: the path of its .keras file.")


def _row(family: Family) -> tuple[str, ...]:
    size = f"{family.size}×{family.size}"
    return family.name, family.input_range, size, f"{size} only" if family.fixed_head else "any size", origin(family)


@networks.command()
@click.argument("name")
@click.option("--all", "everything", is_flag=True, help="Also the inner convolutions, norms and paddings.")
def layers(name: str, everything: bool) -> None:
    """List the layers of the network NAME, first to last, as they are addressed."""
    check_request(name, None, None)

    from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
    from zoomdream.network.catalogue import load_network
    from zoomdream.network.outline import outline

    network = load_network(name, weights=None if is_path(name) else RANDOM)  # the names need no download
    rows = table("layer", "channels", "stride", "kind")
    for layer in outline(network.model):
        if layer.main or everything:
            rows.add_row(layer.name, str(layer.channels), str(layer.stride or "–"), layer.kind)
    print_table(rows)
    click.echo(_classes(network))


def _classes(network: Network) -> str:
    if not network.classes:
        return "It has no classes."
    example = f", for example class:{network.labels[0].replace(' ', '_')}" if network.labels else ""
    return f"class: {network.classes} classes{example}."


@networks.command()
@click.argument("name")
@click.option("--weights", metavar="FILE", help="Weights from a local file, or 'random'.")
@click.option("--input-range", metavar="RANGE", help=f"What the network expects: {', '.join(INPUT_RANGES)}.")
def check(name: str, weights: str | None, input_range: str | None) -> None:
    """Load the network NAME, show it a photo of a cat, and test what it expects as input."""
    check_request(name, weights, input_range)

    from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
    from zoomdream.network.catalogue import load_network
    from zoomdream.network.proof import folding_error

    network = load_network(name, weights=weights, input_range=input_range)
    picture = _photo(network.size)
    click.echo(f"{network.name}: {len(network.channels)} layers, weights sha256 {network.weights[:16]}.")
    error = folding_error(network, picture)
    click.echo(f"{network.folded} batch norms folded into convolutions; that changes the output by {error:.1e}.")
    if error > 1e-4:
        raise ZoomdreamError(f"Folding changes the output of {network.name} by {error:.1e}, more than 1e-4.")
    _check_sight(network, picture, trained=weights != "random")


def _check_sight(network: Network, picture: Any, trained: bool) -> None:
    from zoomdream.network.proof import classify

    if network.classes:
        _print_top(network, classify(network, picture))
    if trained:
        _check_range(network, picture)
    else:
        click.echo("Its weights are random, so what it expects as input cannot be tested.")


def _print_top(network: Network, probabilities: Any) -> None:
    rows = table("class", "shown a photo of a cat, it sees", "probability")
    for index in probabilities.argsort()[::-1][:3]:
        label = network.labels[index] if network.labels else "–"
        rows.add_row(str(index), label, f"{probabilities[index]:.3f}")
    print_table(rows)


def _check_range(network: Network, picture: Any) -> None:
    """Compare the declared input range with all others, by training statistics, or else by the cat."""
    from zoomdream.network.proof import cat_shares, strangeness

    declared = next(name for name, known in INPUT_RANGES.items() if known == network.input_range)
    strange = strangeness(network, picture)
    shares = cat_shares(network, picture) if network.labels else {}
    if not strange and not shares:
        click.echo("It has neither batch norms nor classes of known names: its input range cannot be tested.")
        return
    _print_ranges(strange, shares, declared)
    badness = strange or {name: 1 / max(share, 1e-9) for name, share in shares.items()}
    best = min(badness, key=lambda name: badness[name])
    click.echo(_verdict(network.name, declared, best, badness[declared] / badness[best]))


def _verdict(name: str, declared: str, best: str, ratio: float) -> str:
    """Return what to make of a declared range that is ``ratio`` times as bad as the best one.

    Raises:
        ZoomdreamError: it is so bad that the network must have been trained on something else.
    """
    if ratio > DOUBTFUL:
        raise ZoomdreamError(
            f"{name} was not trained on the input range {declared}, more likely on {best}: give --input-range {best}."
        )
    if ratio > ALIKE:
        return (
            f"The declared input range {declared} is plausible; {best} fits a little better, as one photo cannot tell."
        )
    return f"The declared input range {declared} is the most plausible one."


def _print_ranges(strange: dict[str, float], shares: dict[str, float], declared: str) -> None:
    rows = table("input range", "strangeness", "probability of a cat", "")
    for name in INPUT_RANGES:
        values = (f"{found[name]:.3f}" if found else "–" for found in (strange, shares))
        rows.add_row(name, *values, "declared" if name == declared else "")
    print_table(rows)
    if strange:
        click.echo("Strangeness: how far the photo is, in that range, from what its batch norms remember of training.")


def _photo(size: tuple[int, int]) -> Any:
    """Return the middle of the shipped photo at (height, width), RGB in [0, 1]."""
    from zoomdream.picture.image import load_image
    from zoomdream.picture.warp import resize
    from zoomdream.samples import sample

    picture = load_image(sample("cat.jpg"))
    side = min(picture.shape[:2])
    top, left = ((whole - side) // 2 for whole in picture.shape[:2])
    return resize(picture[top : top + side, left : left + side], size)
