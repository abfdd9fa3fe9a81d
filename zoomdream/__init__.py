"""Turn neural networks inside out and film it.

>>> import zoomdream
>>> frames = zoomdream.movie("reef", seconds=2)   # an iterator of float32 pictures (height, width, 3)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoomdream import still
    from zoomdream.api import load_network, load_preset, movie, save
    from zoomdream.ascent import objectives
    from zoomdream.errors import BadInput, ZoomdreamError
    from zoomdream.inspection import inspect

__all__ = [
    "BadInput",
    "ZoomdreamError",
    "inspect",
    "load_network",
    "load_preset",
    "movie",
    "objectives",
    "save",
    "still",
]

_HOMES = {
    "BadInput": "zoomdream.errors",
    "ZoomdreamError": "zoomdream.errors",
    "inspect": "zoomdream.inspection",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: a tensor library takes seconds to load."""
    from importlib import import_module

    if name == "objectives":
        return import_module("zoomdream.ascent.objectives")
    if name == "still":
        return import_module("zoomdream.still")
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "zoomdream.api")), name)
    raise AttributeError(f"module 'zoomdream' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
