"""The gradient step, and the passes of a still, in PyTorch: as dreamers write them, and tuned.

The weights take no gradient in either, which not every dreamer remembers; with theirs a step takes longer.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from idioms import Case, Idiom
from torch import fx
from torch_network import folded, to_torch

from zoomdream.network.backend import accelerators

DEVICE = "cuda" if accelerators() else "cpu"
"""Where zoomdream is: a card is compared with a card."""
torch.backends.cudnn.allow_tf32 = False  # float32 is compared with float32
AGREEMENT = 1e-3
"""Most that the activations of the same network may differ, in parts of the largest."""


def comparable() -> bool:
    """Return whether torch can be where zoomdream is: its usual builds know fewer cards than there are."""
    return DEVICE == "cpu" or torch.cuda.is_available()


def usual(network: Any, case: Case) -> Idiom:
    """Return the step as dreamers write it: eager, channels first, batch norm kept."""
    return _idiom(to_torch(network.model, case.layer), network, case, torch.contiguous_format)


def tuned(network: Any, case: Case) -> Idiom:
    """Return the best that is had without leaving PyTorch: batch norm folded, channels last."""
    module = folded(to_torch(network.model, case.layer)).to(memory_format=torch.channels_last)
    return _idiom(module, network, case, torch.channels_last)


def check(network: Any, case: Case, image: Any) -> float:
    """Return by how much the activations of torch's networks differ from Keras', in parts of the largest.

    Raises:
        AssertionError: it is more than rounding makes.
    """
    from idioms import open_model

    prepared = np.asarray(network.input_range.apply(image[None])).copy()
    wanted = np.asarray(open_model(network, case.layer)(prepared))
    plain = to_torch(network.model, case.layer)
    given = torch.from_numpy(prepared).permute(0, 3, 1, 2)
    found = [module(given).permute(0, 2, 3, 1).numpy() for module in (plain, folded(plain))]
    worst = max(float(np.abs(each - wanted).max() / np.abs(wanted).max()) for each in found)
    assert worst < AGREEMENT, f"torch's {case.network} is another network: {case.layer} differs by {worst:.2g}."
    return worst


def _idiom(module: fx.GraphModule, network: Any, case: Case, layout: torch.memory_format) -> Idiom:
    module.to(DEVICE)
    expected = _expected(network)

    def gradient(image: Any) -> Any:
        x = _placed(image[None], layout).requires_grad_()
        (module(expected(x))[:, case.channel] ** 2).mean().backward()
        return x.grad[0].permute(1, 2, 0).cpu().numpy()

    return gradient


def passes(network: Any, index: int, tuned: bool) -> tuple[Idiom, Idiom]:
    """Return the score of a class, (n,), and its gradient, (n, H, W, 3), of pictures (n, H, W, 3)."""
    module, layout = to_torch(network.model, network.model.layers[-1].name), torch.contiguous_format
    if tuned:
        module, layout = folded(module).to(memory_format=torch.channels_last), torch.channels_last
    module.to(DEVICE)
    expected = _expected(network)

    def score(images: Any) -> Any:
        with torch.no_grad():
            return module(expected(_placed(images, layout)))[:, index].cpu().numpy()

    def gradient(images: Any) -> Any:
        x = _placed(images, layout).requires_grad_()
        module(expected(x))[:, index].sum().backward()
        return x.grad.permute(0, 2, 3, 1).cpu().numpy()

    return score, gradient


def _placed(images: Any, layout: torch.memory_format) -> torch.Tensor:
    return torch.from_numpy(images).to(DEVICE).permute(0, 3, 1, 2).contiguous(memory_format=layout)


def _expected(network: Any) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return what makes pictures what the network expects."""
    bgr = network.input_range.bgr
    scale, offset = (_constant(values) for values in (network.input_range.scale, network.input_range.offset))
    return lambda x: (x.flip(1) if bgr else x) * scale + offset


def _constant(values: tuple[float, float, float]) -> Any:
    """Return one number where the channels share it, and else one for each."""
    return values[0] if len(set(values)) == 1 else torch.tensor(values, device=DEVICE).reshape(1, 3, 1, 1)
