"""The index: what is kept comes back, what has changed is missing, and nothing else's file is touched."""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from zoomdream.errors import BadInput, ZoomdreamError
from zoomdream.still.features.index import AT_ONCE, Index, Stamp, stamp, usual_file


def stamps(count, size=10):
    return [Stamp(Path(f"/pictures/{number}.jpg"), size, number) for number in range(count)]


def numbers(count, width=3):
    return np.arange(count * width, dtype=np.float32).reshape(count, width)


@pytest.fixture
def index(tmp_path):
    with Index(tmp_path / "index") as opened:
        yield opened


def test_what_is_kept_is_there_when_it_is_opened_again(tmp_path):
    count = AT_ONCE + 7
    with Index(tmp_path / "index") as first:
        first.keep("a", stamps(count), numbers(count))
    with Index(tmp_path / "index") as again:
        assert again.missing("a", stamps(count)) == []
        wanted = [one.path for one in stamps(count)][::-1]
        np.testing.assert_array_equal(np.concatenate(list(again.read("a", wanted))), numbers(count)[::-1])
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def test_other_keys_sizes_and_times_are_missing(index):
    index.keep("a", stamps(3), numbers(3))
    assert index.missing("b", stamps(3)) == stamps(3)
    assert index.missing("a", stamps(4)) == [stamps(4)[3]]
    assert index.missing("a", stamps(3, size=11)) == stamps(3, size=11)
    later = stamps(3)[1]._replace(changed=99)
    assert index.missing("a", [stamps(3)[0], later]) == [later]
    index.keep("a", [later], numbers(1) + 50)
    assert index.missing("a", [later]) == []
    (row,) = index.read("a", [later.path])
    np.testing.assert_array_equal(row, numbers(1) + 50)


def test_other_kinds_of_numbers_are_kept_too(index):
    index.keep("bytes", stamps(2), np.asarray([[1, 2], [3, 255]], np.uint8))
    (rows,) = index.read("bytes", [one.path for one in stamps(2)], "u1")
    assert rows.tolist() == [[1, 2], [3, 255]]


def test_what_has_left_a_folder_is_forgotten(index):
    elsewhere = Stamp(Path("/pictures-too/0.jpg"), 1, 1)
    index.keep("a", [*stamps(3), elsewhere], numbers(4))
    index.forget_others(Path("/pictures"), [stamps(3)[1].path])
    assert index.missing("a", [*stamps(3), elsewhere]) == [stamps(3)[0], stamps(3)[2]]


def test_what_another_run_has_forgotten_is_told(index, tmp_path):
    index.keep("a", stamps(3), numbers(3))
    with Index(tmp_path / "index") as other:
        other.forget_others(Path("/pictures"), [])
    with pytest.raises(ZoomdreamError, match="while they were looked at: try again"):
        list(index.read("a", [one.path for one in stamps(3)]))


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX alone")
def test_a_name_that_is_no_text_is_a_name(index, tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jpg"))
    path.write_bytes(b"1234")
    index.keep("a", [stamp(path)], numbers(1))
    assert index.missing("a", [stamp(path)]) == []


def test_a_picture_that_has_gone_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"gone\.jpg cannot be read"):
        stamp(tmp_path / "gone.jpg")


def make_base(path):
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE letters (text)")
    base.close()


@pytest.mark.parametrize("make", [lambda path: path.write_text("dear diary, " * 99), make_base])
def test_a_file_that_is_something_else_is_left_alone(tmp_path, make):
    make(tmp_path / "mine")
    before = (tmp_path / "mine").read_bytes()
    with pytest.raises(BadInput, match="is no index"):
        Index(tmp_path / "mine")
    assert (tmp_path / "mine").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(("name", "said"), [("gone/index", "no folder"), ("", "not an ordinary file")])
def test_an_index_that_cannot_be_is_refused(tmp_path, name, said):
    with pytest.raises(BadInput, match=said):
        Index(tmp_path / name)


def test_the_usual_place_is_in_the_cache_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with Index():
        assert usual_file().is_file()
    if sys.platform == "linux":
        assert usual_file() == tmp_path / "zoomdream" / "features.sqlite"


WRITE = """
import sys
from pathlib import Path
import numpy as np
from zoomdream.still.features.index import Index, Stamp
with Index(Path(sys.argv[1])) as index:
    for number in range(10**6):
        some = [Stamp(Path(f"/p/{number}-{i}"), 1, 1) for i in range(16)]
        index.keep("a", some, np.full((16, 500), number, np.float32))
"""


@pytest.mark.skipif(os.name != "posix", reason="a signal that cannot be caught")
def test_a_run_that_is_killed_leaves_whole_batches(tmp_path):
    file = tmp_path / "index"
    running = subprocess.Popen([sys.executable, "-c", WRITE, str(file)])
    while not file.exists() or file.stat().st_size < 300_000:
        assert running.poll() is None
        time.sleep(0.01)
    running.kill()
    running.wait()
    every = [Stamp(Path(f"/p/{number}-{i}"), 1, 1) for number in range(5000) for i in range(16)]
    with Index(file) as index:
        left = set(index.missing("a", every))
        assert 0 < len(left) < len(every)
        assert len(left) % 16 == 0
        kept = [one.path for one in every if one not in left]
        rows = np.concatenate(list(index.read("a", kept)))
    assert (rows == rows[:, :1]).all()
    np.testing.assert_array_equal(rows[:, 0], np.repeat(np.arange(len(kept) // 16), 16))
