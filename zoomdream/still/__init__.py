"""Stills: what a network sees in a picture, and what it carries inside.

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
    from zoomdream.still.imagine.faces import multifaceted
    from zoomdream.still.imagine.gram_texture import texture
    from zoomdream.still.imagine.ideal import ideal
    from zoomdream.still.imagine.inversion import invert
    from zoomdream.still.imagine.many import sheet
    from zoomdream.still.imagine.neighbour_texture import neighbour_texture
    from zoomdream.still.imagine.neuron import diverse, neuron
    from zoomdream.still.imagine.style import style
    from zoomdream.still.octave_dream import dream
    from zoomdream.still.page import report

__all__ = [
    "activations",
    "cam",
    "classify",
    "diverse",
    "dream",
    "fgsm",
    "filters",
    "fool",
    "gradcam",
    "gradcam_plus_plus",
    "guided",
    "guided_gradcam",
    "ideal",
    "integrated",
    "invert",
    "load_style",
    "map_folder",
    "multifaceted",
    "neighbour_texture",
    "neighbours",
    "neuron",
    "occlusion",
    "patches",
    "pgd",
    "report",
    "saliency",
    "segment",
    "sheet",
    "smoothgrad",
    "style",
    "stylise",
    "texture",
    "train_style",
]

_MODULES = {
    "adversarial": (
        "fgsm",
        "fool",
        "pgd",
    ),
    "classes": ("classify",),
    "cutout": ("segment",),
    "explain": (
        "cam",
        "gradcam",
        "gradcam_plus_plus",
        "guided",
        "guided_gradcam",
        "integrated",
        "occlusion",
        "saliency",
        "smoothgrad",
    ),
    "faststyle.learning": ("train_style",),
    "faststyle.painting": (
        "load_style",
        "stylise",
    ),
    "features.feature_maps": ("activations",),
    "features.kernels": ("filters",),
    "features.map": ("map_folder",),
    "features.neighbours": ("neighbours",),
    "features.patches": ("patches",),
    "imagine.faces": ("multifaceted",),
    "imagine.gram_texture": ("texture",),
    "imagine.ideal": ("ideal",),
    "imagine.inversion": ("invert",),
    "imagine.many": ("sheet",),
    "imagine.neighbour_texture": ("neighbour_texture",),
    "imagine.neuron": (
        "diverse",
        "neuron",
    ),
    "imagine.style": ("style",),
    "octave_dream": ("dream",),
    "page": ("report",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: a tensor library takes seconds to load."""
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(f"zoomdream.still.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'zoomdream.still' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
