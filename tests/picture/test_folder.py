"""Folders of pictures: every one in them and in the folders in them, in an order that lasts."""

import os

import pytest

from zoomdream.errors import BadInput
from zoomdream.picture.folder import pictures_below


def test_pictures_are_found_in_folders_within(tmp_path):
    for name in ("b.jpg", "a.PNG", "inner/deep/c.webp", "inner/d.tif"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for name in (".hidden.jpg", "notes.txt", ".cache/e.jpg", "folder.jpg/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "inner" / "round").symlink_to(tmp_path)
    (tmp_path / "link.jpg").symlink_to(tmp_path / "b.jpg")
    found = [str(path.relative_to(tmp_path)) for path in pictures_below(tmp_path)]
    assert found == ["a.PNG", "b.jpg", "link.jpg", "inner/d.tif", "inner/deep/c.webp"]


@pytest.mark.skipif(os.name != "posix", reason="pipes are files on POSIX alone")
def test_what_would_never_end_is_no_picture_and_what_leads_nowhere_is_told_of_later(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "circle.png").symlink_to("circle.png")
    (tmp_path / "gone.png").symlink_to("nothing")
    assert [path.name for path in pictures_below(tmp_path)] == ["circle.png", "gone.png"]


@pytest.mark.parametrize(
    ("name", "said"), [("gone", "There is no folder"), ("notes.txt", "is a file"), ("empty", "holds no picture")]
)
def test_a_folder_without_pictures_is_refused(tmp_path, name, said):
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    with pytest.raises(BadInput, match=said):
        pictures_below(tmp_path / name)
