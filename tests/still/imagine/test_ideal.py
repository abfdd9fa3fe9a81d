"""Ideal classes are recognised: by the network they come from, and by others that never saw them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.network.addresses import CLASS
from zoomdream.still.imagine.excite import LIKELIHOOD, Wanted, excite
from zoomdream.still.imagine.ideal import SMOOTHNESS, WHOLE, grow, ideal, probabilities, verdict
from zoomdream.still.target import Target, read_target

TEN = (1, 107, 130, 284, 288, 340, 417, 508, 963, 980)
"""Goldfish, jellyfish, flamingo, Siamese cat, leopard, zebra, balloon, keyboard, pizza, volcano."""
SIDE, STEPS = 144, 56


@pytest.fixture(scope="module")
def ten(lite0: Any) -> np.ndarray:
    """Return (10, h, w, 3): ideal pictures of the ten classes, grown together with the usual look."""
    targets = [Target(CLASS, index) for index in TEN]
    wanted = Wanted(lite0, targets, [0] * len(TEN), (SIDE, SIDE))
    *_, reached = excite(wanted, STEPS, replace(WHOLE, smoothness=SMOOTHNESS))
    return reached.pictures


def test_the_network_recognises_its_ideals(lite0: Any, ten: np.ndarray) -> None:
    sure = [probabilities(lite0, Target(CLASS, index), ten[[number]])[0] for number, index in enumerate(TEN)]
    assert min(sure) > 0.9


def test_networks_that_never_saw_them_recognise_most(ten: np.ndarray) -> None:
    from zoomdream.network.catalogue import load_network

    judges = [load_network(name) for name in ("efficientnet-lite1", "efficientnet-lite2")]
    named = [
        any(index in [guess.index for guess in verdict(judge, picture)] for judge in judges)
        for index, picture in zip(TEN, ten, strict=True)
    ]
    assert sum(named) >= 5


def test_ideals_have_the_contrast_of_pictures(ten: np.ndarray) -> None:
    assert 0.3 < ten.mean() < 0.7
    assert (ten.std(axis=(1, 2, 3)) > 0.05).all()
    assert ((ten < 2 / 255) | (ten > 253 / 255)).mean() < 0.05


def test_noise_convinces_too(tiny: Any) -> None:
    natural, noise = (ideal(tiny, "dog", size=(32, 32), steps=60, smoothness=weight) for weight in (SMOOTHNESS, 0))
    target = read_target("class:dog", tiny)
    assert probabilities(tiny, target, noise[None])[0] > probabilities(tiny, target, natural[None])[0]

    def roughness(picture: np.ndarray) -> float:
        return float(np.abs(np.diff(picture, axis=1)).mean() / picture.std())

    assert roughness(noise) > 2 * roughness(natural)


def test_likelihood_raises_the_probability_itself(tiny: Any) -> None:
    target = read_target("class:dog", tiny)
    steps = list(grow(tiny, target, size=(32, 32), steps=30, objective="likelihood", smoothness=0))
    sure = probabilities(tiny, target, steps[-1].pictures)[0]
    assert sure > probabilities(tiny, target, steps[0].pictures)[0]
    assert steps[-1].heights[0] / LIKELIHOOD == pytest.approx(np.log(sure), abs=0.2)


def test_the_surest_of_several_is_returned(tiny: Any) -> None:
    target = read_target("class:dog", tiny)
    *_, reached = grow(tiny, target, size=(32, 32), steps=8, count=3)
    sure = probabilities(tiny, target, reached.pictures)
    assert np.array_equal(ideal(tiny, "dog", size=(32, 32), steps=8, best=3), reached.pictures[sure.argmax()])


def test_what_there_is_not_is_refused(tiny: Any) -> None:
    with pytest.raises(BadInput, match=r"has no class of that name.*dog"):
        ideal(tiny, "dug", size=(32, 32), steps=1)
    with pytest.raises(BadInput, match="no objective 'hope'; there are logit, likelihood"):
        ideal(tiny, "dog", size=(32, 32), steps=1, objective="hope")


def test_the_usual_size_is_what_the_head_needs(mixing: Any, tiny: Any) -> None:
    assert ideal(mixing, 1, steps=2).shape == (2, 2, 3)
    assert ideal(tiny, 1, steps=1).shape == (384, 384, 3)
    with pytest.raises(BadInput, match="need a picture of 2×2 pixels, not 32×32"):
        ideal(mixing, 1, size=(32, 32), steps=1)
