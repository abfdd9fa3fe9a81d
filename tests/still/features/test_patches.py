"""Patches: the network's own activations, at places that share no pixel, cut out where they come from."""

import numpy as np
import pytest
from PIL import Image as Pillow

from zoomdream.errors import BadInput
from zoomdream.network.addresses import CLASS
from zoomdream.picture.fit import Fit
from zoomdream.picture.folder import pictures_below
from zoomdream.picture.image import load_image
from zoomdream.still.features.patches import EACH, narrowed, patches


def activity(network, image, layer, fit="crop", size=(32, 32)):
    """Return the activations (a, b, c) of a layer for a picture of any size."""
    seen = Fit((image.shape[0], image.shape[1]), size, fit).to(image)
    return np.asarray(network.activations(seen[None], {layer})[layer])[0]


@pytest.fixture
def best(tmp_path, small):
    def run(folder, neuron, **options):
        return patches(small, folder, neuron, index=tmp_path / "index", **options)

    return run


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_scores_are_the_networks_own_activations(best, folder, small, fit):
    for patch in best(folder(6), "two:3", fit=fit):
        found = activity(small, load_image(patch.path), "two", fit)[patch.row, patch.column, 3]
        assert patch.activation == pytest.approx(found, rel=1e-5, abs=1e-5)


def test_the_strongest_place_of_all_comes_first(best, folder, small):
    place = folder(6)
    every = {path: activity(small, load_image(path), "two")[..., 5] for path in pictures_below(place)}
    found = best(place, "two:5", most=10)
    assert found[0].activation == pytest.approx(max(each.max() for each in every.values()), rel=1e-5)
    assert [one.activation for one in found] == sorted((one.activation for one in found), reverse=True)
    top = best(place, "two:5", most=4, each=1)
    assert len({one.path for one in top}) == 4
    strongest = sorted((float(each.max()) for each in every.values()), reverse=True)[:4]
    assert [one.activation for one in top] == pytest.approx(strongest, rel=1e-5)


def test_fields_of_one_picture_share_no_pixel(best, folder):
    found = best(folder(1), "two:0", most=100, field=1)
    assert 4 <= len(found) <= EACH
    covered = np.zeros((40, 48), int)
    for patch in found:
        # At a border two pixels that the network sees may be made of one pixel of the picture.
        rows, columns = patch.box
        covered[rows.start + 1 : rows.stop - 1, columns.start + 1 : columns.stop - 1] += 1
    assert covered.max() == 1


def test_what_lies_outside_the_field_changes_nothing(best, folder, small):
    for patch in best(folder(3), "two:7", most=3):
        image = load_image(patch.path)
        other = np.random.default_rng(0).random(image.shape, np.float32)
        other[patch.field] = image[patch.field]
        there = activity(small, other, "two")[patch.row, patch.column, 7]
        assert there == pytest.approx(patch.activation, rel=1e-4, abs=1e-5)
        assert patch.cut().shape[:2] == tuple(side.stop - side.start for side in patch.box)


def test_a_patch_holds_less_of_the_field_the_less_is_asked_for(best, folder):
    place = folder(3)

    def area(share):
        return [np.prod([side.stop - side.start for side in one.box]) for one in best(place, "two:7", field=share)]

    whole, most, half = area(1), area(0.9), area(0.5)
    assert all(a >= b >= c > 0 for a, b, c in zip(whole, most, half, strict=True))
    assert sum(whole) > sum(most) > sum(half)
    assert [one.box for one in best(place, "two:7", field=1)] == [one.field for one in best(place, "two:7")]


def test_one_place_alone(best, folder, small):
    place = folder(4)
    found = best(place, "two:3@2,5")
    assert {(one.row, one.column) for one in found} == {(2, 5)}
    assert len(found) == 4
    for patch in found:
        assert patch.activation == pytest.approx(
            activity(small, load_image(patch.path), "two")[2, 5, 3], rel=1e-5, abs=1e-5
        )


def test_a_class_sees_all_that_the_network_sees(best, folder, small):
    for patch in best(folder(4), "class:bee"):
        image = load_image(patch.path)
        assert (patch.row, patch.column) == (None, None)
        assert patch.activation == pytest.approx(activity(small, image, CLASS)[1], rel=1e-5, abs=1e-5)
        assert patch.box == Fit((image.shape[0], image.shape[1]), (32, 32)).seen


