"""Receptive fields: by hand, and by what the gradient of an activation reaches."""

import numpy as np
import pytest

from zoomdream.network.backend import value_and_gradient
from zoomdream.still.features.field import receptive_field
from zoomdream.still.passes import channels


def positive(shape, dtype=None):
    """Return weights above 0, of which none cancel another."""
    return np.random.default_rng(len(shape)).uniform(0.5, 1.5, shape).astype(np.float32)


def reached(network, layer, size, row, column):
    """Return the box that the gradient of an activation reaches."""
    from keras import ops

    _, down = value_and_gradient(
        lambda images: ops.sum(network.activations(images, {layer})[layer][0, row, column]),
        ops.full((1, *size, 3), 0.5),
    )
    seen = np.asarray(down)[0].any(-1)
    rows, across = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    return slice(rows[0], rows[-1] + 1), slice(across[0], across[-1] + 1)


def columns(network, layer, size):
    return receptive_field(network, layer, size).columns


def test_by_hand(tiny):
    """Two convolutions of 3×3, the first with stride 2; TensorFlow pads an even side below and at the right."""
    assert receptive_field(tiny, "one", (32, 32)).box(5, 0) == (slice(10, 13), slice(0, 3))
    field = receptive_field(tiny, "two", (32, 32))
    assert field.box(5, 5) == (slice(8, 15), slice(8, 15))
    assert field.box(0, 15) == (slice(0, 5), slice(28, 32))
    assert receptive_field(tiny, "two", (33, 32)).box(5, 5) == (slice(7, 14), slice(8, 15))


def test_fields_that_share_a_pixel_overlap(tiny):
    met = receptive_field(tiny, "two", (64, 64)).overlaps(10, 10)
    assert np.flatnonzero(met[10]).tolist() == [7, 8, 9, 10, 11, 12, 13]
    assert np.flatnonzero(met[:, 3]).tolist() == []


@pytest.mark.parametrize("build", range(7))
@pytest.mark.parametrize("size", [(29, 32), (34, 23)])
def test_of_every_place_as_its_gradient_has_it(network, build, size):
    made = network(models()[build], size=size)
    name = [*made.channels][-1]
    field = receptive_field(made, name, size)
    for row in {0, 1, len(field.rows) // 2, len(field.rows) - 1}:
        column = (3 * row + 1) % len(field.columns)
        assert field.box(row, column) == reached(made, name, size, row, column), (name, row, column)


def test_a_place_of_padding_depends_on_nothing(network):
    import keras

    given = keras.Input((None, None, 3))
    made = network(keras.Model(given, keras.layers.ZeroPadding2D(2, name="around")(given)), size=(8, 8))
    field = receptive_field(made, "around", (8, 8))
    assert field.box(1, 4) == (slice(8, 8), slice(2, 3))
    assert not field.overlaps(1, 4).any()


def models():
    """Return networks of every kind of layer that reads more than one place."""
    import keras
    from keras import layers

    def convolve(*size, kind=layers.Conv2D, **more):
        key = "depthwise_initializer" if kind is layers.DepthwiseConv2D else "kernel_initializer"
        return kind(*size, **{key: positive}, **more)

    def chain(*row):
        given = keras.Input((None, None, 3))
        return keras.Model(given, keras.Sequential(row)(given) if len(row) == 1 else _along(given, row))

    inner = keras.Sequential([keras.Input((None, None, 4)), convolve(4, 3, dilation_rate=2), layers.ReLU()])
    given = keras.Input((None, None, 3))
    low = convolve(4, 3, padding="same")(given)
    branches = keras.Model(given, layers.Concatenate()([convolve(2, (5, 1), padding="same")(low), low]))
    given = keras.Input((None, None, 3))
    low = convolve(4, 3, strides=2, padding="same", activation="swish")(given)
    gate = layers.Reshape((1, 1, 4))(layers.GlobalAveragePooling2D()(low))
    gated = keras.Model(given, convolve(3, 1)(layers.Multiply()([low, gate])))
    return [
        chain(convolve(4, 4, strides=3, padding="same"), convolve(3, kind=layers.DepthwiseConv2D, padding="same")),
        chain(layers.ZeroPadding2D(((1, 0), (2, 3))), convolve(4, 3, strides=2), layers.Cropping2D(1), convolve(2, 2)),
        chain(convolve(4, 3, padding="same"), inner, layers.AveragePooling2D(3, 2, "same"), convolve(2, 2)),
        branches,
        chain(convolve(2, 2), layers.UpSampling2D(2), convolve(2, 3), layers.UpSampling2D(2, interpolation="bilinear")),
        chain(convolve(2, 3, strides=2), convolve(2, 3, kind=layers.Conv2DTranspose, strides=2, padding="same"),
              convolve(2, 4, kind=layers.Conv2DTranspose, strides=3)),
        gated,
    ]  # fmt: skip


def _along(given, row):
    for layer in row:
        given = layer(given)
    return given


def test_a_layer_of_an_unknown_kind_reads_everything(network):
    import keras

    given = keras.Input((None, None, 3))
    turned = keras.layers.Permute((2, 1, 3), name="turned")(
        keras.layers.Conv2D(2, 3, padding="same", name="low")(given)
    )
    field = receptive_field(network(keras.Model(given, turned), size=(8, 8)), "turned", (8, 8))
    assert field.box(2, 3) == (slice(0, 8), slice(0, 8))


@pytest.mark.parametrize(("layer", "side"), [("stem", 3), ("block0", 7), ("block3", 35), ("block6", 115)])
def test_of_the_embedded_network(lite0, layer, side):
    rows, across = receptive_field(lite0, layer, (224, 224)).box(*(len(columns(lite0, layer, (224, 224))) // 2,) * 2)
    assert (rows.stop - rows.start, across.stop - across.start) == (side, side)


def test_what_lies_outside_changes_nothing(lite0, photo):
    picture = photo[:224, :224][None]
    rows, across = receptive_field(lite0, "block6", (224, 224)).box(3, 4)
    other = np.random.default_rng(0).random(picture.shape, np.float32)
    other[:, rows, across] = picture[:, rows, across]
    mix = np.eye(80, 3, dtype=np.float32)
    one, two = (channels(lite0, each, "block6", mix)[0] for each in (picture, other))
    np.testing.assert_allclose(one[3, 4], two[3, 4], atol=1e-5)
    assert np.abs(one - two).max() > 0.1
