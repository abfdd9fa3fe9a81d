"""How fast everything is: each part a table, then the bars, and all of it in one JSON document.

Run it through ``scripts/bench``. Ratios are what counts: machines differ, and others may be at work on them.
"""

import json
import time
from collections.abc import Collection
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import bars
import click
import machine
from apart import apart
from idioms import why_not_torch
from rich.console import Console
from rich.table import Column, Table

from zoomdream.reel.job.whole import write_whole

Row = dict[str, Any]

PARTS = {
    "steps": "Gradient steps",
    "growth": "Gradient steps of a film, in tiles",
    "rounding": "Films with rounded convolutions beside the usual ones",
    "film": "A whole film, parts of its time",
    "functions": "Compiled functions and memory along a film",
    "memory": "Peak memory of a film",
    "start": "From the start to the first key",
    "stills": "Stills",
    "imagine": "Growing pictures",
}
"""Part, which is a module here that yields rows → title of its table."""
INSTALL = ".venv/bin/pip install -e '.[bench]'"
ELSEWHERE = "Move it away, or name another one with -o."
WIDTH, WIDEST = 100, 1000
"""Columns of a table that goes to a file, at least and at most."""


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)))
@click.option("--quick", is_flag=True, help="The smallest of everything, once: for a test, not for its numbers.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The document: parts that are measured replace those of an earlier one, the others stay.  "
    "[default: bench.json; with --quick, bench-quick.json]",
)
def main(parts: tuple[str, ...], quick: bool, output: Path | None) -> None:
    """Measure all PARTS, or some, and write what came out."""
    import quiet  # noqa: F401

    output = output or Path("bench-quick.json" if quick else "bench.json")
    document = _earlier(output, parts or tuple(PARTS))
    _write(output, document)
    if why := _without_torch():
        click.echo(f"{why}, so nothing is compared with it.", err=True)
    for part in parts or PARTS:
        document["parts"][part] = {"quick": quick, **_measured(part, quick)}
        document["bars"] = _judged(document, PARTS)
        _write(output, document)
    _show("Bars", document["bars"])
    click.echo(f"Wrote {output}")


def _earlier(file: Path, again: Collection[str]) -> dict[str, Any]:
    """Return a document to add to, or a new one.

    Refused is one that is something else, and one that lacks a column which is judged, but for parts measured again.
    """
    try:
        document = json.loads(file.read_text()) if file.exists() else {"parts": {}}
        _judged(document, set(document["parts"]) - set(again))
    except OSError as why:
        raise click.ClickException(f"{file} cannot be read: {why.strerror}.") from why
    except KeyError as column:
        raise click.ClickException(f"{file} is of an earlier version, without {column}. {ELSEWHERE}") from column
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as why:
        raise click.ClickException(f"{file} is no document of measurements. {ELSEWHERE}") from why
    return document


def _write(file: Path, document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    try:
        write_whole(file, lambda whole: whole.write(text.encode()))
    except OSError as why:
        raise click.ClickException(f"{file} cannot be written: {why.strerror}.") from why


def _judged(document: dict[str, Any], parts: Collection[str]) -> list[Row]:
    """Return the bars of some parts; none of what was tried quickly."""
    found = {part: measured for part, measured in document["parts"].items() if part in parts}
    return list(bars.judged({part: each["rows"] for part, each in found.items() if not each.get("quick")}))


def _without_torch() -> str:
    """Return why nothing can be compared with PyTorch; nothing where it can."""
    if not find_spec("torch"):
        return f"PyTorch is not installed ({INSTALL})"
    return apart(why_not_torch)


def _measured(part: str, quick: bool) -> dict[str, Any]:
    """Return the rows of a part, what was at work before and after, how long it took, and on what machine."""
    module, before, began = import_module(part), machine.load(), time.monotonic()
    rows = []
    for row in module.rows(**(module.QUICK if quick else {})):
        click.echo(f"{part}: {' '.join(map(_text, row.values()))}", err=True)
        rows.append(row)
    after, seconds = machine.load(), time.monotonic() - began
    _show(f"{PARTS[part]}; load {before[0]} before, {after[0]} after, {seconds:.0f} s", rows)
    facts = {"commit": machine.commit(), "machine": machine.facts()}
    return {**facts, "load": [before, after], "seconds": round(seconds, 1), "rows": rows}


def _show(title: str, rows: list[Row]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([_text(row.get(name, "")) for name in names] for row in rows)]
    if len(rows) < len(names) // 2:
        lines = list(zip(*lines, strict=True))
    table = Table(*(Column(name, overflow="fold") for name in lines[0]), title=title, title_justify="left")
    for line in lines[1:]:
        table.add_row(*line)
    console = Console()
    if not console.is_terminal:  # a file is as wide as it has to be
        console.width = max(WIDTH, console.measure(table, options=console.options.update(width=WIDEST)).maximum)
    console.print(table)


def _text(value: object) -> str:
    """Return a number with three digits that count.

    >>> _text(0.12345), _text(12.345), _text(1234.5), _text(True)
    ('0.123', '12.3', '1234', 'yes')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    main()
