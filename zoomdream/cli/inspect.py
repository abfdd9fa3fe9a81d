"""``zoomdream inspect``: what made a file, and whether it is whole and good."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of tables; a list for several files.")
def inspect(files: tuple[Path, ...], as_json: bool) -> None:
    """Say what made FILE, whether it is whole, and how its frames are.

    FILE is a film (.mp4 .mkv .webm .mov .gif .webp), a folder of PNGs, or a picture. All frames are decoded, and what
    they are is compared with what the recipe inside the file promises. A film of another make is measured too.

    The exit status is 1 if a file is broken: if it cannot be decoded to its end, or is not what it promises. What
    else strikes the eye (black, duplicate and frozen frames, flicker, a jump, a seam) is said, and is no failure.
    """
    from zoomdream.cli.inspecting import inspect_all

    inspect_all(files, as_json)
