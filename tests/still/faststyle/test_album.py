"""Crops are a function of the seed and the step, of every photograph in turn, and bad files cost one message each."""

import numpy as np
import pytest

from zoomdream.errors import BadInput
from zoomdream.picture.image import load_image, save_image
from zoomdream.still.faststyle.album import Album


def test_crops_are_a_function_of_the_seed_and_the_step(photos):
    album = Album(photos, 3)
    later = album.crops(7, 2, 32)
    assert later.shape == (2, 32, 32, 3)
    assert later.dtype == np.float32
    assert 0 <= later.min() <= later.max() <= 1
    assert (Album(photos, 3).crops(7, 2, 32) == later).all()
    assert not (album.crops(8, 2, 32) == later).all()
    assert not (Album(photos, 4).crops(7, 2, 32) == later).all()


def test_every_photograph_comes_once_before_any_comes_again(tmp_path):
    for level in range(5):
        save_image(tmp_path / f"{level}.png", np.full((40, 50, 3), level / 5, np.float32))
    album = Album(sorted(tmp_path.iterdir()), 0)
    levels = [round(float(crop.mean()) * 5) for step in range(5) for crop in album.crops(step, 2, 32)]
    assert sorted(levels[:5]) == sorted(levels[5:]) == [0, 1, 2, 3, 4]


def test_unreadable_files_are_told_once_and_left_out(photos, tmp_path):
    (tmp_path / "note.jpg").write_text("no picture")
    (tmp_path / "empty.png").touch()
    told = []
    album = Album([*photos, tmp_path / "note.jpg", tmp_path / "empty.png"], 0, tell=told.append)
    for step in range(10):
        assert album.crops(step, 2, 32).shape == (2, 32, 32, 3)
    assert sorted(str(why).split(" ")[0].rpartition("/")[2] for why in told) == ["empty.png", "note.jpg"]


def test_where_nothing_can_be_read_that_is_said(tmp_path):
    (tmp_path / "note.jpg").write_text("no picture")
    with pytest.raises(BadInput, match="None of the 1 pictures to learn from can be read"):
        Album([tmp_path / "note.jpg"], 0).crops(0, 1, 32)


def test_photographs_that_are_held_out_are_not_learnt_from(tmp_path):
    for level in range(20):
        save_image(tmp_path / f"{level}.png", np.full((64, 96, 3), level / 20, np.float32))
    album = Album(sorted(tmp_path.iterdir()), 1)
    shown = album.held_out(48)
    assert [picture.shape for picture in shown] == [(32, 48, 3)] * 2
    held = {round(float(picture.mean()) * 20) for picture in shown}
    learnt = {round(float(crop.mean()) * 20) for step in range(18) for crop in album.crops(step, 1, 32)}
    assert held | learnt == set(range(20))
    assert not held & learnt


def test_named_photographs_are_held_out_instead(photos):
    [picture] = Album(photos[:1], 0, held_out=[photos[1]]).held_out(480)
    assert (picture == load_image(photos[1])).all()


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "I;16", "1"])
def test_photographs_of_any_mode_are_learnt_from(tmp_path, mode):
    from PIL import Image

    suffix = "tif" if mode in ("CMYK", "I;16") else "png"
    grey = Image.fromarray(np.arange(64 * 48, dtype=np.uint8).reshape(48, 64))
    grey.convert(mode).save(tmp_path / f"a.{suffix}")
    assert Album([tmp_path / f"a.{suffix}"], 0).crops(0, 1, 32).std() > 0


def test_what_is_held_out_by_name_is_not_learnt_from(photos):
    album = Album(photos[:3], 0, held_out=[photos[1].parent / "." / photos[1].name])
    assert photos[1] not in album._photos and len(album._photos) == 2
    with pytest.raises(BadInput, match="All of the photographs are held out"):
        Album(photos[:1], 0, held_out=photos[:1])
