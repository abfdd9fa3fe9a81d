"""What a Python user calls to explain a picture: one function for each kind, from a picture to an array of its size.

All take a network, a picture (H, W, 3), RGB in [0, 1], a target (an address such as ``class:zebra`` or
``block9:4@7,9``, or a class's number; the top class if not given) and ``fit``, how the picture comes to the network's
size: ``crop``, ``pad`` or ``stretch``. They return float32 arrays at the picture's own size, 0 where the network saw
nothing, in the score's units (of a class: its logit), and raise ``BadInput`` for a target that does not exist.
"""

import warnings
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoomdream.network import backend  # noqa: F401  first, so that the tensor library starts quietly
from zoomdream.network.network import Network
from zoomdream.picture.fit import Mode
from zoomdream.picture.warp import Image
from zoomdream.still import class_maps, covering, path, sensitivity
from zoomdream.still.maps import Method, Reading, explain

Map = NDArray[np.float32]


def _map(method: Method, network: Network, image: Image, target: Reading, fit: Mode, **options: Any) -> Map:
    return explain(network, image, partial(method, **options), target, fit).values


def saliency(network: Network, image: Image, target: Reading = None, *, fit: Mode = "crop") -> Map:
    """Return (H, W), ≥ 0: max over RGB of |∂S/∂x| per pixel the network sees (Simonyan et al., 2014, §3)."""
    return _map(sensitivity.saliency, network, image, target, fit)


def smoothgrad(
    network: Network,
    image: Image,
    target: Reading = None,
    *,
    copies: int = sensitivity.COPIES,
    noise: float = sensitivity.NOISE,
    seed: int = 0,
    fit: Mode = "crop",
) -> Map:
    """Return (H, W), ≥ 0: the saliency of the mean gradient over noisy copies (Smilkov et al., 2017, §3).

    Args:
        copies: how many.
        noise: standard deviation of the noise, in parts of the picture's own range.
        seed: decides the noise.
    """
    return _map(sensitivity.smoothgrad, network, image, target, fit, copies=copies, noise=noise, seed=seed)


def integrated(
    network: Network,
    image: Image,
    target: Reading = None,
    *,
    baseline: float = 0.0,
    gap: float = path.GAP,
    fit: Mode = "crop",
) -> Map:
    """Return (H, W), signed: how much of the score's rise from a plain picture each pixel makes (Sundararajan et al.,
    2017, §3), its values per pixel that the network sees.

    Args:
        baseline: grey value of the plain picture, in [0, 1].
        gap: completeness gap that is small enough, relative to the rise; at most 512 points are taken to reach it.
    """
    found = explain(network, image, partial(path.integrated, baseline=baseline, gap=gap), target, fit)
    if not found.facts["complete"]:
        told = f"{found.facts['gap']:.2%} after {found.facts['points']:.0f} points"
        warnings.warn(f"The completeness gap of the integrated gradients is still {told}.", stacklevel=2)
    return found.values


def guided(network: Network, image: Image, target: Reading = None, *, fit: Mode = "crop") -> Map:
    """Return (H, W, 3), signed: the gradient that drops what is negative at every ReLU (Springenberg et al., 2015).

    Raises:
        BadInput: a nonlinearity on the way is like a ReLU but is none, such as a swish.
    """
    return _map(sensitivity.guided, network, image, target, fit)


def gradcam(
    network: Network,
    image: Image,
    target: Reading = None,
    *,
    layer: str | None = None,
    relu: bool = True,
    fit: Mode = "crop",
) -> Map:
    """Return (H, W): ReLU(Σ w_k·A_k), w_k = mean over places of ∂S/∂A_k (Selvaraju et al., 2017, §3).

    Args:
        layer: whose activations A are weighed; the last one with rows and columns if not given.
        relu: keep only what speaks for the target; without it the map is signed.
    """
    return _map(class_maps.gradcam, network, image, target, fit, layer=layer, relu=relu)


def gradcam_plus_plus(
    network: Network,
    image: Image,
    target: Reading = None,
    *,
    layer: str | None = None,
    relu: bool = True,
    fit: Mode = "crop",
) -> Map:
    """Return (H, W): Grad-CAM with weights that count each place's own gradient (Chattopadhay et al., 2018, §3.2).

    Args:
        layer: whose activations are weighed; the last one with rows and columns if not given.
        relu: keep only what speaks for the target; without it the map is signed.
    """
    return _map(class_maps.gradcam_plus_plus, network, image, target, fit, layer=layer, relu=relu)


def cam(network: Network, image: Image, target: Reading = None, *, fit: Mode = "crop") -> Map:
    """Return (H, W), signed: Σ_k W_kc·A_k of a class c (Zhou et al., 2016, §2).

    Raises:
        BadInput: the target is no class, or the head does not pool a layer and stay linear from there on.
    """
    return _map(class_maps.cam, network, image, target, fit)


def guided_gradcam(
    network: Network, image: Image, target: Reading = None, *, layer: str | None = None, fit: Mode = "crop"
) -> Map:
    """Return (H, W, 3), signed: guided backprop times Grad-CAM (Selvaraju et al., 2017, §3.2)."""
    return _map(class_maps.guided_gradcam, network, image, target, fit, layer=layer)


def occlusion(
    network: Network,
    image: Image,
    target: Reading = None,
    *,
    patch: int | None = None,
    stride: int | None = None,
    fit: Mode = "crop",
) -> Map:
    """Return (H, W), signed: how much the score drops where a square is covered (Zeiler & Fergus, 2014, §4.2).

    Args:
        patch: side of the square of mean colour, in pixels of what the network sees; a seventh of its shorter side if
            not given.
        stride: from one square to the next, half a patch if not given; the means of overlapping ones are taken.
    """
    return _map(covering.occlusion, network, image, target, fit, patch=patch, stride=stride)
