"""How fast stills are: in batches beside one by one, and Grad-CAM beside a whole pass forward and back.

Run it through ``scripts/bench``. Ratios of medians are what counts; absolute times depend on who else is at work.
"""

import json
from pathlib import Path

import click
from gradient_step import take_turns


def _question(network, side: int):
    import numpy as np

    from zoomdream.still.maps import Question, aim

    picture = np.random.default_rng(0).random((1, side, side, 3), np.float32)
    return Question(network, picture, aim(network, picture))


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

    return score, gradient


def _called(function, copies) -> None:
    import tensorflow as tf

    for number in range(len(copies)):
        function(tf.constant(copies[number : number + 1])).numpy()


def _one_by_one(question, copies, ask) -> None:
    for number in range(len(copies)):
        ask(question.of(0, copies[number : number + 1]))


@click.command()
@click.option("--rounds", default=7, show_default=True, help="Times that each takes its turn.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("bench-stills.json"), show_default=True)
def main(rounds: int, output: Path) -> None:
    """Time the stills of the embedded network at its own size."""
    import numpy as np
    from rich.console import Console
    from rich.table import Table

    from zoomdream.api import load_network
    from zoomdream.network import backend  # noqa: F401  first of all: it keeps the tensor library's start-up quiet
    from zoomdream.still.class_maps import gradcam
    from zoomdream.still.maps import Question
    from zoomdream.still.sensitivity import slopes

    network = load_network("efficientnet-lite0")
    question = _question(network, network.size[0])
    copies = np.repeat(question.pictures, 48, 0)
    many = question.of(0, copies)
    score, gradient = _plain(network, question.targets[0].channel)
    works = {
        "scores of 48 pictures, as for occlusion": {
            "plain": lambda: _called(score, copies),
            "alone": lambda: _one_by_one(question, copies, Question.scores),
            "zoomdream": lambda: many.scores(),
        },
        "gradients of 48 pictures, as for SmoothGrad": {
            "plain": lambda: _called(gradient, copies),
            "alone": lambda: _one_by_one(question, copies, slopes),
            "zoomdream": lambda: slopes(many),
        },
        "Grad-CAM, beside a pass forward and back": {
            "plain": lambda: _called(gradient, copies[:1]),
            "alone": lambda: slopes(question),
            "zoomdream": lambda: gradcam(question),
        },
    }
    headings = (
        "plain, one by one, ms",
        "the same of zoomdream, ms",
        "zoomdream, ms",
        "times as fast as these",
    )
    table = Table("work", *headings, title="Stills, medians")
    rows = []
    for name, steps in works.items():
        taken = take_turns(steps, rounds)
        ratios = [taken[key] / taken["zoomdream"] for key in ("plain", "alone")]
        rows.append({"work": name, **taken, "ratio": ratios[0], "ratio_alone": ratios[1]})
        numbers = (f"{1000 * taken[key]:.1f}" for key in steps)
        table.add_row(name, *numbers, " and ".join(f"{ratio:.2f}" for ratio in ratios))
    Console().print(table)
    output.write_text(json.dumps({"rounds": rounds, "rows": rows}, indent=2))
    click.echo(f"Wrote {output}")


if __name__ == "__main__":
    main()
