"""Saliency: maps made of the gradient of a score to the picture."""

import numpy as np

from zoomdream.chance import generator
from zoomdream.errors import BadInput
from zoomdream.still.maps import Maps, Question
from zoomdream.still.passes import Array, batches, gradients

COPIES, NOISE = 50, 0.15


def saliency(question: Question) -> Maps:
    """Return max over RGB of |∂S/∂x|, S the logit (Simonyan et al., 2014, §3)."""
    values, down = slopes(question)
    return Maps(_strongest(down), signed=False, facts={"score": values})


def smoothgrad(question: Question, copies: int = COPIES, noise: float = NOISE, seed: int = 0) -> Maps:
    """Return the saliency of the mean gradient over noisy copies (Smilkov et al., 2017, §3).

    Args:
        copies: how many.
        noise: standard deviation of the noise, in parts of the picture's own range.

    Raises:
        BadInput: there are no copies.
    """
    if copies < 1:
        raise BadInput(f"SmoothGrad takes at least 1 noisy copy, not {copies}.")
    found = []
    for number, picture in enumerate(question.pictures):
        spread, total = np.float32(noise * np.ptp(question.part(number))), np.zeros_like(picture)
        for some in batches(range(copies)):
            noisy = np.empty((len(some), *picture.shape), np.float32)
            for copy, each in zip(some, noisy, strict=True):
                generator(seed, "smoothgrad", copy).standard_normal(dtype=np.float32, out=each)
            noisy *= spread
            noisy += picture
            total += slopes(question.of(number, noisy))[1].sum(0)
        found.append(total / copies)
    return Maps(_strongest(np.stack(found)), signed=False, facts={"score": question.scores()})


def guided(question: Question) -> Maps:
    """Return the guided gradient to the picture, one value for each colour (Springenberg et al., 2015, §3.4).

    On the way back every ReLU also drops what is negative: R·1[a>0]·1[R>0], and 1[a<6] at a ReLU6.

    Raises:
        BadInput: a nonlinearity on the way is like a ReLU but is none, such as a swish.
    """
    values, down = slopes(question, "guided")
    return Maps(down, signed=True, facts={"score": values})


def slopes(question: Question, through: str = "plain") -> tuple[Array, Array]:
    """Return (scores (n,), their gradients to the pictures (n, h, w, 3))."""
    return gradients(question.network, question.pictures, question.layer, question.weights, question.places, through)


def _strongest(down: Array) -> Array:
    return np.asarray(np.abs(down).max(-1))
