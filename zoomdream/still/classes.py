"""What a network takes a picture for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from zoomdream.network.addresses import CLASS
from zoomdream.network.network import Network
from zoomdream.network.proof import softmax
from zoomdream.picture.fit import Fit, Mode
from zoomdream.picture.warp import Image
from zoomdream.still.passes import BATCH, batches, scores


@dataclass(frozen=True)
class Guess:
    """One class and how sure the network is of it.

    Attributes:
        index: number of the class.
        label: readable name; empty where the network's classes have none.
        probability: in [0, 1]; over all classes they sum to 1.
        logit: what the network puts out before the softmax.
    """

    index: int
    label: str
    probability: float
    logit: float

    @property
    def title(self) -> str:
        """What to call it: its label, or ``class 7`` where it has none."""
        return self.label or f"class {self.index}"


def classify(network: Network, image: Image, *, top: int = 5, fit: Mode = "crop") -> list[Guess]:
    """Return the most probable classes of a picture (H, W, 3), RGB in [0, 1], most probable first.

    Args:
        top: how many.
        fit: how the picture comes to the network's size: ``crop``, ``pad`` or ``stretch``.

    Raises:
        BadInput: the network has no classes.
    """
    return next(classify_all(network, [image], top=top, fit=fit))


def classify_all(
    network: Network, images: Sequence[Image], *, top: int = 5, fit: Mode = "crop"
) -> Iterator[list[Guess]]:
    """Yield the most probable classes of each picture; they go through the network in batches."""
    for some in batches(images, BATCH):
        pictures = np.stack([Fit((image.shape[0], image.shape[1]), network.size, fit).to(image) for image in some])
        for logits in scores(network, pictures, CLASS):
            probabilities = softmax(logits)
            order = np.argsort(-logits, kind="stable")[:top]
            yield [
                Guess(int(i), network.labels[i] if network.labels else "", float(probabilities[i]), float(logits[i]))
                for i in order
            ]
