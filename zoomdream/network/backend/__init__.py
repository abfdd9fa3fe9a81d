"""The only room that names TensorFlow: its start, gradients, convolutions, compiled functions."""

from zoomdream.network.backend.compiling import Shape, compile_frozen, compile_lightly, freeze, out_of_memory, trace
from zoomdream.network.backend.convolutions import Convolution, some_channels
from zoomdream.network.backend.gradients import gated, gradient_within, guided, let_through, value_and_gradient
from zoomdream.network.backend.lending import aligned, lent
from zoomdream.network.backend.operations import enlarge, half_spectra, inverse_fourier, product
from zoomdream.network.backend.start import accelerators, device_facts

__all__ = [
    "Convolution",
    "Shape",
    "accelerators",
    "aligned",
    "compile_frozen",
    "compile_lightly",
    "device_facts",
    "enlarge",
    "freeze",
    "gated",
    "gradient_within",
    "guided",
    "half_spectra",
    "inverse_fourier",
    "lent",
    "let_through",
    "out_of_memory",
    "product",
    "some_channels",
    "trace",
    "value_and_gradient",
]
