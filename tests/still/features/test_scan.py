"""A scan: every picture goes through the network once, whatever happens on the way."""

import os
import threading
from dataclasses import replace

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.network.weights import at_random
from zoomdream.picture.fit import Fit
from zoomdream.picture.folder import pictures_below
from zoomdream.picture.image import load_image
from zoomdream.still.features import scan as scans
from zoomdream.still.features.index import Index
from zoomdream.still.features.scan import Feature, Quiet, Scan, ahead, known_as, means, pixels
from zoomdream.still.passes import BATCH, scores


@pytest.fixture
def look(tmp_path, small, watch):
    """Return a function (folder, features) → (pictures done, what was computed of them), with one index."""

    def run(folder, features=None, fit="crop", told=watch):
        features = features or [means(small, "two")]
        with Index(tmp_path / "index") as index:
            scan = Scan(small.size, fit, index, told)
            done = scan.find(features, pictures_below(folder))
            return done, [np.concatenate(list(scan.read(feature, done))) for feature in features]

    return run


def test_features_are_those_of_the_network(look, folder, small):
    done, (found, tiny) = look(folder(), [means(small, "two"), pixels()])
    assert found.shape == (20, 12)
    assert tiny.shape == (20, 32 * 32 * 3)
    for path, row, levels in zip(done, found, tiny, strict=True):
        image = load_image(path)
        seen = Fit((image.shape[0], image.shape[1]), (32, 32)).to(image)
        np.testing.assert_allclose(row, scores(small, seen[None], "two")[0], atol=1e-5)
        np.testing.assert_array_equal(levels.reshape(32, 32, 3), np.rint(255 * seen))


def test_a_picture_is_looked_at_once(look, folder, watch, grain):
    place = folder()
    first = look(place)[1]
    assert (watch.begun, watch.done) == ([(20, 20)], 20)
    np.testing.assert_array_equal(look(place)[1], first)
    assert (watch.begun[-1], watch.done) == ((0, 20), 20)
    grain(place / "new.png", 77)
    grain(place / "005.png", 78)
    os.utime(place / "005.png", (1, 1))
    done, (found,) = look(place)
    assert (watch.begun[-1], watch.done) == ((2, 21), 22)
    changed = [not (row == first[0]).all(1).any() for row in found]
    assert [path.name for path, new in zip(done, changed, strict=True) if new] == ["005.png", "new.png"]


def test_what_they_depend_on_tells_features_apart(look, folder, small, watch):
    place = folder(4)
    look(place)
    look(place, [means(small, "one")])
    look(place, fit="pad")
    assert watch.begun == [(4, 4)] * 3
    look(place, [means(small, "two"), means(small, "one")])
    assert watch.begun[-1] == (0, 4)


def test_networks_are_told_apart_by_their_layers_their_weights_and_what_they_expect(small):
    import keras

    from zoomdream.network.inputs import input_range

    other = at_random(lambda: keras.models.clone_model(small.model))
    linear = keras.models.clone_model(
        small.model, clone_function=lambda layer: type(layer).from_config(plain(layer.get_config()))
    )
    linear.set_weights(small.model.get_weights())
    others = [
        replace(small, model=other),
        replace(small, model=linear),
        replace(small, model=linear, weights="ff"),
        replace(small, input_range=input_range("caffe")),
        replace(small, weights="ff"),
    ]
    assert len({known_as(network) for network in [small, *others]}) == 6
    assert known_as(replace(small, name="renamed")) == known_as(small)


def plain(config):
    """Return the settings of a layer without a nonlinearity."""
    return {**config, "activation": "linear"} if "activation" in config else config


def test_a_network_that_cannot_say_how_it_is_built_is_refused(network):
    import keras

    class Secret(keras.layers.Layer):
        def __init__(self, key):
            super().__init__()

        def call(self, given):
            return given

    given = keras.Input((32, 32, 3))
    model = keras.Model(given, keras.layers.Conv2D(2, 3, name="low")(Secret(object())(given)))
    with pytest.raises(BadInput, match="cannot be told from others"):
        known_as(network(model))


def test_what_cannot_be_read_is_left_out(look, folder, watch, grain):
    place = folder(5)
    (place / "001.png").write_text("no picture")
    (place / "004.png").write_bytes((place / "004.png").read_bytes()[:200])
    done, (found,) = look(place)
    assert len(found) == len(done) == 3
    assert [each.partition(" ")[0].rpartition("/")[2] for each in watch.left_out] == ["001.png", "004.png"]
    assert watch.done == 5
    grain(place / "001.png", 4)
    assert len(look(place)[0]) == 4
    assert watch.begun[-1] == (2, 5)


def test_a_picture_that_is_damaged_later_does_not_count_as_it_was(look, folder, watch):
    place = folder(3)
    look(place)
    (place / "001.png").write_text("no picture")
    assert [path.name for path in look(place)[0]] == ["000.png", "002.png"]


def test_a_folder_of_damaged_pictures_is_refused(look, folder):
    place = folder(2)
    for path in place.glob("*.png"):
        path.write_text("no picture")
    with pytest.raises(BadInput, match="None of the 2 pictures could be read"):
        look(place)


def test_a_run_that_is_stopped_goes_on_from_its_last_batch(look, folder, watch):
    class Stopping(Quiet):
        def advance(self, count):
            raise KeyboardInterrupt

    place = folder(BATCH + 9)
    with pytest.raises(KeyboardInterrupt):
        look(place, told=Stopping())
    look(place)
    assert watch.begun == [(9, BATCH + 9)]


def test_few_pictures_are_held_at_a_time(look, folder, small, monkeypatch):
    read, done, most, lock = [0], [0], [0], threading.Lock()
    load = scans.load_image

    def counted(path):
        with lock:
            read[0] += 1
            most[0] = max(most[0], read[0] - done[0])
        return load(path)

    def of(pictures, _):
        assert len(pictures) <= BATCH
        done[0] += len(pictures)
        return pictures.mean((1, 2))

    monkeypatch.setattr(scans, "load_image", counted)
    look(folder(5 * BATCH), [Feature("counted", of)])
    assert done[0] == read[0] == 5 * BATCH
    assert most[0] <= 2 * BATCH + 2


def test_work_that_is_done_ahead_comes_in_order_and_fails_in_its_turn():
    assert list(ahead(lambda n: n * n, range(50))) == [(n, n * n) for n in range(50)]
    some = ahead(lambda n: 1 / (n - 20), range(50))
    assert len([next(some) for _ in range(20)]) == 20
    with pytest.raises(ZeroDivisionError):
        next(some)


def test_who_does_not_watch_is_warned(look, folder):
    place = folder(3)
    (place / "001.png").write_text("no picture")
    with pytest.warns(UserWarning, match=r"Left out: .*001\.png"):
        look(place, told=Quiet())
