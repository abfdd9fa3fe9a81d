"""Sizes on the command line."""

from __future__ import annotations

from typing import Any

import click


class Size(click.ParamType[tuple[int, int]]):
    """``WIDTHxHEIGHT`` in pixels; with ``square`` also one number for both."""

    name = "WxH"

    def __init__(self, square: bool = False) -> None:
        self._square = square

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return (width, height)."""
        width, cross, height = str(value).lower().partition("x")
        if self._square and not cross:
            height = width
        if not (width.isdecimal() and height.isdecimal()) or not all(16 <= int(n) <= 16384 for n in (width, height)):
            self.fail(f"{value!r} is not a size: write WIDTHxHEIGHT in pixels, from 16 to 16384, e.g. 1280x720.")
        return int(width), int(height)
