"""A film into a job: what is kept on the way is what the rest is made from."""

import weakref
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.film.test_film import FILM, SIZE, ready
from zoomdream.film import rendering, zoom
from zoomdream.film.camera import Motion
from zoomdream.film.film import State, Studio
from zoomdream.film.length import frame_count, looped
from zoomdream.film.rendering import Rendering
from zoomdream.film.seam import Seam
from zoomdream.film.tween import key_before, tween
from zoomdream.reel import read_frames
from zoomdream.reel.encode import plan_film
from zoomdream.reel.job.job import begun, resumed
from zoomdream.reel.job.manifest import Manifest

SECONDS = 4
RATES = pytest.mark.parametrize(("keys", "fps"), [(8, 5), (5, 8), (12, 10), (24, 5), (4, 24)])
"""Keys and frames a second."""


def studio_of(tiny: Any, keys: int, fps: int, loop: bool, dreamt: list[int]) -> Studio:
    """Return a film that notes the number of each key it dreams."""
    dream, start = replace(FILM.dream, keys=keys, detail=2), replace(FILM.start, warmup=0)
    film = replace(FILM, seconds=SECONDS, dream=dream, start=start, overlap=1)
    studio = ready(looped(film, Fraction(fps)) if loop else film, tiny)
    dreamer = studio.zoom.dreamer

    class Noting:
        dream = dreamer.dream

        def __call__(self, image: Any, key: int, *rest: Any) -> Any:
            dreamt.append(key)
            return dreamer(image, key, *rest)

    return replace(studio, zoom=replace(studio.zoom, dreamer=Noting()))


def render(studio: Studio, folder: Path, fps: int, loop: bool, stop: int | None = None) -> None:
    """Render a film as far as its frame number ``stop``, or go on with it."""
    rate = Fraction(fps)
    count = frame_count(studio.film.seconds, rate)
    plan = plan_film(folder / "a.mkv", (SIZE[1], SIZE[0]), fps, None, None, True)

    def watch(frames_of: Any, done: int) -> Iterator[Any]:
        for number, frame in enumerate(frames_of(lambda done, total: None), done):
            if number == stop:
                raise KeyboardInterrupt
            yield frame

    hold = resumed if (folder / ".a.zoomdream").exists() else begun
    with hold(Manifest({}, {}, "a.mkv", count, fps), plan) as job:
        seam = Seam(studio, rate, count) if loop else None
        Rendering(studio, job, rate, seam, lambda: 0).fill(watch, print)


def frames(folder: Path) -> list[bytes]:
    pieces = sorted((folder / ".a.zoomdream").glob("*/0*.mp4"))
    return [frame.tobytes() for piece in pieces for frame in read_frames(piece)]


@RATES
@pytest.mark.parametrize("loop", [False, True], ids=["movie", "loop"])
def test_a_film_that_was_stopped_dreams_no_more_than_the_second_it_was_at(tiny, tmp_path, keys, fps, loop):
    for name in ("whole", "halved"):
        (tmp_path / name).mkdir()
    dreamt: list[int] = []
    studio = studio_of(tiny, keys, fps, loop, dreamt)
    with pytest.raises(KeyboardInterrupt):
        render(studio, tmp_path / "halved", fps, loop, stop=3 * fps + 1)
    before = max(dreamt)
    dreamt.clear()
    render(studio, tmp_path / "halved", fps, loop)
    assert dreamt[0] >= before - keys - 2 and dreamt == sorted(set(dreamt))
    render(studio, tmp_path / "whole", fps, loop)
    assert frames(tmp_path / "halved") == frames(tmp_path / "whole")
    assert len(frames(tmp_path / "whole")) == SECONDS * fps


@RATES
@pytest.mark.parametrize("loop", [False, True], ids=["movie", "loop"])
def test_while_a_key_is_made_only_the_one_before_it_is_held(tiny, tmp_path, monkeypatch, keys, fps, loop):
    made: list[weakref.ref[Any]] = []
    held: list[int] = []
    next_key = zoom.next_key

    def noting(*given: Any) -> Any:
        held.append(sum(key() is not None for key in made))
        key = next_key(*given)
        made.append(weakref.ref(key))
        return key

    monkeypatch.setattr(zoom, "next_key", noting)
    render(studio_of(tiny, keys, fps, loop, []), tmp_path, fps, loop)
    assert held == [0] + [1] * (len(made) - 1) and len(made) > (SECONDS - 1) * keys


@pytest.mark.parametrize("length", [1, 2, 12, 30])
@pytest.mark.parametrize("fps", [Fraction(5), Fraction(12), Fraction(24000, 1001), Fraction(30), Fraction(60)])
def test_the_newest_state_from_which_the_next_segment_can_be_reached_is_remembered(fps, length):
    states, pace, made, held = rendering._Last(), 12, [], []

    def keys():
        for number in range(120):
            held.append(len(states._states))  # while this key is made
            states.note(State(number, np.full((4, 4, 3), 0.5, np.float32)))
            made.append(number)
            yield np.full((4, 4, 3), 0.5, np.float32)

    frames = tween(keys(), lambda start, end: Motion(1, 0), pace, fps)
    ends = range(length, 116 * fps // pace, length)
    for end in ends:
        reached = key_before(end, pace, fps)
        states.want(reached)
        assert len(list(islice(frames, length))) == length
        assert states.wanted().key == min(reached, made[-1])
    assert ends and max(held) == 1
