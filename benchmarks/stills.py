"""How fast stills are: in batches beside one picture at a time, and Grad-CAM beside a whole pass forward and back."""

from collections.abc import Iterator
from typing import Any

from turns import ONCE, Patience, take_turns

Row = dict[str, Any]

ALL, PATIENCE = slice(None), Patience(12)
QUICK = {"patience": ONCE, "kinds": slice(2, 3)}

PATCH, STRIDE, COPIES, NOISE = 32, 16, 50, 0.15
"""What is usual at 224 × 224."""


def _plain(network, index: int):
    """Return (score, gradient) of one picture as they are usually written: a Keras model, ``tf.function``."""
    import tensorflow as tf

    signature = [tf.TensorSpec((1, *network.size, 3), tf.float32)]

    @tf.function(input_signature=signature)
    def score(image):
        return network.model(image * (255 / 128) - 127 / 128)[:, index]

    @tf.function(input_signature=signature)
    def gradient(image):
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = score(image)
        return tape.gradient(value, image)

    return (lambda image: score(tf.constant(image)).numpy()), (lambda image: gradient(tf.constant(image)).numpy())


def _own(question):
    """Return the same of zoomdream's passes."""
    from zoomdream.still.sensitivity import slopes

    return (lambda image: question.of(0, image).scores()), (lambda image: slopes(question.of(0, image))[1])


def _occlusion(picture, score):
    """Return the map of occlusion, one square at a time."""
    import numpy as np

    height, width = picture.shape[:2]
    total, count, whole = np.zeros((height, width)), np.zeros((height, width)), score(picture[None])[0]
    for y in range(0, height - PATCH + 1, STRIDE):
        for x in range(0, width - PATCH + 1, STRIDE):
            covered = picture[None].copy()
            covered[0, y : y + PATCH, x : x + PATCH] = picture.mean((0, 1))
            total[y : y + PATCH, x : x + PATCH] += whole - score(covered)[0]
            count[y : y + PATCH, x : x + PATCH] += 1
    return total / count


def _smoothgrad(picture, gradient):
    """Return the map of SmoothGrad, one noisy copy at a time."""
    import numpy as np

    random, total = np.random.default_rng(0), np.zeros_like(picture)
    for _ in range(COPIES):
        noise = random.standard_normal(picture.shape, np.float32) * np.float32(NOISE * np.ptp(picture))
        total += gradient((picture + noise)[None])[0]
    return np.abs(total / COPIES).max(-1)


def _works():
    """Return name → who does it → what takes the time."""
    import numpy as np

    from zoomdream import still
    from zoomdream.api import load_network
    from zoomdream.still.class_maps import gradcam
    from zoomdream.still.maps import Question, aim

    network = load_network("efficientnet-lite0")
    picture = np.random.default_rng(0).random((*network.size, 3), np.float32)
    question = Question(network, picture[None], aim(network, picture[None]))
    target = str(question.targets[0])
    (plain_score, plain_gradient), (score, gradient) = _plain(network, question.targets[0].channel), _own(question)
    return {
        "occlusion, 169 squares": {
            "plain": lambda: _occlusion(picture, plain_score),
            "alone": lambda: _occlusion(picture, score),
            "zoomdream": lambda: still.occlusion(network, picture, target),
        },
        f"smoothgrad, {COPIES} copies": {
            "plain": lambda: _smoothgrad(picture, plain_gradient),
            "alone": lambda: _smoothgrad(picture, gradient),
            "zoomdream": lambda: still.smoothgrad(network, picture, target),
        },
        "Grad-CAM, beside a pass forward and back": {
            "plain": lambda: plain_gradient(picture[None]),
            "alone": lambda: gradient(picture[None]),
            "zoomdream": lambda: gradcam(question),
        },
    }


def rows(patience: Patience = PATIENCE, kinds: slice = ALL) -> Iterator[Row]:
    """Yield a row for each kind of still."""
    for name, steps in list(_works().items())[kinds]:
        turns = take_turns(steps, patience)
        yield {
            "work": name,
            "plain, ms": 1000 * turns.seconds("plain"),
            "own passes, ms": 1000 * turns.seconds("alone"),
            "ms": 1000 * turns.seconds("zoomdream"),
            "beside plain": turns.ratio("plain", "zoomdream"),
            "beside own passes": turns.ratio("alone", "zoomdream"),
            **turns.facts(),
        }
