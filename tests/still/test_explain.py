"""The functions a Python user calls: pictures of any size, nested networks, several pictures at once."""

from functools import partial
from typing import Any

import numpy as np
import pytest

import zoomdream
from zoomdream.errors import BadInput
from zoomdream.picture.fit import Fit
from zoomdream.still import class_maps, covering, explain, path, sensitivity
from zoomdream.still.maps import aim, explain_all

METHODS: dict[str, Any] = {
    "saliency": sensitivity.saliency,
    "smoothgrad": partial(sensitivity.smoothgrad, copies=3),
    "integrated": path.integrated,
    "guided": sensitivity.guided,
    "gradcam": class_maps.gradcam,
    "gradcam_plus_plus": class_maps.gradcam_plus_plus,
    "cam": class_maps.cam,
    "guided_gradcam": class_maps.guided_gradcam,
    "occlusion": partial(covering.occlusion, patch=4, stride=2),
}
OPTIONS: dict[str, dict[str, Any]] = {"smoothgrad": {"copies": 3}, "occlusion": {"patch": 4, "stride": 2}}


@pytest.fixture(scope="module")
def images() -> list[Any]:
    """Return pictures of several sizes and proportions, more than go through the network at once."""
    chance = np.random.default_rng(0)
    sizes = [(12, 10), (30, 17), (5, 40), (12, 10), (1, 9), (50, 50)] * 3
    colours = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 0, 1)] * 3
    pairs = zip(sizes, colours, strict=True)
    return [chance.random((*size, 3), np.float32) * np.asarray(colour, np.float32) for size, colour in pairs]


def test_every_kind_is_here() -> None:
    assert set(METHODS) == set(zoomdream.still.__all__) & set(METHODS)
    assert all(getattr(zoomdream.still, name) is getattr(explain, name) for name in METHODS)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("kind", METHODS)
def test_a_map_has_the_pictures_size(kind: str, fit: Any, twins: Any, images: list[Any]) -> None:
    for image in images[:5]:
        found = getattr(explain, kind)(twins[0], image, 2, fit=fit, **OPTIONS.get(kind, {}))
        assert found.shape == (image.shape if kind.startswith("guided") else image.shape[:2])
        assert found.dtype == np.float32
        assert np.isfinite(found).all()
        if kind in ("saliency", "smoothgrad", "gradcam", "gradcam_plus_plus"):
            assert found.min() >= 0


@pytest.mark.parametrize("kind", METHODS)
def test_nested_equals_flat(kind: str, twins: Any, images: list[Any]) -> None:
    ask = partial(getattr(explain, kind), **OPTIONS.get(kind, {}))
    nested, flat = (np.stack([ask(which, images[1], number) for number in range(5)]) for which in twins)
    assert np.abs(flat).max() > 0
    assert np.allclose(nested, flat, rtol=1e-3, atol=1e-3 * np.abs(flat).max())


@pytest.mark.parametrize("kind", METHODS)
def test_pictures_with_different_top_classes_are_explained_as_if_alone(
    kind: str, twins: Any, images: list[Any]
) -> None:
    together = list(explain_all(twins[1], images[:6], METHODS[kind]))
    assert len({each.target for each in together}) > 1
    for image, each in zip(images, together, strict=False):
        alone = explain.explain(twins[1], image, METHODS[kind])
        assert each.target == alone.target
        assert each.signed == alone.signed
        assert np.allclose(each.values, alone.values, rtol=1e-3, atol=1e-3 * np.abs(alone.values).max())
        for name in ("score", "points"):
            assert np.allclose(each.facts.get(name, 0), alone.facts.get(name, 0), rtol=1e-5)


def test_more_pictures_than_go_through_at_once(twins: Any, images: list[Any]) -> None:
    found = list(explain_all(twins[1], images, METHODS["saliency"]))
    assert len(found) == len(images) > 16
    for image, each in zip(images, found, strict=True):
        assert np.allclose(each.values, explain.saliency(twins[1], image), rtol=1e-3, atol=1e-6)
    assert list(explain_all(twins[1], [], METHODS["saliency"])) == []


def test_without_a_target_it_is_the_top_class(twins: Any, images: list[Any]) -> None:
    pictures = np.stack([Fit(image.shape[:2], (12, 10)).to(image) for image in images])
    tops = np.asarray(twins[1].model(pictures)).argmax(1)
    assert [each.channel for each in aim(twins[1], pictures)] == tops.tolist()
    assert np.array_equal(explain.gradcam(twins[1], images[1]), explain.gradcam(twins[1], images[1], int(tops[1])))


def test_what_the_crop_leaves_out_is_zero(twins: Any, images: list[Any]) -> None:
    """Of 30×17 pixels the middle 20 rows have the proportions of 12×10."""
    found = explain.saliency(twins[1], images[1], 1)
    assert not found[:5].any()
    assert not found[25:].any()
    assert found[5:25].any(1).all()


@pytest.mark.parametrize("kind", ["gradcam", "occlusion", "saliency"])
def test_a_map_lies_over_a_padded_picture(kind: str, redness: Any) -> None:
    """What is red in the upper right of a picture four times as wide as high is found there, not in the padding."""
    image = np.zeros((8, 32, 3), np.float32)
    image[:4, 24:, 0] = 1
    found = getattr(explain, kind)(redness, image, 0, fit="pad", **({"patch": 2, "stride": 2} if "occ" in kind else {}))
    whole = found.sum()
    assert whole > 0
    assert found[:4, 24:].sum() > 0.7 * whole
    assert found[:4].sum() > 0.8 * whole
    assert found[:, 22:].sum() > 0.9 * whole


@pytest.fixture(scope="module")
def redness(network: Any) -> Any:
    """Return a network of 16×16 pixels whose only class is the mean redness, seen in 8×8 places."""
    import keras
    from keras import layers

    def kernel(shape: Any, dtype: Any = None) -> Any:
        return np.asarray([1, -0.5, -0.5], np.float32).reshape(shape)

    image = keras.Input((16, 16, 3))
    x = layers.Conv2D(1, 1, activation="relu", kernel_initializer=kernel)(layers.AveragePooling2D(2)(image))
    return network(keras.Model(image, layers.Dense(1, kernel_initializer="ones")(layers.GlobalAveragePooling2D()(x))))


@pytest.mark.parametrize("bad", ["bytes", "grey", "alpha"])
def test_what_is_no_picture_is_refused(bad: str, twins: Any, images: list[Any]) -> None:
    """Whole numbers up to 255 would be taken for a picture 255 times too bright."""
    image = images[1]
    given = {"bytes": (image * 255).astype(np.uint8), "grey": image[..., 0], "alpha": np.dstack([image, image[..., 0]])}
    with pytest.raises(BadInput, match=r"A picture is an array \(30, 17, 3\) of floats in \[0, 1\], not"):
        explain.saliency(twins[1], given[bad], 1)


def test_a_picture_in_double_precision_is_the_same_picture(twins: Any, images: list[Any]) -> None:
    double = explain.saliency(twins[1], images[1].astype(np.float64), 1)
    assert np.allclose(double, explain.saliency(twins[1], images[1], 1), rtol=1e-4, atol=1e-6)
