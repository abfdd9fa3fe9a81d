"""How long one gradient step takes, beside the plain Keras idiom, taking turns in one process.

Run it through ``scripts/bench``. Ratios of medians are what counts; absolute times depend on who else is at work.
"""

import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import click

Step = Callable[[], object]


def ours(layer: str, channel: int, side: int) -> Step:
    """Return zoomdream's step: batch norm folded, weights frozen, gradients as forward convolutions."""
    import numpy as np

    from zoomdream.api import load_network
    from zoomdream.ascent.climb import compile_gradient
    from zoomdream.ascent.objectives import score, weights_key

    network = load_network("efficientnet-lite0")
    weights = np.zeros((2, network.channels[layer]), np.float32)
    weights[:, channel] = 1
    key = weights_key(layer)
    gradient = compile_gradient(network, score([layer]), {key: weights.shape})
    image = _picture(side)
    return lambda: gradient(image, {key: weights})


def plain(layer: str, channel: int, side: int) -> Step:
    """Return the step as it is usually written: a Keras model, its variables and norms, ``tf.function``."""
    import keras
    import tensorflow as tf

    from zoomdream.api import load_network

    network = load_network("efficientnet-lite0")
    model = keras.Model(network.model.inputs, network.model.get_layer(layer).output)

    @tf.function(input_signature=[tf.TensorSpec((1, None, None, 3), tf.float32)])
    def step(image):
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = tf.reduce_mean(model(image * (255 / 128) - 127 / 128)[..., channel] ** 2)
        return tape.gradient(value, image), value

    image = _picture(side)[None]
    return lambda: [tensor.numpy() for tensor in step(tf.constant(image))]


def _picture(side: int):
    import numpy as np

    return np.random.default_rng(0).random((side, side, 3), np.float32)


def take_turns(steps: Mapping[str, Step], rounds: int) -> dict[str, float]:
    """Return the median seconds of each step, each timed once per round after two rounds of warming up."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(rounds + 2):
        for name, step in steps.items():
            began = time.perf_counter()
            step()
            if number >= 2:
                times[name].append(time.perf_counter() - began)
    return {name: median(taken) for name, taken in times.items()}


@click.command()
@click.option("--layer", default="block9", show_default=True)
@click.option("--rounds", default=25, show_default=True, help="Times that each takes its turn.")
@click.option("--side", "sides", type=int, multiple=True, default=(256, 512, 1024), show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("bench.json"), show_default=True)
def main(layer: str, rounds: int, sides: tuple[int, ...], output: Path) -> None:
    """Time the gradient step of the embedded network and compare it with the plain idiom."""
    from rich.console import Console
    from rich.table import Table

    from zoomdream.network import backend  # noqa: F401  first of all: it keeps the tensor library's start-up quiet

    table = Table("picture", "plain, ms", "zoomdream, ms", "times as fast", title=f"Gradient to {layer}, medians")
    rows = []
    for side in sides:
        taken = take_turns({"plain": plain(layer, 4, side), "zoomdream": ours(layer, 4, side)}, rounds)
        ratio = taken["plain"] / taken["zoomdream"]
        rows.append({"side": side, **taken, "ratio": ratio})
        table.add_row(f"{side}×{side}", *(f"{1000 * taken[name]:.1f}" for name in taken), f"{ratio:.2f}")
    Console().print(table)
    machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    output.write_text(json.dumps({"layer": layer, "rounds": rounds, "machine": machine, "rows": rows}, indent=2))
    click.echo(f"Wrote {output}")


if __name__ == "__main__":
    main()
