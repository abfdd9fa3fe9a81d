"""Groups of commands that are loaded only when called, so that help comes at once."""

import importlib
from collections.abc import Mapping
from keyword import iskeyword
from typing import Any

import click

from zoomdream.errors import did_you_mean

Table = Mapping[str, tuple[str, str]]
"""Name of a command → (module it is in, what it does)."""


class Lazy(click.Group):
    """A group that imports a command's file when the command is called.

    Args:
        table: all commands.
        sections: title → some of them, for the help; all under one title if not given.
    """

    def __init__(self, *args: Any, table: Table, sections: Mapping[str, Table] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._table, self._sections = table, sections or {"Commands": table}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(self._table)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a command and return it."""
        if name not in self._table:
            return None
        module = importlib.import_module(self._table[name][0])
        command: click.Command = getattr(module, function_name(name))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the commands do, from the table."""
        widest = max(map(len, self._table))
        for title, table in self._sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), text) for name, (_, text) in table.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]):  # type: ignore[no-untyped-def]
        """Find a command; where there is none of that name, name the nearest."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as wrong:
            said = f"There is no command {args[0]!r}{did_you_mean(args[0], self._table)}."
            raise click.UsageError(said, ctx) from wrong


def function_name(command: str) -> str:
    """Return what the function behind a command is called.

    >>> function_name("gradcam++"), function_name("guided-gradcam"), function_name("class")
    ('gradcam_plus_plus', 'guided_gradcam', 'class_')
    """
    name = command.replace("++", "_plus_plus").replace("-", "_")
    return f"{name}_" if iskeyword(name) else name
