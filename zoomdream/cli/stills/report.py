"""``zoomdream still report``."""

from __future__ import annotations

from typing import Any

import click

from zoomdream.cli.stills import options


@click.command()
@options.pictures
@options.output("Where to write the page, a .html; * stands for the picture's name.  [default: *-report.html]")
@click.option("--target", metavar="ADDRESS", help="What to explain, e.g. class:zebra.  [default: the top class]")
@click.option("--into", metavar="CLASS", help="What its adversarial twin is taken for.  [default: the least likely]")
@options.seed
@options.reporting
def report(target: str | None, into: str | None, **given: Any) -> None:
    """Make a page of HTML about a picture: what the network takes it for, every map, and an adversarial twin.

    The page needs nothing beside itself; pictures with a side of more than 640 pixels are made smaller in it.
    """
    from zoomdream.cli.stills.request import check, split
    from zoomdream.network.addresses import parse_address

    explained = parse_address(target) if target else None
    twin = parse_address(into) if into else None
    request, settings = split(given)
    tasks = check(request, (".html",), "*-report.html")

    from zoomdream.cli.stills.paging import make_pages

    make_pages(request, tasks, explained, twin, settings["seed"])
