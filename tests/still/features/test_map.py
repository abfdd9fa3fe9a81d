"""Maps of folders: components as they are defined, neighbours kept together, thumbnails that do not overlap."""

import tracemalloc

import numpy as np
import pytest
from PIL import Image as Pillow

from zoomdream.errors import BadInput
from zoomdream.still.features.map import TOGETHER, PictureMap, by_neighbours, map_folder, principal
from zoomdream.still.features.space import compared_layer, directions
from zoomdream.still.features.thumbnails import draw_map


def in_portions(points, size=300):
    points = points.astype(np.float32)
    return lambda: (points[first : first + size] for first in range(0, len(points), size))


@pytest.mark.parametrize("count", [2, 3, 40, 2 * TOGETHER + 31])
def test_principal_components_are_those_of_all_points(count):
    chance = np.random.default_rng(1)
    points = chance.normal(size=(count, 6)) * (5, 3, 1, 0.5, 0.2, 0.1) @ np.linalg.qr(chance.normal(size=(6, 6)))[0]
    left, strengths, _ = np.linalg.svd(points - points.mean(0), full_matrices=False)
    found = principal(in_portions(points), count)
    assert len(found) == count
    for axis in range(2):
        wanted = left[:, axis] * strengths[axis]
        assert min(np.abs(found[:, axis] - wanted).max(), np.abs(found[:, axis] + wanted).max()) < 1e-3


@pytest.mark.parametrize("points", [np.ones((1, 5)), np.ones((4, 5)), np.arange(6.0)[:, None]])
def test_few_or_equal_points_have_places_too(points):
    found = principal(in_portions(points), len(points))
    assert found.shape[0] == len(points)
    assert found.shape[1] >= 2
    assert np.isfinite(found).all()


def heaps(count=30):
    chance = np.random.default_rng(2)
    return np.concatenate([chance.normal(size=(count, 8)), chance.normal(size=(count, 8)) + 9])


def test_neighbours_stay_together_and_the_seed_decides():
    found = by_neighbours(heaps(), 3)
    one, other = found[:30], found[30:]
    assert np.linalg.norm(one.mean(0) - other.mean(0)) > 2 * max(one.std(), other.std())
    np.testing.assert_array_equal(by_neighbours(heaps(), 3), found)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_neighbours_of_few(count):
    assert np.isfinite(by_neighbours(heaps()[:count], 0)).all()


def test_directions_have_length_one_and_nothing_stays_nothing():
    (found,) = directions([np.asarray([[3, 4], [0, 0]], np.float32)])
    np.testing.assert_allclose(found, [[0.6, 0.8], [0, 0]], rtol=1e-6)


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_a_folder_becomes_a_map(folder, small, tmp_path, watch, method):
    place = folder(12)
    options = {"method": method, "index": tmp_path / "index", "watch": watch}
    found = map_folder(small, place, **options)
    assert len(found.paths) == 12
    assert found.points.shape == (12, 2)
    assert found.points.std(0).min() > 0
    again = map_folder(small, place, **options)
    np.testing.assert_array_equal(again.points, found.points)
    assert watch.begun == [(12, 12), (0, 12)]


def test_one_picture_is_too_few_for_neighbours(folder, small, tmp_path):
    with pytest.raises(BadInput, match="t-SNE needs at least two pictures"):
        map_folder(small, folder(1), index=tmp_path / "index")
    assert not (tmp_path / "index").exists()
    assert map_folder(small, tmp_path / "pictures", method="pca", index=tmp_path / "index").points.tolist() == [[0, 0]]


def test_one_picture_that_can_be_read_is_too_few_as_well(folder, small, tmp_path, watch):
    place = folder(2)
    (place / "001.png").write_text("no picture")
    with pytest.raises(BadInput, match="t-SNE needs at least two pictures"):
        map_folder(small, place, index=tmp_path / "index", watch=watch)


def test_the_usual_layer_is_the_last_one_before_the_head(small, network):
    import keras

    assert compared_layer(small, None) == "two"
    given = keras.Input((8, 8, 3))
    low = keras.layers.Conv2D(2, 3, name="low")(given)
    bare = network(keras.Model(given, keras.layers.Conv2D(2, 3, activation="relu", name="high")(low), name="bare"))
    assert compared_layer(bare, None) == "high"


@pytest.fixture
def colours(tmp_path):
    """Return a map of plain pictures, each of a colour of its own."""
    paths = [tmp_path / f"{number}.png" for number in range(23)]
    for number, path in enumerate(paths):
        Pillow.new("RGB", (30, 20), (255, 10 * number, 0)).save(path)
    return PictureMap(paths, np.random.default_rng(5).normal(size=(23, 2)))


@pytest.mark.parametrize("size", [(24, 24), (20, 40)])
@pytest.mark.parametrize("layout", ["cloud", "grid"])
def test_thumbnails_are_of_one_size_and_none_is_over_another(colours, layout, size):
    drawn = draw_map(colours, size, "stretch", layout, 400)
    assert max(drawn.shape[:2]) <= 400
    levels = drawn.astype(int)
    greens = np.where(levels[..., 0] == 255, levels[..., 1], -1)
    areas = {int(np.count_nonzero(greens == 10 * number)) for number in range(23)}
    assert len(areas) == 1
    rows, columns = np.nonzero(greens == 0)
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert height * width == areas.pop()
    assert width / height == pytest.approx(size[1] / size[0], rel=0.15)
    assert (greens >= 0).mean() > (0.7 if layout == "grid" else 0.3)


def test_up_in_the_plane_is_up_in_the_picture(colours):
    points = np.zeros((2, 2))
    points[1] = (0, 5)
    drawn = draw_map(PictureMap(colours.paths[:2], points), (24, 24), "crop", "cloud", 200)
    lows = np.nonzero(drawn[..., 1] == 0)[0]
    highs = np.nonzero(drawn[..., 1] == 10)[0]
    assert highs.max() < lows.min()


def test_a_map_takes_little_more_memory_than_its_levels(colours):
    draw_map(colours, (24, 24), "crop", "cloud", 100)
    tracemalloc.start()
    drawn = draw_map(colours, (24, 24), "crop", "cloud", 8192)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert drawn.nbytes > 5_000_000
    assert most < 2 * drawn.nbytes
