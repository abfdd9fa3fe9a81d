"""Files that call themselves films and name others: nothing but the file itself is read, and nobody is called."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.reel.conftest import SIZE, children, moving
from zoomdream.errors import BadInput
from zoomdream.reel import encode, ffmpeg, has_sound, probe, read_frames, read_metadata
from zoomdream.reel.viewing import view

PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"
MANIFEST = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S">
<Period><AdaptationSet mimeType="video/mp4"><Representation id="0" bandwidth="1" width="64" height="48">
<BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>
"""
FILES: dict[str, Callable[[str], str]] = {
    "playlist": PLAYLIST.format,
    "concat script": "ffconcat version 1.0\nfile '{}'\n".format,
    "manifest": MANIFEST.format,
    "session": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n# {}\n".format,
    "notes": ";FFMETADATA1\ncomment={}\n".format,
}
OPENED: dict[str, Callable[[Path], Any]] = {
    "probe": probe,
    "read": lambda path: list(read_frames(path)),
}


@pytest.fixture
def secret(here: Path) -> Path:
    """Return a folder with films in it that nobody is to read."""
    encode(here / "secret.mp4", moving(3), 30, SIZE, metadata={"a": "secret"})
    status, _, said = ffmpeg.run([*ffmpeg.reading(here / "secret.mp4"), "-c", "copy", str(here / "secret.ts")])
    assert status == 0, said
    return here


@pytest.mark.parametrize("suffix", [".mp4", ".m2ts", ".avi"])
@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("named", ["secret.mp4", "secret.ts"])
def test_a_script_that_names_another_film_is_refused(secret: Path, kind: str, named: str, suffix: str) -> None:
    script = secret / f"film{suffix}"
    script.write_text(FILES[kind](named))
    for opened in OPENED.values():
        with pytest.raises(BadInput, match="cannot be decoded"):
            opened(script)
    assert not has_sound(script)
    assert read_metadata(script) is None
    assert not list(view(script).frames())
    assert not children()


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        listening.setblocking(False)
        yield listening


@pytest.mark.parametrize("scheme", ["http", "tcp", "rtmp", "hls+http"])
@pytest.mark.parametrize("kind", ["playlist", "concat script", "manifest"])
def test_nobody_is_called(here: Path, server: socket.socket, kind: str, scheme: str) -> None:
    (here / "film.mp4").write_text(FILES[kind](f"{scheme}://127.0.0.1:{server.getsockname()[1]}/film.ts"))
    with pytest.raises(BadInput):
        probe(here / "film.mp4")
    with pytest.raises(BlockingIOError):
        server.accept()


@pytest.mark.parametrize(
    "name", ["http://127.0.0.1/film.mp4", "concat:secret.mp4|secret.mp4", "-i", "pipe:0", "%06d.png"]
)
def test_the_name_of_an_input_is_a_name_of_a_file(secret: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(secret)
    encode("film/", moving(2), 30, SIZE)
    (secret / "000000.png").write_bytes((secret / "film/000000.png").read_bytes())
    for opened in (*OPENED.values(), read_metadata):
        with pytest.raises(BadInput, match="cannot be read"):
            opened(Path(name))


@pytest.mark.parametrize(
    "name", ["-y.mp4", "concat:secret.mp4|b.mp4", "a\nb.mp4", "file:secret.mp4", "%d.mp4", "~.mp4"]
)
def test_a_film_of_any_name_is_read_literally(secret: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(secret)
    encode(name, moving(5), 30, SIZE)
    assert probe(name).frames == len(list(read_frames(name))) == 5


@pytest.mark.skipif(os.name != "posix", reason="no such files")
def test_what_is_no_ordinary_file_is_not_waited_for(here: Path) -> None:
    os.mkfifo(here / "pipe.mp4")
    (here / "zero.mp4").symlink_to("/dev/zero")
    for name in ("pipe.mp4", "zero.mp4"):
        for opened in (*OPENED.values(), read_metadata):
            with pytest.raises(BadInput, match="no ordinary file"):
                opened(here / name)


def test_what_is_written_into_a_film_is_text_and_no_setting(here: Path) -> None:
    made = {"title": "a\n[CHAPTER]\nTIMEBASE=1/1;#\\=x\n-vf\nnegate", "film": {"a": "'\"%d é"}}
    pictures = list(moving(3))
    for name in ("film.mp4", "film.mkv"):
        encode(here / name, iter(pictures), 30, SIZE, metadata=made)
        assert read_metadata(here / name) == made
        assert np.abs(next(read_frames(here / name)) / 255 - pictures[0]).mean() < 0.2
