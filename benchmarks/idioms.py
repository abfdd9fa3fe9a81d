"""The gradient step of a network as zoomdream has it, and as it is plainly written in Keras.

An idiom takes a picture (H, W, 3), float32, RGB in [0, 1], and gives the gradient of the mean square of one channel.
"""

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

Idiom = Callable[[Any], Any]

SHIFT = (17, -9)
"""(down, right), by how many pixels a film's step rolls the picture."""


class Case(NamedTuple):
    """A network, and the layer whose channel is to be excited."""

    network: str
    layer: str
    channel: int = 0


def load(name: str) -> Any:
    """Return a network with its usual weights, or random ones where these would have to be downloaded."""
    from zoomdream.network.catalogue import load_network
    from zoomdream.network.request import RANDOM, needs_download

    if not needs_download(name, None):
        return load_network(name)
    network = load_network(name, weights=RANDOM)
    _unsettle(network.model)
    return replace(network)  # which folds the changed weights again


def _unsettle(model: Any) -> None:
    """Move a model's biases and norms from where they begin, to be reckoned with as those of a trained network are.

    Zeros and ones would be folded away by the graph optimiser.
    """
    chance = np.random.default_rng(0)
    for weight in model.weights:
        value = np.asarray(weight)
        if value.size and np.ptp(value) == 0:
            weight.assign(value + 0.1 * chance.random(value.shape, np.float32))


def picture(height: int, width: int) -> Any:
    """Return a picture (height, width, 3) of noise."""
    return np.random.default_rng(0).random((height, width, 3), np.float32)


def aimed(network: Any, case: Case) -> Case:
    """Return the case with the layer's loudest channel, for with random weights others may be silent."""
    layer = np.asarray(network.activations(picture(64, 64)[None], [case.layer])[case.layer])
    return case._replace(channel=int((layer**2).mean((0, 1, 2)).argmax()))


def ours(network: Any, case: Case, tile: int = 0) -> Idiom:
    """Return zoomdream's gradient: batch norm folded, weights frozen, gradients as forward convolutions."""
    from zoomdream.ascent.climb import compile_gradient
    from zoomdream.ascent.objectives import score

    weights = _weights(network, case)
    gradient = compile_gradient(network, score([case.layer], few=[case.layer]), _shapes(weights), tile)
    return lambda image: gradient(image, weights)[0]


def film_step(network: Any, case: Case, tile: int = 0) -> Idiom:
    """Return the step of a film, whole: rolls, gradient, rule and sum in one function. It gives the picture after."""
    from zoomdream.ascent.climb import compile_climb
    from zoomdream.ascent.objectives import score
    from zoomdream.film.dream import make_rule
    from zoomdream.presets import load_preset

    weights, rule = _weights(network, case), make_rule(load_preset("reef").dream)
    climb = compile_climb(network, score([case.layer], few=[case.layer]), rule, _shapes(weights), tile)
    return lambda image: climb(image, 1, lambda step: SHIFT, weights)


def _weights(network: Any, case: Case) -> dict[str, Any]:
    """Return the weights of a score in which the case's channel sounds alone."""
    from zoomdream.ascent.objectives import weights_key

    weights = np.zeros((2, network.channels[case.layer]), np.float32)
    weights[:, case.channel] = 1
    return {weights_key(case.layer): weights}


def _shapes(weights: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {key: value.shape for key, value in weights.items()}


def others(network: Any, case: Case) -> dict[str, Idiom]:
    """Return name → idiom in each of the other ways, once torch's network has been found to be the same."""
    found = ways()
    if "PyTorch" in found:
        import torch_idioms

        torch_idioms.check(network, case, picture(96, 128))
    return {name: way(network, case) for name, way in found.items()}


def ways() -> dict[str, Callable[[Any, Case], Idiom]]:
    """Return name → what makes the idiom; those of torch only where it is installed and can be on the same device."""
    return {"plain Keras": plain_keras} | (_ways_of_torch() if find_spec("torch") else {})


def why_not_torch() -> str:
    """Return why the torch that is installed cannot be compared with; nothing where it can."""
    import torch_idioms

    return "" if torch_idioms.comparable() else f"This PyTorch has no {torch_idioms.DEVICE}"


def _ways_of_torch() -> dict[str, Callable[[Any, Case], Idiom]]:
    import torch_idioms

    return {} if why_not_torch() else {"PyTorch": torch_idioms.usual, "PyTorch tuned": torch_idioms.tuned}


def plain_keras(network: Any, case: Case) -> Idiom:
    """Return the step as it is usually written: a Keras model, its variables and norms, ``tf.function``."""
    import tensorflow as tf

    model, prepare = open_model(network, case.layer), network.input_range.apply

    @tf.function(input_signature=[tf.TensorSpec((1, None, None, 3), tf.float32)])
    def step(image):
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = tf.reduce_mean(model(prepare(image))[..., case.channel] ** 2)
        return tape.gradient(value, image)

    return lambda image: step(tf.constant(image[None])).numpy()[0]


def open_model(network: Any, layer: str) -> Any:
    """Return a Keras model from a picture of any size to a layer, with the network's own weights."""
    import keras

    part = keras.Model(network.model.inputs[0], network.model.get_layer(layer).output)
    model = keras.models.clone_model(part, input_tensors=keras.Input((None, None, 3)))
    model.set_weights(part.get_weights())
    return model
