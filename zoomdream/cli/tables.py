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
    console = Console()
    (console if console.is_terminal else Console(width=WIDTH)).print(rows)
