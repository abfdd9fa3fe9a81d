"""A request for a network, checked without loading one."""

from pathlib import Path

from zoomdream.errors import BadInput
from zoomdream.names import check_name
from zoomdream.network.archive import check_archive
from zoomdream.network.families import cached_file, find_family, is_path
from zoomdream.network.inputs import input_range as named_range

RANDOM = "random"


def check_request(name: str, weights: str | Path | None, input_range: str | None) -> None:
    """Refuse what :func:`zoomdream.load_network` would refuse, as far as that shows without a tensor library.

    Raises:
        BadInput: unknown name or range, or a file that is missing or is no network.
    """
    if input_range is not None:
        named_range(input_range)
    if is_path(name):
        check_archive(Path(name))
        if weights is not None:
            raise BadInput(f"{name} carries its own weights: leave --weights out.")
    else:
        find_family(name)
    if weights is not None and weights != RANDOM:
        check_name(Path(weights))
        if not Path(weights).is_file():
            raise BadInput(f"There is no weights file {weights}.")


def needs_download(name: str, weights: str | Path | None) -> bool:
    """Say whether :func:`zoomdream.load_network` would download weights; ``BadInput`` for an unknown name."""
    if weights is not None or is_path(name):
        return False
    family = find_family(name)
    return bool(family.file) and not cached_file(family).is_file()
