"""``zoomdream still``: the kinds of stills, by what they are for."""

import click

from zoomdream.cli.lazy import Lazy

_STILLS = "zoomdream.cli.stills"
_MAPS, _FEATURES, _IMAGINE = f"{_STILLS}.maps", f"{_STILLS}.features", f"{_STILLS}.imagine"

SECTIONS = {
    "Explain a picture": {
        "classify": (f"{_STILLS}.classify", "What the network takes the picture for."),
        "saliency": (_MAPS, "Which pixels the score would follow: its gradient."),
        "smoothgrad": (_MAPS, "The same gradient, averaged over noisy copies."),
        "integrated": (_MAPS, "How much of the score each pixel makes, on the way from a plain picture."),
        "guided": (_MAPS, "Guided backprop: the details that excite a class or a neuron, in colour."),
        "gradcam": (_MAPS, "Which region a deep layer decided by."),
        "gradcam++": (_MAPS, "The same, better where there are several of a kind."),
        "cam": (_MAPS, "The class activation map, for networks that pool and classify."),
        "guided-gradcam": (_MAPS, "The details of guided backprop within the region of Grad-CAM."),
        "occlusion": (_MAPS, "How far the score falls when a part of the picture is covered."),
        "segment": (f"{_STILLS}.segment", "The object, cut out along its edges."),
        "adversarial": (f"{_STILLS}.adversarial", "The same picture to an eye, another class to the network."),
        "dream": (f"{_STILLS}.dream", "The picture, with what the network believes to see in it."),
        "report": (f"{_STILLS}.report", "All of it on one page of HTML."),
    },
    "Show what a network has learnt": {
        "filters": (f"{_FEATURES}.filters", "The kernels of a layer."),
        "activations": (f"{_FEATURES}.activations", "What every channel of a layer puts out: its feature maps."),
        "patches": (f"{_FEATURES}.patches", "The patches of a folder's pictures that excite a neuron most."),
        "neighbours": (f"{_FEATURES}.neighbours", "The pictures nearest to one, to the network and pixel by pixel."),
        "map": (f"{_FEATURES}.map", "A folder's pictures in the plane, what is alike close together."),
    },
    "Imagine a picture": {
        "neuron": (f"{_IMAGINE}.neuron", "What excites a neuron."),
        "sheet": (f"{_IMAGINE}.sheet", "What excites many neurons, from the first layer to the last."),
        "class": (f"{_IMAGINE}.ideal", "What a network is surest of."),
        "multifaceted": (f"{_IMAGINE}.multifaceted", "Several faces of one class."),
        "invert": (f"{_IMAGINE}.invert", "What is left of a picture in a layer."),
        "texture": (f"{_IMAGINE}.texture", "More of what a picture is made of."),
    },
    "Paint": {
        "style": (f"{_IMAGINE}.style", "A picture, painted like others."),
        "train-style": (f"{_STILLS}.faststyle.train_style", "Teach a small network to paint in a style."),
        "stylise": (f"{_STILLS}.faststyle.stylise", "Pictures and films, painted in such a style in one pass."),
    },
}
"""What the kinds are for → name → (module, what it does)."""

KINDS = {name: entry for section in SECTIONS.values() for name, entry in section.items()}


@click.group(cls=Lazy, table=KINDS, sections=SECTIONS)
def still() -> None:
    """Ask what a network sees in a picture, and why; and what it carries inside.

    \b
    zoomdream still classify photo.jpg
    zoomdream still gradcam photo.jpg --target class:zebra --target class:elephant -o why.png
    zoomdream still occlusion photos/ -o 'maps/*.npz'
    zoomdream still neuron block9:4
    zoomdream still class zebra
    """
