"""Style: it comes near the styles and the content, keeps colours and what a mask hides, and begins as it is told."""

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.picture.colour import measure
from zoomdream.picture.image import load_image
from zoomdream.picture.warp import resize
from zoomdream.still.faststyle.shelf import find_style
from zoomdream.still.imagine.layers import Layers
from zoomdream.still.imagine.style import Brief, grey, measured, paint, style

SIZE = 48
LAYERS = Layers(("one", "two"), ("two",))


@pytest.fixture(scope="module")
def cat(photo):
    return resize(photo, (40, 60))


@pytest.fixture(scope="module")
def stripes():
    """Return stripes of red and blue (48, 48, 3)."""
    waves = 0.5 + 0.4 * np.sin(np.arange(48) * 1.3)
    return np.stack(np.broadcast_arrays(waves, 0.2, 1 - waves[:, None]), 2).astype(np.float32)


@pytest.fixture(scope="module")
def painted(tiny, cat, stripes):
    """Return where a painting was after every step."""
    return list(paint(tiny, Brief(cat, [stripes], [1.0], 100.0), size=SIZE, steps=80))


def test_a_painting_comes_near_its_style(tiny, cat, stripes, painted):
    heights = [float(each.reached.heights[0]) for each in painted]
    assert np.mean(heights[-5:]) > 0.3 * heights[0]
    losses = measured(tiny, Brief(cat, [stripes], [1.0]), painted[-1].pictures[0])
    assert losses.style < 0.1 * losses.first_style


def test_the_embedded_network_paints_ten_times_nearer_to_a_style_than_the_photograph_is(lite0, photo):
    brief = Brief(photo, [load_image(find_style("reef").with_suffix(".jpg"))], [1.0], strength=100.0)
    *_, last = paint(lite0, brief, size=224, steps=250)
    losses = measured(lite0, brief, last.pictures[0])
    assert losses.style < 0.1 * losses.first_style


def test_without_strength_it_becomes_the_content(lite0, cat, stripes):
    layers = Layers(("stem",), ("stem",))
    pale = 0.3 + 0.4 * stripes
    brief = Brief(cat, [pale], [1.0], strength=0.0)
    every = list(paint(lite0, brief, size=60, steps=120, layers=layers))
    first, last = every[0].pictures[0], every[-1].pictures[0]
    losses = [measured(lite0, brief, each, layers).content for each in (first, last)]
    assert losses[1] < 0.15 * losses[0]
    assert np.abs(last - cat).mean() < 0.5 * np.abs(first - cat).mean()


def test_what_a_mask_hides_stays_as_it_is(tiny, cat, stripes):
    mask = np.zeros(cat.shape[:2], np.float32)
    mask[:, 30:] = 1
    found = style(tiny, cat, stripes, size=60, steps=5, mask=mask)
    np.testing.assert_allclose(found[:, :30], cat[:, :30], atol=1e-6)
    assert np.abs(found[:, 30:] - cat[:, 30:]).mean() > 0.02


def test_only_what_is_under_the_mask_is_compared_with_the_style(tiny, cat, stripes):
    both = resize(cat, (48, 48))
    both[:, 24:] = stripes[:, 24:]
    mask = np.zeros((48, 48), np.float32)
    mask[:, 26:46] = 1
    hidden = measured(tiny, Brief(both, [stripes], [1.0], mask=mask), both)
    whole = measured(tiny, Brief(both, [stripes], [1.0]), both)
    assert hidden.style < 0.1 * whole.style


def test_styles_are_blended(tiny, cat, stripes):
    turned = np.ascontiguousarray(stripes.swapaxes(0, 1))
    shares = [(1.0, 0.0), (0.5, 0.5), (0.0, 1.0)]
    distances = [
        measured(tiny, Brief(cat, [stripes, turned], share), resize(stripes, (40, 60))).style for share in shares
    ]
    assert distances[0] < distances[1] < distances[2]
    one, other = (
        style(tiny, cat, stripes, size=SIZE, steps=2),
        style(tiny, cat, stripes, turned, shares=(3, 0), size=SIZE, steps=2),
    )
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_colours_are_kept_place_by_place(tiny, cat, stripes):
    found = style(tiny, cat, stripes, size=60, steps=3, keep_colour="luminance")
    within = (found > 0.01).all(2) & (found < 0.99).all(2)
    chroma, before = found - grey(found), cat - grey(cat)
    assert within.mean() > 0.5
    np.testing.assert_allclose(chroma[within], before[within], atol=0.01)


