"""How fast a neuron grows beside the same steps written plainly, and a sheet beside one neuron at a time."""

from collections.abc import Iterator
from typing import Any

from turns import ONCE, Patience, take_turns

Row = dict[str, Any]

PATIENCE = Patience(25)
QUICK = {"patience": ONCE, "steps": 2, "neurons": 2}

LAYER, CHANNEL, SIDE, STEPS = "block9", 4, 224, 256
TILE, NEURONS, FEW = 128, 64, 8


def plain(side: int, steps: int):
    """Return the steps as they are usually written: a Keras model, GradientTape and Keras' Adam, in a ``tf.function``.

    The picture is what zoomdream's is: Fourier coefficients of decorrelated colours, moved at random at every step.
    """
    import keras
    import numpy as np
    import tensorflow as tf

    from zoomdream.api import load_network
    from zoomdream.ascent.canvas import fourier
    from zoomdream.ascent.transforms import Transforms
    from zoomdream.chance import generator

    network = load_network("efficientnet-lite0")
    model = keras.Model(network.model.inputs, network.model.get_layer(LAYER).output)
    canvas, moves = fourier((side, side), 1.25), Transforms()
    parameters = tf.Variable(canvas.start(generator(0, "canvas"))[None])
    optimizer = keras.optimizers.Adam(0.08)
    optimizer.build([parameters])

    @tf.function
    def step(move):
        with tf.GradientTape() as tape:
            seen = keras.ops.image.affine_transform(
                canvas.decode(parameters), move, interpolation="bilinear", fill_mode="reflect"
            )
            loss = -tf.reduce_mean(model(seen * (255 / 128) - 127 / 128)[..., CHANNEL])
        optimizer.apply_gradients([(tape.gradient(loss, parameters), parameters)])

    def run() -> None:
        for number in range(steps):
            move = moves.draw(generator(0, "move", 0, number), (side, side))
            step(tf.constant(np.append(move, [0, 0])[None], tf.float32))
        np.asarray(parameters)

    return run


def ours(side: int, steps: int):
    """Return zoomdream's own neuron."""
    from zoomdream import still
    from zoomdream.api import load_network

    network = load_network("efficientnet-lite0")
    return lambda: still.neuron(network, f"{LAYER}:{CHANNEL}", size=(side, side), steps=steps)


def together(steps: int, neurons: int):
    """Return zoomdream's neurons of a sheet."""
    from zoomdream.api import load_network
    from zoomdream.still.imagine import many

    network = load_network("efficientnet-lite0")
    targets = many.draw(network, [LAYER], neurons, seed=0)
    return lambda: list(many.grow(network, targets, size=(TILE, TILE), steps=steps))


def one_by_one(steps: int, neurons: int):
    """Return the same neurons, one call for each."""
    from zoomdream import still
    from zoomdream.api import load_network
    from zoomdream.still.imagine import many

    network = load_network("efficientnet-lite0")
    targets = many.draw(network, [LAYER], neurons, seed=0)
    return lambda: [still.neuron(network, str(target), size=(TILE, TILE), steps=steps) for target in targets]


def rows(patience: Patience = PATIENCE, steps: int = STEPS, neurons: int = NEURONS) -> Iterator[Row]:
    """Yield a row for a neuron beside the plain idiom, and one for a sheet beside one neuron at a time."""
    works = {
        f"a neuron, {SIDE}², {steps} steps; beside the plain idiom": (plain(SIDE, steps), ours(SIDE, steps)),
        f"{neurons} neurons, {TILE}², {FEW} steps; beside one by one": (
            one_by_one(FEW, neurons),
            together(FEW, neurons),
        ),
    }
    for name, (beside, own) in works.items():
        turns = take_turns({"beside": beside, "own": own}, patience)
        yield {
            "work": name,
            "beside, s": turns.seconds("beside"),
            "s": turns.seconds("own"),
            "times as fast": turns.ratio("beside", "own"),
            **turns.facts(),
        }
