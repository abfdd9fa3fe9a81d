"""``zoomdream still adversarial``."""

from __future__ import annotations

from typing import Any

import click

from zoomdream.cli.stills import options


@click.command()
@options.pictures
@options.output("The changed picture, a .png; * stands for the picture's name.  [default: *-adversarial.png]")
@click.option(
    "--panel",
    "panels",
    metavar="FILE.png",
    multiple=True,
    help="Original, result and their difference side by side.  [default: *-adversarial-panel.png, without -o]",
)
@click.option("--into", metavar="CLASS", help="The class to reach, e.g. class:toaster.  [default: any other]")
@click.option(
    "--method",
    type=click.Choice(("fgsm", "pgd", "fool")),
    default="pgd",
    show_default=True,
    help="One step, many steps within a bound, or the smallest change that does it.",
)
@click.option(
    "--epsilon",
    type=options.Number(0),
    metavar="LEVELS",
    help="The bound, in 1/255.  [default: 2, of fool 8, of l2 one for each value]",
)
@click.option("--norm", type=click.Choice(("linf", "l2")), help="What is bounded, of pgd.  [default: linf]")
@click.option("--steps", type=click.IntRange(1, 100_000), help="Steps of pgd or fool.  [default: 40]")
@click.option("--restarts", type=click.IntRange(1, 1000), help="Climbs of pgd.  [default: 1]")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="Where pgd starts.  [default: 0]")
@options.given  # fmt: skip
def adversarial(panels: tuple[str, ...], into: str | None, method: str, **given: Any) -> None:
    """Change a picture so little that no one sees it, until the network takes it for something else.

    What is written is read again: the class and the bound that are told are those of the file.
    """
    from zoomdream.cli.stills.files import plan
    from zoomdream.cli.stills.request import check, split
    from zoomdream.network.addresses import parse_address

    address = parse_address(into) if into else None
    request, settings = split(given)
    settings = {name: value for name, value in settings.items() if value is not None}
    _check(method, settings)
    tasks = check(request, (".png",), "*-adversarial.png")
    wanted = panels or (() if request.outputs else ("*-adversarial-panel.png",))
    taken = [path for task in tasks for path in task.files]
    shown = plan([task.picture for task in tasks], wanted, (".png",), request.force, taken)

    from zoomdream.cli.stills.attacking import attack_pictures

    attack_pictures(request, tasks, shown, method, address, settings)


def _check(method: str, settings: dict[str, Any]) -> None:
    """Refuse a setting that the method would not read."""
    read = {"fgsm": {"epsilon"}, "fool": {"epsilon", "steps"}}.get(method, settings.keys())
    for name in settings:
        if name not in read:
            raise click.UsageError(f"--{name} means nothing to --method {method}.")
