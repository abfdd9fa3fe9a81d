"""What can be the name of a file at all."""

import errno
from pathlib import Path

from zoomdream.errors import BadInput, shown


def check_name(path: Path) -> None:
    """Refuse what no file can be called, whether or not there is one: a name too long, or with a zero byte in it."""
    try:
        path.stat()
    except ValueError as why:
        raise BadInput(f"{shown(str(path))} cannot be the name of a file ({why}).") from why
    except OSError as why:
        if why.errno == errno.ENAMETOOLONG:
            raise BadInput(f"{shown(str(path))} is too long for the name of a file.") from why
