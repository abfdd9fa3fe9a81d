"""The command ``zoomdream``: its groups, loaded only when called, and what errors look like."""

import io
import os
import sys
import warnings

import click

from zoomdream.cli.lazy import Lazy
from zoomdream.errors import ZoomdreamError

COMMANDS = {
    "movie": ("zoomdream.cli.movie", "Render a film from a preset."),
    "loop": ("zoomdream.cli.movie", "Render a film that closes onto itself without a seam."),
    "still": ("zoomdream.cli.still", "Ask what a network sees in a picture and why, and what it carries inside."),
    "inspect": ("zoomdream.cli.inspect", "Say what made a film, and whether it is whole and good."),
    "again": ("zoomdream.cli.again", "Render a film anew from what is written inside it, or compare it with that."),
    "jobs": (
        "zoomdream.cli.jobs",
        "List films that were begun and are not finished, go on with one, or throw it away.",
    ),
    "presets": ("zoomdream.cli.presets", "List, show, check and begin presets."),
    "networks": ("zoomdream.cli.networks", "List networks and their layers, and check one."),
}


@click.group(
    cls=Lazy, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="zoomdream")
def cli() -> None:
    """Turn neural networks inside out and film it.

    \b
    zoomdream movie reef -o reef.mp4      a film from a preset
    zoomdream loop reef -o loop.mp4       the same without beginning or end
    zoomdream still gradcam photo.jpg     where a network looks, and why
    zoomdream still class zebra           the picture it is surest of
    zoomdream inspect reef.mp4            what made it, and whether it is whole and good
    zoomdream presets list                what there is to choose from
    """


def main() -> None:
    """Run the command line; every error is one sentence and an exit status."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.filterwarnings("ignore", module="PIL")  # what Pillow skips in a damaged file; set here for all threads
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # a file's name may have letters that the terminal lacks
    try:
        if status := cli.main(standalone_mode=False):
            sys.exit(status)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except ZoomdreamError as wrong:
        click.echo(f"Error: {wrong}", err=True)
        sys.exit(wrong.exit_status)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except MemoryError as why:
        click.echo(f"Error: There is too little memory ({why or 'none is left'}); a smaller size takes less.", err=True)
        sys.exit(ZoomdreamError.exit_status)
    except OSError as why:
        click.echo(f"Error: {why.filename or 'the system'}: {why.strerror or why}.", err=True)
        sys.exit(ZoomdreamError.exit_status)
