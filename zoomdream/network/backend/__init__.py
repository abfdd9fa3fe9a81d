"""The only room that names TensorFlow: its start, gradients, convolutions, compiled functions."""

from zoomdream.network.backend.compiling import Shape, compile_frozen, compile_lightly, freeze, trace
from zoomdream.network.backend.convolutions import convolution
from zoomdream.network.backend.gradients import gradient_within, guided, let_through, value_and_gradient
from zoomdream.network.backend.operations import enlarge, half_spectra, inverse_fourier, product
from zoomdream.network.backend.start import device_facts

__all__ = [
    "Shape",
    "compile_frozen",
    "compile_lightly",
    "convolution",
    "device_facts",
    "enlarge",
    "freeze",
    "gradient_within",
    "guided",
    "half_spectra",
    "inverse_fourier",
    "let_through",
    "product",
    "trace",
    "value_and_gradient",
]