def test_the_styles_palette_is_taken_or_matched(tiny, cat, stripes):
    taken, matched = (style(tiny, cat, stripes, size=60, steps=1, keep_colour=keep) for keep in (None, "match"))
    away = [np.abs(measure(each).mean - measure(cat).mean).max() for each in (taken, matched)]
    assert away[1] < 0.05 < away[0]


def test_it_begins_as_it_is_told(tiny, cat, stripes):
    first = {
        start: next(paint(tiny, Brief(cat, [stripes], [1.0], start=start), size=60, steps=1)).pictures[0]
        for start in ("content", "noise", "style")
    }
    like = {start: np.corrcoef(grey(found).ravel(), grey(cat).ravel())[0, 1] for start, found in first.items()}
    assert like["content"] > 0.75
    assert abs(like["noise"]) < 0.5
    rows = grey(first["style"])[..., 0]
    assert rows.mean(1).std() < rows.mean(0).std()  # the stripes stand upright


def test_the_same_seed_paints_the_same(tiny, cat, stripes):
    found = [style(tiny, cat, stripes, size=SIZE, steps=2, start="noise", seed=seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(found[0], found[1])
    assert np.abs(found[0] - found[2]).max() > 0


def test_it_grows_from_coarse_to_fine_and_is_shown_at_full_size(tiny, cat, stripes):
    mask = np.zeros(cat.shape[:2], np.float32)
    mask[:, 30:] = 1
    found = list(paint(tiny, Brief(cat, [stripes], [1.0], mask=mask), size=300, steps=3))
    grown = [each.reached.pictures.shape for each in found]
    assert grown == [(1, 171 + 32, 256 + 32, 3)] * 2 + [(1, 200 + 32, 300 + 32, 3)]
    for each in found:
        assert each.pictures.shape == (1, 200, 300, 3)
        np.testing.assert_allclose(
            each.pictures[0, :, :140], np.clip(resize(cat, (200, 300)), 0, 1)[:, :140], atol=1e-6
        )


def test_vgg19_paints_by_the_layers_of_the_paper(cat, stripes):
    import keras

    from zoomdream.network.inputs import input_range
    from zoomdream.network.network import Network

    model = keras.applications.VGG19(include_top=False, weights=None, input_shape=(None, None, 3))
    vgg = Network("vgg19", model, input_range("caffe"))
    brief = Brief(cat, [stripes], [1.0])
    *_, last = paint(vgg, brief, size=48, steps=4)
    assert last.pictures.shape == (1, 32, 48, 3)
    assert last.reached.heights[0] < 0
    assert last.reached.slopes[0] > 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"styles": ()}, "give at least one"),
        ({"shares": (1, 2)}, "There are 1 styles and 2 weights"),
        ({"shares": (-1,)}, "not negative"),
        ({"mask": np.ones((9, 9), np.float32)}, "40 by 60, not 9 by 9"),
        ({"mask": np.zeros((40, 60), np.float32)}, "The mask is black everywhere"),
        ({"keep_colour": "hue"}, "There is no way to keep colours 'hue'"),
        ({"start": "photo"}, "There is no start 'photo'"),
        ({"strength": -1.0}, "A strength is"),
        ({"layers": Layers(("oen",), ("two",))}, "did you mean 'one'"),
        ({"content": np.zeros((8, 60, 3), np.float32)}, "The content has 60×8 pixels"),
        ({"styles": (np.zeros((8, 60, 3), np.float32),)}, "The style has 60×8 pixels"),
        ({"styles": (np.zeros((640, 32, 3), np.float32),)}, "The style has 32×640 pixels, one side more than 16 times"),
        ({"steps": 0}, "at least one step"),
        ({"steps": -1}, "at least one step"),
        ({"size": 0}, "at least one pixel"),
    ],
)
def test_what_cannot_be_painted_is_refused(tiny, cat, stripes, changes, says):
    given = {"content": cat, "styles": (stripes,), "size": SIZE, "steps": 1, **changes}
    content, styles = given.pop("content"), given.pop("styles")
    with pytest.raises(BadInput) as caught:
        style(tiny, content, *styles, **given)
    assert says in str(caught.value)


def test_a_style_that_is_seen_too_small_for_the_network_is_refused(valid, stripes):
    content = resize(stripes, (160, 160))
    with pytest.raises(BadInput, match=r"The style is seen too small: c3 of valid cannot be reached .* 48×48"):
        style(valid, content, stripes, size=160, steps=1)
    assert style(valid, content, resize(stripes, (80, 80)), size=160, steps=1).shape == (160, 160, 3)