@pytest.mark.parametrize("field", [0.9, 1])
def test_every_patch_is_a_piece_of_a_picture_and_none_of_its_padding(best, tmp_path, field):
    (tmp_path / "thin").mkdir()
    Pillow.new("RGB", (4, 200)).save(tmp_path / "thin" / "black.png")
    for channel in range(8):
        found = best(tmp_path / "thin", f"one:{channel}", fit="pad", field=field, each=4)
        assert len(found) == 4
        assert all(patch.cut().size for patch in found)


def test_a_place_that_sees_nothing_but_padding_is_told(best, tmp_path):
    (tmp_path / "thin").mkdir()
    Pillow.new("RGB", (4, 200)).save(tmp_path / "thin" / "black.png")
    with pytest.raises(BadInput, match=r"two:1@1,1 sees nothing of these pictures"):
        best(tmp_path / "thin", "two:1@1,1", fit="pad")


def test_a_picture_that_has_become_smaller_is_told(best, folder):
    (patch,) = best(folder(1), "two:3", most=1)
    Pillow.new("RGB", (3, 3)).save(patch.path)
    with pytest.raises(BadInput, match="has changed since it was looked at"):
        patch.cut()


def test_a_larger_view_of_the_pictures(best, folder, small):
    (patch,) = best(folder(1), "two:3", most=1, side=64)
    found = activity(small, load_image(patch.path), "two", size=(64, 64))
    assert patch.activation == pytest.approx(found[patch.row, patch.column, 3], rel=1e-5)
    assert found.shape[:2] == (32, 32)


def test_the_index_answers_a_second_time(best, folder, watch):
    place = folder(5)
    first = best(place, "two:3", watch=watch)
    assert best(place, "two:3", most=2, each=1, watch=watch)[0] == first[0]
    best(place, "two:4", watch=watch)
    assert watch.begun == [(5, 5), (0, 5), (5, 5)]


@pytest.mark.parametrize(
    ("neuron", "said"),
    [
        ("two", "two is a whole layer: name one of its neurons, two:0 to two:11"),
        ("tvo:1", "did you mean 'two'"),
        ("two:12", "has channels 0 to 11"),
        ("two:?", "name a channel"),
        ("two:1@16,0", "rows 0 to 15"),
        ("class:wasp", "no class of that name"),
        ("pool:1", "no rows and columns"),
    ],
)
def test_what_is_no_neuron_is_refused(best, folder, neuron, said):
    with pytest.raises(BadInput, match=said.replace("?", r"\?")):
        best(folder(1), neuron)


def test_a_folder_that_is_not_there_is_refused(best, tmp_path):
    with pytest.raises(BadInput, match="There is no folder"):
        best(tmp_path / "gone", "two:1")
    assert not (tmp_path / "index").exists()


def box(top, bottom, left, right):
    return slice(top, bottom), slice(left, right)


def test_influence_is_narrowed_to_its_middle():
    influence = np.zeros((20, 20))
    influence[12, 5] = 1
    assert narrowed(influence, box(0, 20, 0, 20), 0.9) == box(11, 14, 4, 7)
    influence[:] = 1
    assert narrowed(influence, box(2, 12, 2, 12), 0.36) == box(4, 10, 4, 10)
    assert narrowed(influence, box(2, 12, 2, 12), 1) == box(2, 12, 2, 12)
    assert narrowed(influence * 0, box(2, 12, 2, 12), 0.5) == box(2, 12, 2, 12)


def test_patches_are_cut_out_of_the_picture_at_full_size(tmp_path, small, photo):
    from zoomdream.picture.image import save_image

    (tmp_path / "photos").mkdir()
    save_image(tmp_path / "photos" / "cat.png", photo)
    (patch,) = patches(small, tmp_path / "photos", "one:2@8,9", field=1, index=tmp_path / "index")
    np.testing.assert_allclose(patch.cut(), photo[patch.box], atol=1 / 255)
    assert patch.path == tmp_path / "photos" / "cat.png"
    # Rows 16 to 18 and columns 18 to 20 of 32, which are the 300 in the middle of the photograph.
    assert patch.box == (slice(150, 179), slice(75 + 168, 75 + 197))
