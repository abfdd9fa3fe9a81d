"""Stills: what a network sees in one picture.

>>> import zoomdream
>>> network = zoomdream.load_network("efficientnet-lite0")   # doctest: +SKIP
>>> where = zoomdream.still.gradcam(network, picture, "class:zebra")   # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoomdream.still.explain import (
        cam,
        gradcam,
        gradcam_plus_plus,
        guided,
        guided_gradcam,
        integrated,
        occlusion,
        saliency,
        smoothgrad,
    )

_HOMES = {
    "zoomdream.still.explain": (
        *("saliency", "smoothgrad", "integrated", "guided"),
        *("gradcam", "gradcam_plus_plus", "cam", "guided_gradcam", "occlusion"),
    ),
}

__all__ = [
    "cam",
    "gradcam",
    "gradcam_plus_plus",
    "guided",
    "guided_gradcam",
    "integrated",
    "occlusion",
    "saliency",
    "smoothgrad",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: a tensor library takes seconds to load."""
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'zoomdream.still' has no attribute {name!r}")
