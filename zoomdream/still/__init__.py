"""Stills: what a network sees in one picture.

>>> import zoomdream
>>> network = zoomdream.load_network("efficientnet-lite0")   # doctest: +SKIP
>>> where = zoomdream.still.gradcam(network, picture, "class:zebra")   # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoomdream.still.adversarial import fgsm, fool, pgd
    from zoomdream.still.classes import classify
    from zoomdream.still.cutout import segment
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
    from zoomdream.still.faststyle.learning import train_style
    from zoomdream.still.faststyle.painting import load_style, stylise
    from zoomdream.still.features.feature_maps import activations
    from zoomdream.still.features.kernels import filters
    from zoomdream.still.features.map import map_folder
    from zoomdream.still.features.neighbours import neighbours
    from zoomdream.still.features.patches import patches
    from zoomdream.still.octave_dream import dream
    from zoomdream.still.page import report

__all__ = [
    "activations",
    "cam",
    "classify",
    "dream",
    "fgsm",
    "filters",
    "fool",
    "gradcam",
    "gradcam_plus_plus",
    "guided",
    "guided_gradcam",
    "integrated",
    "load_style",
    "map_folder",
    "neighbours",
    "occlusion",
    "patches",
    "pgd",
    "report",
    "saliency",
    "segment",
    "smoothgrad",
    "stylise",
    "train_style",
]

_HOMES = {
    "activations": "features.feature_maps",
    "filters": "features.kernels",
    "map_folder": "features.map",
    "neighbours": "features.neighbours",
    "patches": "features.patches",
    **dict.fromkeys(("fgsm", "fool", "pgd"), "adversarial"),
    "classify": "classes",
    "dream": "octave_dream",
    **dict.fromkeys(("load_style", "stylise"), "faststyle.painting"),
    "report": "page",
    "segment": "cutout",
    "train_style": "faststyle.learning",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: a tensor library takes seconds to load."""
    from importlib import import_module

    if name in __all__:
        return getattr(import_module(f"zoomdream.still.{_HOMES.get(name, 'explain')}"), name)
    raise AttributeError(f"module 'zoomdream.still' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
