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

    from zoomdream.network import backend  # noqa: F401  first of all: it keeps the tensor library's start-up quiet
    from zoomdream.api import load_network
    from zoomdream.still.class_maps import gradcam
    from zoomdream.still.maps import Question
    from zoomdream.still.sensitivity import slopes

    network = load_network("efficientnet-lite0")
    question = _question(network, network.size[0])
    copies = np.repeat(question.pictures, 48, 0)
    many = question.of(0, copies)
    pairs = {
        "scores of 48 pictures (occlusion)": (
            lambda: _one_by_one(question, copies, Question.scores),
            lambda: many.scores(),
        ),
        "gradients of 48 pictures (SmoothGrad)": (
            lambda: _one_by_one(question, copies, slopes),
            lambda: slopes(many),
        ),
        "Grad-CAM beside one pass forward and back": (lambda: slopes(question), lambda: gradcam(question)),
    }
    table = Table("work", "one by one, ms", "zoomdream, ms", "times as fast", title="Stills, medians")
    rows = []
    for name, (plain, ours) in pairs.items():
        taken = take_turns({"plain": plain, "zoomdream": ours}, rounds)
        rows.append({"work": name, **taken, "ratio": taken["plain"] / taken["zoomdream"]})
        table.add_row(name, *(f"{1000 * taken[key]:.1f}" for key in taken), f"{rows[-1]['ratio']:.2f}")
    Console().print(table)
    output.write_text(json.dumps({"rounds": rounds, "rows": rows}, indent=2))
    click.echo(f"Wrote {output}")


if __name__ == "__main__":
    main()
