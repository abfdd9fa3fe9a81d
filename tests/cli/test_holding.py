"""On its way to the encoder nobody holds a frame while the next one is made: at 8K it takes 0.4 GB."""

import io
import time
import weakref
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from zoomdream import api
from zoomdream.api import save
from zoomdream.cli import progress
from zoomdream.cli.preview import previewed
from zoomdream.cli.signals import Stopper
from zoomdream.film.camera import Motion
from zoomdream.film.rendering import Rendering
from zoomdream.film.seam import Seam
from zoomdream.reel import sinks
from zoomdream.reel.encode import encode, plan_film
from zoomdream.reel.job.job import begun
from zoomdream.reel.job.manifest import Manifest
from zoomdream.reel.job.recorder import Recorder
from zoomdream.reel.pixels import RAW, to_uint8
from zoomdream.reel.sinks import open_sink

Frame = NDArray[np.float32]
COUNT = 8
SIZE = (64, 192)


class Film:
    """Makes frames, and notes for each whether the one before it is still there."""

    def __init__(self) -> None:
        self.held: list[bool] = []
        self._last: Any = lambda: None

    def __call__(self, tell: Any) -> Iterator[Frame]:
        while True:
            self.held.append(self._last() is not None)
            yield self._made()

    def _made(self) -> Frame:
        frame = np.zeros((SIZE[1], SIZE[0], 3), np.float32)
        self._last = weakref.ref(frame)
        return frame


@pytest.mark.parametrize("terminal", [False, True])
def test_a_frame_is_gone_when_the_next_one_is_made(tmp_path: Path, monkeypatch: Any, terminal: bool) -> None:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
    monkeypatch.setattr(progress, "Console", lambda stderr: console)
    film, stopper = Film(), Stopper()
    watched = progress.follow(lambda tell: stopper.watch(film(tell)), COUNT, 5, 5, lambda t: "")
    frames = previewed(watched, tmp_path / "now.png")
    plan = plan_film(tmp_path / "a.mkv", SIZE, 5, None, None, True)
    with begun(Manifest({}, {}, "a.mkv", COUNT, 5), plan) as job, Recorder(job.segments, job.journal) as recorder:
        for number in range(2):
            recorder.record(number, islice(frames, len(job.segments.frames(number))))
    assert film.held == [False] * COUNT


@pytest.mark.parametrize("way", ["encoded", "saved", "followed", "heard", "shelved"])
def test_nor_by_who_else_passes_frames_on(tmp_path: Path, way: str) -> None:
    film, path = Film(), tmp_path / "a.mkv"
    frames = islice(film(None), COUNT)
    if way == "encoded":
        encode(path, frames, 5, SIZE)
    elif way == "saved":
        save(path, frames, fps=5)
    else:
        still = SimpleNamespace(loop_moves=lambda start, end: Motion(1, 0))
        job = SimpleNamespace(keep_shelf=lambda: None)
        ways = {
            "followed": progress.followed(frames, COUNT, "frame"),
            "heard": Seam(still, Fraction(5), COUNT).listen(frames),
            "shelved": Rendering(still, job, Fraction(5), None, lambda: 0)._shelved(frames),
        }
        assert sum(1 for _ in map(id, ways[way])) == COUNT
    assert film.held == [False] * COUNT


def test_nor_by_a_loop(tmp_path: Path, monkeypatch: Any) -> None:
    film = Film()
    still = SimpleNamespace(loop_frames=lambda fps: islice(film(None), COUNT + 1))
    monkeypatch.setattr(api, "studio", lambda *args, **more: still)
    frames = api.movie("reef", fps=COUNT, seconds=1, loop=True)
    assert sum(1 for _ in map(id, frames)) == COUNT
    assert film.held == [False] * COUNT


def test_nor_are_its_bytes_when_the_encoder_has_them(tmp_path: Path, monkeypatch: Any) -> None:
    made: list[Any] = []

    def raw(frame: Frame) -> memoryview:
        levels = to_uint8(frame)
        made.append(weakref.ref(levels))
        return levels.data.cast("B")

    monkeypatch.setitem(RAW, "rgb24", raw)
    sink = open_sink(plan_film(tmp_path / "a.mkv", SIZE, 5, None, None, True), None, 60)
    try:
        for frame in islice(Film()(None), COUNT):
            sink.write(frame)
        deadline = time.monotonic() + 60
        while (held := [levels for levels in made if levels() is not None]) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not held and sink.finish() == COUNT
    finally:
        sink.discard()


@pytest.mark.parametrize(("width", "depth"), [(640, 3), (4000, 3), (4002, 2), (6000, 2), (6002, 1), (12000, 1)])
def test_of_large_frames_fewer_wait_for_the_encoder(tmp_path: Path, width: int, depth: int) -> None:
    sink = sinks.VideoFile(plan_film(tmp_path / "a.mkv", (width, 2500), 5, None, None, True), None, 60)
    try:
        assert sink._pipe._frames.maxsize == depth
    finally:
        sink.discard()


def test_holding_would_be_noticed() -> None:
    film = Film()
    for _ in islice(film(None), 3):
        pass
    assert film.held == [False, True, True]
