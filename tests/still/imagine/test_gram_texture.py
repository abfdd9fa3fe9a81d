"""Textures by Gram matrices: they come near their source's, know nothing of places, and close where they are tiles."""

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.picture.warp import resize
from zoomdream.still.imagine.gram_texture import grow, measured, shown, texture
from zoomdream.still.imagine.layers import KNOWN, TEXTURES, layers_of, texture_layers
from zoomdream.still.imagine.likeness import grams, relative

SIZE = (48, 48)


@pytest.fixture(scope="module")
def fur(photo):
    """Return fur (64, 64, 3)."""
    return np.ascontiguousarray(resize(photo[20:148, 180:308], (64, 64)))


@pytest.fixture(scope="module")
def tile(tiny, fur):
    """Return where a tile was after every step."""
    return list(grow(tiny, fur, size=SIZE, tile=True, steps=60))


def test_gram_matrices_come_nearer_step_by_step(tile):
    costs = [-float(reached.heights[0]) for reached in tile]
    assert min(costs) > 0
    assert np.mean(costs[-5:]) < 0.1 * costs[0]


def test_a_texture_is_far_nearer_to_its_source_than_a_mean_colour(tiny, fur, tile):
    near, far = measured(tiny, fur, tile[-1].pictures[0])
    assert near < 0.1 * far


def test_the_source_is_no_distance_from_itself(tiny, fur):
    assert measured(tiny, fur, shown(fur, None))[0] == 0


def test_places_do_not_count(tiny, fur):
    """Turned round, the tiles of a picture 2 pixels wide stay what a network of stride 2 saw, at other places."""
    layer = "one"
    blocks = np.kron(np.random.default_rng(1).random((8, 8, 3)), np.ones((8, 8, 1))).astype(np.float32)
    turned = np.roll(blocks, (16, 24), (0, 1))
    ours, theirs = (grams(tiny, each, [layer])[layer] for each in (blocks, turned))
    assert relative(ours, theirs) < 1e-3 < relative(ours, grams(tiny, fur, [layer])[layer])


def test_a_tile_has_no_seams(tile):
    found = tile[-1].pictures[0]
    for axis in (0, 1):
        inside = np.abs(np.diff(found, axis=axis)).mean(axis=(1 - axis, 2))
        seam = np.abs(np.take(found, 0, axis) - np.take(found, -1, axis)).mean()
        assert seam < inside.mean() + 3 * inside.std()


def test_any_size_and_scale(tiny, fur):
    found = texture(tiny, fur, size=(33, 50), scale=0.7, steps=2)
    assert found.shape == (33, 50, 3)
    assert 0 <= found.min() <= found.max() <= 1
    assert shown(fur, 0.7).shape == (45, 45, 3)
    assert shown(np.zeros((64, 2048, 3), np.float32), None).shape == (32, 1024, 3)


def test_it_is_shown_at_full_size_while_it_is_coarse(tiny, fur):
    for reached in grow(tiny, fur, size=(70, 150), steps=3):
        assert reached.pictures.shape == (1, 70, 150, 3)


def test_the_same_seed_makes_the_same(tiny, fur):
    found = [texture(tiny, fur, size=SIZE, steps=2, seed=seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(found[0], found[1])
    assert np.abs(found[0] - found[2]).max() > 0


def test_a_network_has_layers_to_paint_by(lite0, tiny):
    for layers in (layers_of(lite0), layers_of(tiny)):
        assert layers.style
        assert len(layers.content) == 1
    assert {*layers_of(lite0).style, *texture_layers(lite0)} <= lite0.channels.keys()
    assert layers_of(tiny).style == ("one", "two")
    assert texture_layers(tiny) == ("one", "two")
    assert KNOWN.keys() == TEXTURES.keys()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"layers": ["twoo"]}, "did you mean 'two'"),
        ({"scale": -1.0}, "A scale is more than 0, not -1."),
        ({"image": np.zeros((20, 60, 3), np.float32)}, "60×20 pixels; it takes at least 32"),
        ({"image": np.zeros((32, 600, 3), np.float32)}, "600×32 pixels, one side more than 16 times the other"),
        ({"steps": 0}, "at least one step"),
        ({"steps": -2}, "at least one step"),
        ({"size": (0, 48)}, "at least one pixel"),
    ],
)
def test_what_has_no_texture_is_refused(tiny, fur, changes, says):
    with pytest.raises(BadInput) as caught:
        texture(**{"network": tiny, "image": fur, "size": SIZE, "steps": 1, **changes})
    assert says in str(caught.value)


@pytest.mark.parametrize(("size", "seen"), [((96, 96), 45), ((200, 160), 32)])
def test_a_source_that_is_seen_too_small_for_the_network_is_refused(valid, fur, size, seen):
    with pytest.raises(BadInput, match=f"seen too small: c3 of valid cannot be reached with .* {seen}×{seen}"):
        texture(valid, fur, size=size, scale=0.7, layers=["c3"], steps=2)


def test_a_network_that_takes_one_size_only_has_no_room_for_the_margin(fur):
    import keras

    from zoomdream.network.inputs import input_range
    from zoomdream.network.network import Network

    picture = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="first")(picture)
    dense = keras.layers.Dense(3)(keras.layers.Reshape((48 * 48 * 4,))(x))
    back = keras.layers.Reshape((1, 1, 3), name="one")(dense)
    network = Network("fixed", keras.Model(picture, back), input_range("0..1"))
    with pytest.raises(BadInput, match="one of fixed cannot be reached with a picture of 80×80"):
        texture(network, fur, size=SIZE, scale=0.75, layers=["one"], steps=1)
