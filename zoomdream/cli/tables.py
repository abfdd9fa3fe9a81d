"""Tables as the commands print them."""

from rich.console import Console
from rich.table import Table

WIDTH = 120
"""Columns where there is no terminal."""


def table(*columns: str) -> Table:
    """Return an empty table with these headings."""
    rows = Table(box=None, pad_edge=False)
    for column in columns:
        rows.add_column(column, overflow="fold")
    return rows


def print_table(rows: Table) -> None:
    """Print a table to the standard output."""
    print(table_text(rows))


def table_text(rows: Table) -> str:
    """Return a table as lines, as wide as the terminal."""
    console = Console(markup=False, emoji=False, highlight=False)  # a file's name is no markup
    if not console.is_terminal:
        console.width = WIDTH
    with console.capture() as captured:
        console.print(rows)
    return captured.get().rstrip("\n")
