"""``zoomdream presets``: list, show, check, new, schema."""

import json
from pathlib import Path

import click

from zoomdream.errors import BadInput


@click.group()
def presets() -> None:
    """List, show, check and begin presets."""


@presets.command("list")
def list_() -> None:
    """Show all presets, a line each."""
    from zoomdream.shelf import library

    shown = library()
    width = max(len(preset.name) for preset in shown)
    for preset in shown:
        click.echo(f"{preset.name:<{width}}  {preset.look}")


@presets.command()
@click.argument("name", metavar="PRESET")
def show(name: str) -> None:
    """Print a preset, a name or a path, as it is written."""
    from zoomdream.shelf import LARGEST, find_preset

    path = find_preset(name)
    if path.stat().st_size > LARGEST:
        raise BadInput(f"{path} is too large for a preset, which has at most {LARGEST} bytes.")
    try:
        click.echo(path.read_text(encoding="utf-8"), nl=False)
    except ValueError as why:
        raise BadInput(f"{path} is not a text in UTF-8.") from why


@presets.command()
@click.argument("names", metavar="FILE...", nargs=-1, required=True)
def check(names: tuple[str, ...]) -> None:
    """Say whether presets are right, and if not which field is wrong; the network is looked into when rendering."""
    from zoomdream.film.pictures import check_pictures
    from zoomdream.network.request import check_request
    from zoomdream.presets import load_preset

    wrong = 0
    for name in names:
        try:
            film = load_preset(name)
            check_request(film.network, None, None)
            check_pictures(film)
        except BadInput as why:
            wrong += 1
            click.echo(f"Error: {why}", err=True)
        else:
            click.echo(f"{name}: a good preset, {film.title!r}, {film.seconds:g} s on {film.network}.")
    if wrong:
        raise click.exceptions.Exit(BadInput.exit_status)


@presets.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def new(file: Path, force: bool) -> None:
    """Write a preset to begin with: every setting at its default, with its meaning."""
    from zoomdream.presets import new_document

    if file.suffix != ".toml":
        raise BadInput(f"{file}: a preset's name ends in .toml.")
    if file.exists() and not force:
        raise BadInput(f"{file} exists; add --force to replace it.")
    if not file.parent.is_dir():
        raise BadInput(f"There is no folder {file.parent}.")
    try:
        file.write_text(new_document(), encoding="utf-8")
    except OSError as why:
        raise BadInput(f"{file} cannot be written: {why.strerror}.") from why
    click.echo(f"Wrote {file}; render it with: zoomdream movie {file}")


@presets.command()
def schema() -> None:
    """Print the JSON Schema of presets, for editors and other programs."""
    from zoomdream.presets import schema

    click.echo(json.dumps(schema(), indent=2))
