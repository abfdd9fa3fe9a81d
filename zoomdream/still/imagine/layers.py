"""Layers: where a network says what is in a picture, and where how it is painted."""

from typing import NamedTuple

from zoomdream.errors import BadInput
from zoomdream.network.families import EMBEDDED
from zoomdream.network.network import Network
from zoomdream.network.outline import LayerFacts, outline

COARSEST_STRIDE = 16
"""Pixels from one place to the next, up to which a layer still says how things are painted."""


class Layers(NamedTuple):
    """Names of layers.

    Attributes:
        style: whose Gram matrices are compared, from fine to coarse.
        content: whose activations are compared.
    """

    style: tuple[str, ...]
    content: tuple[str, ...]


_GATYS = Layers(("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1"), ("block4_conv2",))
KNOWN = {
    EMBEDDED: Layers(("stem", "block0", "block2", "block4", "block7"), ("block6",)),
    "vgg16": _GATYS,
    "vgg19": _GATYS,
}
"""Chosen by looking at what they paint; those of VGG are the paper's."""
_POOLS = ("block1_conv1", "block1_pool", "block2_pool", "block3_pool", "block4_pool")
TEXTURES = {
    EMBEDDED: (
        *("stem", "block0", "block1_expand", "block2", "block3_expand"),
        *("block4", "block5_expand", "block7", "block8_expand"),
    ),
    "vgg16": _POOLS,
    "vgg19": _POOLS,
}
"""Those whose textures look most like their source; those of VGG are the paper's (Gatys et al., 2015)."""


def layers_of(network: Network) -> Layers:
    """Return layers that paint well: known ones, or of another network its first one and the last at each stride.

    Raises:
        BadInput: the network has no layers with a stride of 2 to 16.
    """
    if network.name in KNOWN:
        return KNOWN[network.name]
    main = [facts for facts in outline(network.model) if facts.main and _fine(facts)]
    if not main:
        raise BadInput(f"{network.name} has no layers to paint by: name some.")
    last = {facts.stride: facts.name for facts in main}
    coarsest = [facts.name for facts in main if facts.stride == main[-1].stride]
    return Layers(tuple(dict.fromkeys((main[0].name, *last.values()))), (coarsest[len(coarsest) // 2],))


def texture_layers(network: Network) -> tuple[str, ...]:
    """Return layers whose Gram matrices make textures; see :func:`layers_of`."""
    return TEXTURES.get(network.name) or layers_of(network).style


def _fine(facts: LayerFacts) -> bool:
    return facts.stride is not None and facts.stride <= COARSEST_STRIDE
