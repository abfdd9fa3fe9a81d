"""A report on one picture: one page that opens by itself, with every map and the numbers behind it."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from zoomdream.errors import ZoomdreamError
from zoomdream.network.network import Network
from zoomdream.picture.colormaps import common_limit, overlay, paint
from zoomdream.picture.fit import Mode
from zoomdream.picture.warp import Image, resize
from zoomdream.still.adversarial import Adversarial, amplified, pgd
from zoomdream.still.classes import classify
from zoomdream.still.kinds import METHODS
from zoomdream.still.maps import Explanation, Reading, explain
from zoomdream.still.target import read_target

SIDE = 640
"""Longest side, in pixels, at which a report looks at a picture."""
ALPHA = 0.8
TWIN_STEPS = 60

MEANINGS = {
    "saliency": "How strongly the score follows each pixel.",
    "smoothgrad": "The same, averaged over noisy copies.",
    "integrated": "How much of the score each pixel makes, on the way from black.",
    "guided": "The details that excite it.",
    "gradcam": "The region that the last layer decided by.",
    "gradcam++": "The same, with each place counted for itself.",
    "cam": "What each place of the last layer adds to the class.",
    "guided-gradcam": "The details within that region.",
    "occlusion": "How far the score falls when a square is covered.",
}

SIGHT: Mapping[Mode, str] = {
    "crop": "The network sees the middle of the picture, as much as has its own proportions.",
    "pad": "The network sees the whole picture, with grey around it.",
    "stretch": "The network sees the whole picture, brought to its own proportions.",
}


@dataclass(frozen=True)
class Shown:
    """A picture in the page with its words."""

    title: str
    text: str
    picture: str


def report(
    network: Network,
    image: Image,
    title: str,
    target: Reading = None,
    *,
    into: Reading = None,
    fit: Mode = "crop",
    seed: int = 0,
) -> str:
    """Return a page of HTML about a picture (H, W, 3), RGB in [0, 1], that needs nothing beside itself.

    It holds what the network takes the picture for, every kind of map for one target, their raw arrays to be saved
    (.npy, at the size shown), and an adversarial twin. As the kinds have different units, each map is in parts of its
    own strongest value, and all of them under one colour scale. Pictures with a side longer than 640 pixels are made
    smaller first.

    Args:
        title: what the picture is called.
        target: what to explain; the top class if not given.
        into: the class to turn the picture into; the least probable one if not given.
        fit: how the picture comes to the network's size.
        seed: decides every random draw.

    Raises:
        BadInput: the network has no classes, or no such target.
    """
    image = _small(image)
    guesses = classify(network, image, top=max(network.classes, 1), fit=fit)
    chosen = read_target(guesses[0].index if target is None else target, network)
    another = into if into is not None else guesses[-1].index
    alone = len(guesses) == 1 and into is None
    twin = None if alone else pgd(network, image, another, steps=TWIN_STEPS, fit=fit, seed=seed)
    found, missing = _explained(network, image, str(chosen), fit)
    return _template().render(
        title=title,
        stem=title.rpartition("/")[2].rpartition(".")[0] or title,
        network=network,
        size=image.shape[:2],
        picture=_photograph(image),
        guesses=guesses[:5],
        target=chosen.title(network),
        scale=_drawing(paint(np.tile(np.linspace(-1, 1, 256, dtype=np.float32), (8, 1)), 1.0, signed=True)),
        maps=[_shown(kind, image, each) for kind, each in found.items()],
        missing=missing.items(),
        attack=twin and _attack(image, twin),
        sees=SIGHT[fit],
        version=version("zoomdream"),
    )


def _explained(
    network: Network, image: Image, target: str, fit: Mode
) -> tuple[Mapping[str, Explanation], Mapping[str, ZoomdreamError]]:
    """Return the maps by kind, and the reasons by kind of those that this network cannot answer."""
    found, missing = dict[str, Explanation](), dict[str, ZoomdreamError]()
    for kind, method in METHODS.items():
        try:
            found[kind] = explain(network, image, method, target, fit)
        except ZoomdreamError as why:
            missing[kind] = why
    if not found:  # it is the question or the picture that is wrong, not the kind
        raise next(iter(missing.values()))
    return found, missing


def _shown(kind: str, image: Image, found: Explanation) -> Mapping[str, Any]:
    limit = common_limit([found.values])
    colours = found.values.ndim == 3
    drawn = paint(found.values, limit, signed=True) if colours else overlay(image, found.values, limit, True, ALPHA)
    return {
        "kind": kind,
        "meaning": MEANINGS[kind],
        "limit": limit,
        "gap": found.facts.get("gap"),
        "picture": _photograph(drawn),
        "array": _array(found.values),
    }


def _attack(image: Image, twin: Adversarial) -> Mapping[str, Any]:
    difference, times = amplified(image, twin)
    return {
        "linf": twin.linf,
        "l2": twin.l2,
        "ssim": twin.ssim,
        "missed": None if twin.succeeded else twin.aim_after.title,
        "pictures": [
            Shown(twin.before.title, f"at {twin.before.probability:.1%}: the picture", _drawing(image)),
            Shown(twin.after.title, f"at {twin.after.probability:.1%}: its twin", _drawing(twin.image)),
            Shown("difference", f"{times:.0f} times as strong", _drawing(difference)),
        ],
    }


def _small(image: Image) -> Image:
    factor = SIDE / max(image.shape[:2])
    height, width = (max(1, round(side * factor)) for side in image.shape[:2])
    return image if factor >= 1 else resize(image, (height, width))


def _template() -> jinja2.Template:
    text = files("zoomdream.still").joinpath("page.html.jinja").read_text(encoding="utf-8")
    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(text)


def _photograph(image: Image) -> str:
    return _encoded(image, "JPEG", quality=90)


def _drawing(image: Image) -> str:
    return _encoded(image, "PNG")


def _encoded(image: Image, kind: str, **options: Any) -> str:
    """Return a picture as an address that holds it."""
    stream = io.BytesIO()
    Pillow.fromarray(np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)).save(stream, kind, **options)
    return _address(f"image/{kind.lower()}", stream)


def _array(values: NDArray[np.float32]) -> str:
    """Return an array as an address that holds its .npy file."""
    stream = io.BytesIO()
    np.save(stream, values)
    return _address("application/octet-stream", stream)


def _address(kind: str, stream: io.BytesIO) -> str:
    return f"data:{kind};base64,{base64.b64encode(stream.getvalue()).decode()}"
