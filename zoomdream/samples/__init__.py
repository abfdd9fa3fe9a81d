"""Small pictures that come with the program.

``cat.jpg``: the cat Chelsea, photographed by Stéfan van der Walt, dedicated to the public domain (CC0).
``dusk.jpg``: an evening sky over water, painted in numbers for this program.
"""

from importlib.resources import files
from pathlib import Path

from zoomdream.errors import BadInput

SAMPLES = ("cat.jpg", "dusk.jpg")


def sample(name: str) -> Path:
    """Return the path of a picture that comes with the program.

    >>> sample("cat.jpg").is_file()
    True

    Raises:
        BadInput: there is no such picture; the message lists those that exist.
    """
    if name not in SAMPLES:
        raise BadInput(f"There is no sample {name!r}; there are {', '.join(SAMPLES)}.")
    return Path(str(files(__name__) / name))
