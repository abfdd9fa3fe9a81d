"""How fast stills are: in batches beside one picture at a time, and Grad-CAM beside a whole pass forward and back.

One picture at a time they are made as usual in Keras and in PyTorch, in PyTorch tuned, and by zoomdream's own passes.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from idioms import ways
from turns import ONCE, Patience, take_turns

Row = dict[str, Any]

ALL, PATIENCE = slice(None), Patience(12)
QUICK = {"patience": ONCE, "kinds": slice(2, 3)}

OURS, OWN = "zoomdream", "own passes"
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
    passes = {OWN: _own(question), **_passes(network, question.targets[0].channel)}
    return {
        "occlusion, 169 squares": {
            OURS: lambda: still.occlusion(network, picture, target),
            **{way: partial(_occlusion, picture, score) for way, (score, _) in passes.items()},
        },
        f"smoothgrad, {COPIES} copies": {
            OURS: lambda: still.smoothgrad(network, picture, target),
            **{way: partial(_smoothgrad, picture, gradient) for way, (_, gradient) in passes.items()},
        },
        "Grad-CAM, beside a pass forward and back": {
            OURS: lambda: gradcam(question),
            **{way: partial(gradient, picture[None]) for way, (_, gradient) in passes.items()},
        },
    }


def _passes(network, index: int):
    """Return name → (score, gradient) of one picture in the other ways."""
    found = {"plain Keras": _plain(network, index)}
    if "PyTorch" in ways():
        import torch_idioms

        found |= {"PyTorch": torch_idioms.passes(network, index, False)}
        found |= {"PyTorch tuned": torch_idioms.passes(network, index, True)}
    return found


def rows(patience: Patience = PATIENCE, kinds: slice = ALL) -> Iterator[Row]:
    """Yield a row for each kind of still."""
    for name, steps in list(_works().items())[kinds]:
        turns = take_turns(steps, patience)
        yield {
            "work": name,
            "ms": 1000 * turns.seconds(OURS),
            **{f"beside {way}": turns.ratio(way, OURS) for way in steps if way != OURS},
            **turns.facts(),
        }
