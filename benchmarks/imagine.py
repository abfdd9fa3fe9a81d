"""How fast a neuron grows beside the same steps written plainly, and a sheet beside one neuron at a time.

Run it through ``scripts/bench``. Ratios of medians are what counts; absolute times depend on who else is at work.
"""

import json
from pathlib import Path

import click
from gradient_step import take_turns

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


def together(steps: int):
    """Return zoomdream's neurons of a sheet."""
    from zoomdream.api import load_network
    from zoomdream.still.imagine import many

    network = load_network("efficientnet-lite0")
    targets = many.draw(network, [LAYER], NEURONS, seed=0)
    return lambda: list(many.grow(network, targets, size=(TILE, TILE), steps=steps))


def one_by_one(steps: int):
    """Return the same neurons, one call for each."""
    from zoomdream import still
    from zoomdream.api import load_network
    from zoomdream.still.imagine import many

    network = load_network("efficientnet-lite0")
    targets = many.draw(network, [LAYER], NEURONS, seed=0)
    return lambda: [still.neuron(network, str(target), size=(TILE, TILE), steps=steps) for target in targets]


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Times that each takes its turn.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("bench-imagine.json"), show_default=True)
def main(rounds: int, output: Path) -> None:
    """Time growing neurons of the embedded network."""
    from rich.console import Console
    from rich.table import Table

    from zoomdream.network import backend  # noqa: F401  first of all: it keeps the tensor library's start-up quiet

    works = {
        f"a neuron, {SIDE}², {STEPS} steps; beside the plain idiom": (plain(SIDE, STEPS), ours(SIDE, STEPS)),
        f"{NEURONS} neurons, {TILE}², {FEW} steps; beside one by one": (one_by_one(FEW), together(FEW)),
    }
    table = Table("work", "beside, s", "zoomdream, s", "times as fast", title="Growing pictures, medians")
    rows = []
    for name, (beside, own) in works.items():
        taken = take_turns({"beside": beside, "zoomdream": own}, rounds)
        ratio = taken["beside"] / taken["zoomdream"]
        rows.append({"work": name, **taken, "ratio": ratio})
        table.add_row(name, *(f"{seconds:.2f}" for seconds in taken.values()), f"{ratio:.2f}")
    Console().print(table)
    output.write_text(json.dumps({"rounds": rounds, "rows": rows}, indent=2))
    click.echo(f"Wrote {output}")


if __name__ == "__main__":
    main()
