"""Films from end to end, on a tiny network."""

import io
import weakref
from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from keras import ops

from zoomdream.api import movie
from zoomdream.ascent.objectives import Objective, channel, energy
from zoomdream.errors import BadInput
from zoomdream.film.film import State, prepare
from zoomdream.film.length import frame_count, looped
from zoomdream.film.pictures import Pictures, check_pictures, load_pictures
from zoomdream.film.settings import Camera, Dream, Film, Grade, Score, Start
from zoomdream.film.start import cover
from zoomdream.film.tween import first_frame
from zoomdream.network.catalogue import load_network
from zoomdream.presets import to_document, to_toml

SIZE = (40, 56)
FPS = Fraction(10)
FILM = Film(
    seconds=1,
    overlap=0.4,
    camera=Camera(zoom=1.5, rotate=20),
    dream=Dream(keys=5, lines=48, detail=12, jitter=6),
    score=Score(neurons=("two:4", "one:2 + 0.5 two:7"), hold=0.4, fade=0.2),
    start=Start(warmup=0.4),
)


def ready(film: Film, network: Any, seed: int = 0, warnings: list[str] | None = None, **kwargs: Any) -> Any:
    told = [] if warnings is None else warnings
    return prepare(
        film, network, SIZE, seed, pictures=load_pictures(film), warn=lambda fault: told.append(str(fault)), **kwargs
    )


@pytest.mark.parametrize(
    "film",
    [
        FILM,
        replace(FILM, start=Start(kind="colour", warmup=0.2)),
        replace(FILM, start=Start(kind="image", image="sample:cat.jpg")),
        replace(FILM, start=Start(kind="unfold", small=16, growth=3, seconds=0.6)),
        replace(FILM, camera=Camera(zoom=0.6, wander=0.1, drift=(0.1, 0), rest=0.2, ease=0.3)),
        replace(FILM, dream=replace(FILM.dream, rule="laplacian", octaves=3, ratio=1.5)),
        replace(FILM, grade=Grade(towards="off")),
        replace(FILM, grade=Grade(towards="sample:cat.jpg")),
        replace(FILM, score=Score(neurons=("class:cat", "two:?"), hold=0.3, fade=0.3)),
    ],
    ids=["noise", "colour", "image", "unfold", "camera", "laplacian", "ungraded", "colours of a picture", "class"],
)
def test_a_film_has_all_its_frames_finite_and_within_the_range(tiny, film):
    warnings: list[str] = []
    frames = list(ready(film, tiny, warnings=warnings).frames(FPS))
    assert len(frames) == 10
    assert warnings == []
    for frame in frames:
        assert frame.shape == (*SIZE, 3)
        assert frame.dtype == np.float32
        assert np.isfinite(frame).all()
        assert frame.min() >= 0 and frame.max() <= 1
        assert frame.max() < 1.1
        assert frame.std() > 0.005
    assert not np.array_equal(frames[0], frames[-1])


def test_two_runs_are_the_same_to_the_bit(tiny):
    one, two = (list(ready(FILM, tiny, seed=3).frames(FPS)) for _ in range(2))
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(first, second)


def test_another_seed_is_another_film(tiny):
    one, two = (next(ready(FILM, tiny, seed=s).frames(FPS)) for s in (3, 4))
    assert not np.array_equal(one, two)


def test_keys_do_not_depend_on_the_frame_rate(tiny):
    slow = list(ready(FILM, tiny).frames(Fraction(5)))
    fast = list(ready(FILM, tiny).frames(Fraction(20)))
    for frame, same in zip(slow, fast[::4], strict=True):
        np.testing.assert_array_equal(frame, same)


def test_a_film_of_a_photograph_begins_with_the_photograph(tiny, photo):
    film = replace(FILM, start=Start(kind="image", warmup=5))
    first = next(ready(film, tiny).frames(FPS))
    assert np.abs(first - cover(photo, SIZE)).mean() < 0.03
    exact = replace(film, dream=replace(FILM.dream, lines=SIZE[0]))
    np.testing.assert_array_equal(next(ready(exact, tiny).frames(FPS)), cover(photo, SIZE))


def test_warming_up_dreams_before_the_film_begins(tiny):
    cold, warm = (replace(FILM, start=Start(warmup=w)) for w in (0, 0.6))
    began = next(ready(cold, tiny).frames(FPS))
    assert np.abs(next(ready(warm, tiny).frames(FPS)) - began).mean() > 0.02


@pytest.mark.parametrize(
    ("keys", "growth", "seconds"), [(5, 3, 0.6), (5, 3, 1), (5, 20, 1), (12, 20, 0.5), (4, 2, 0.25), (5, 7, 1)]
)
def test_unfolding_arrives_at_full_size(tiny, keys, growth, seconds):
    start = Start(kind="unfold", small=16, growth=growth, seconds=seconds)
    film = replace(FILM, start=start, dream=replace(FILM.dream, keys=keys, detail=2))
    studio = ready(film, tiny)
    states: list[State] = []
    list(islice(studio.keys(tap=states.append), round(keys * seconds) + 3))
    margin = 2 * studio.zoom.margin
    assert states[0].picture.shape[0] == 16 and states[-1].picture.shape == (48 + margin, 67 + margin, 3)


UNFOLDING = Start(kind="unfold", small=16, growth=5, seconds=0.8)


@pytest.mark.parametrize(
    "start", [Start(), Start(kind="colour", warmup=0.2), UNFOLDING], ids=["noise", "plain", "unfold"]
)
@pytest.mark.parametrize("camera", [Camera(), Camera(zoom=0.7)], ids=["in", "out"])
@pytest.mark.parametrize("fps", [Fraction(10), Fraction(24000, 1001)])
def test_a_film_can_be_gone_on_with_at_any_key(tiny, start, camera, fps):
    studio = ready(replace(FILM, start=start, camera=camera), tiny)
    states: list[State] = []
    whole = list(studio.frames(fps, tap=states.append))
    for state in states[1:-1]:
        rest = list(studio.frames(fps, begin=state))
        assert len(rest) == len(whole) - first_frame(state.key, studio.zoom.pace, fps)
        np.testing.assert_array_equal(rest, whole[len(whole) - len(rest) :])


def test_a_loop_can_be_gone_on_with_at_any_key(tiny, tmp_path):
    studio = ready(looped(FILM, FPS), tiny)
    states: list[State] = []
    with (tmp_path / "shelf").open("w+b") as shelf:
        whole = list(studio.loop_frames(FPS, tap=states.append, shelf=shelf))
    later = [state for state in states if state.key > studio.overlap]
    assert len(later) >= 4
    for state in later:
        with (tmp_path / "shelf").open("rb") as shelf:
            rest = list(studio.loop_frames(FPS, begin=state, shelf=shelf))
        assert len(rest) == len(whole) - first_frame(state.key - studio.overlap, studio.zoom.pace, FPS)
        np.testing.assert_array_equal(rest, whole[len(whole) - len(rest) :])


def test_the_keys_before_the_first_frame_are_told(tiny):
    def tell(done, count):
        told.append((done, count))

    told: list[tuple[int, int]] = []
    next(ready(FILM, tiny).frames(FPS, tell))
    assert told == [(1, 2), (2, 2)]
    told.clear()
    next(ready(looped(FILM, FPS), tiny).loop_frames(FPS, tell))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    told.clear()
    next(ready(replace(FILM, start=Start(kind="image")), tiny).frames(FPS, tell))
    assert told == []


def test_while_it_unfolds_the_camera_rests(tiny):
    film = replace(FILM, start=Start(kind="unfold", small=16, growth=3, seconds=0.6))
    moves = ready(film, tiny).moves
    assert moves(0, 0.6).scale == pytest.approx(1)
    assert abs(moves(0.6, 1.6).scale) == pytest.approx(1.5)


def test_a_loop_ends_exactly_where_it_begins(tiny):
    film = looped(FILM, FPS)
    frames = list(ready(film, tiny).loop_frames(FPS))
    assert len(frames) == 11
    np.testing.assert_array_equal(frames[0], frames[-1])
    steps = [np.abs(b - a).mean() for a, b in pairwise(frames)]
    assert steps[-1] < 2 * max(steps[:-1])


@pytest.mark.parametrize("overlap", [0.01, 0.2, 60])
def test_a_loop_closes_with_any_overlap(tiny, overlap):
    film = looped(replace(FILM, overlap=overlap), FPS)
    frames = list(ready(film, tiny).loop_frames(FPS))
    assert len(frames) == 11
    np.testing.assert_array_equal(frames[0], frames[-1])


def test_a_loop_turns_by_whole_turns_and_starts_from_noise():
    film = looped(replace(FILM, seconds=4, camera=Camera(rotate=100), start=Start(kind="image")), FPS)
    assert film.camera.rotate == 90
    assert film.start.kind == "noise"
    named = replace(FILM, start=Start(kind="image", image="sample:cat.jpg"))
    assert looped(named, FPS).start == Start()
    assert looped(replace(FILM, start=Start(kind="colour")), FPS).start.kind == "colour"


@pytest.mark.parametrize(
    ("seconds", "keys", "fps"), [(1.23, 5, Fraction(10)), (1.5, 5, Fraction(10)), (1.2, 5, Fraction(12))]
)
def test_a_loop_that_is_not_whole_is_refused_in_a_sentence(seconds, keys, fps):
    film = replace(FILM, seconds=seconds, dream=replace(FILM.dream, keys=keys))
    with pytest.raises(BadInput, match=r"^A loop of .* is not a whole number of .*; [\d.]+ s would be\.$"):
        looped(film, fps)


@pytest.mark.parametrize("fps", [Fraction(10), Fraction(25), Fraction(30000, 1001), Fraction(25, 2)])
def test_the_length_advised_for_a_loop_is_accepted(fps):
    film = replace(FILM, seconds=7.77)
    with pytest.raises(BadInput) as caught:
        looped(film, fps)
    advised = str(caught.value).rpartition("; ")[2].split()[0]
    looped(replace(film, seconds=float(advised)), fps)


@pytest.mark.parametrize(("seconds", "keys"), [(1, 1), (0.2, 5), (0.5, 2), (1, 2), (2, 1)])
def test_the_shortest_loops_are_made_or_refused(tiny, seconds, keys):
    film = replace(FILM, seconds=seconds, dream=replace(FILM.dream, keys=keys))
    try:
        film = looped(film, FPS)
    except BadInput:
        return
    frames = list(ready(film, tiny).loop_frames(FPS))
    assert len(frames) == seconds * FPS + 1
    np.testing.assert_array_equal(frames[0], frames[-1])


@pytest.mark.parametrize(
    ("seconds", "fps", "count"),
    [(1, 30, 30), (0.1, 24, 2), (0.001, 24, 1), (60, Fraction(30000, 1001), 1798), (86400, 60, 5_184_000)],
)
def test_frame_count(seconds, fps, count):
    assert frame_count(seconds, Fraction(fps)) == count


def test_an_objective_of_ones_own(tiny):
    warnings: list[str] = []
    mine = 2 * energy("one") - Objective(frozenset({"image"}), lambda a: 0.1 * ops.mean(a["image"] ** 2))
    frames = list(ready(FILM, tiny, warnings=warnings, objective=mine).frames(FPS))
    assert len(frames) == 10
    assert warnings == []
    assert not np.array_equal(frames[9], list(ready(FILM, tiny).frames(FPS))[9])


def test_the_objective_of_the_documentation_makes_a_picture_not_a_blank(tiny):
    brightness = Objective(frozenset({"image"}), lambda a: ops.mean(a["image"]))
    frames = list(ready(FILM, tiny, objective=brightness).frames(FPS))
    assert all(frame.std() > 0.01 for frame in frames)


def test_an_objective_that_does_not_look_is_named_and_the_film_goes_on(tiny):
    warnings: list[str] = []
    blind = Objective(frozenset(), lambda a: ops.convert_to_tensor(1.0))
    frames = list(ready(FILM, tiny, warnings=warnings, objective=blind).frames(FPS))
    assert len(frames) == 10
    assert all("own objective" in warning for warning in warnings)
    assert warnings


@pytest.mark.parametrize(
    ("objective", "says"),
    [(channel("two", 9999), "two:9999: two has channels 0 to 11"), (energy("twoo"), "did you mean 'two'")],
)
def test_an_objective_that_the_network_cannot_serve_is_refused_before_any_work(tiny, objective, says):
    with pytest.raises(BadInput, match=says):
        movie(FILM, network=tiny, objective=objective)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "no layer 'two'"),
        ({"objective": energy("activation_1717")}, "did you mean 'activation_17'"),
        ({"settings": {"score.neurons": "activation_17:576"}}, "has channels 0 to 575"),
    ],
)
def test_a_film_is_refused_before_weights_are_downloaded(tmp_path, monkeypatch, asked, says):
    def load(name, weights=None, **_):
        assert weights == "random"
        return load_network(name, weights=weights)

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("zoomdream.api.load_network", load)
    with pytest.raises(BadInput, match=says):
        movie(FILM, network="mobilenet_v3_small", size=(56, 40), **asked)


def test_a_silent_score_is_named_and_the_film_goes_on(tiny):
    warnings: list[str] = []
    frames = list(ready(replace(FILM, score=Score(neurons=("0 two:4",))), tiny, warnings=warnings).frames(FPS))
    assert len(frames) == 10
    assert all("two:4" in warning for warning in warnings)
    assert min(frame.mean() for frame in frames) > 0.1


def test_a_wrong_score_is_refused_before_any_work(tiny):
    with pytest.raises(BadInput, match="did you mean 'two'"):
        ready(replace(FILM, score=Score(neurons=("twoo:4",))), tiny)


def test_missing_pictures_are_refused_by_name():
    film = replace(FILM, start=Start(kind="image", image="/nowhere/cat.jpg"))
    for check in (check_pictures, load_pictures):
        with pytest.raises(BadInput, match=r"/nowhere/cat\.jpg"):
            check(film)
    with pytest.raises(BadInput, match=r"dog\.jpg.*cat\.jpg"):
        load_pictures(replace(FILM, grade=Grade(towards="sample:dog.jpg")))
    assert load_pictures(FILM) == Pictures()


def test_movie_yields_the_frames(tiny):
    frames = list(movie(FILM, network=tiny, size=(56, 40), fps=10, seed=3))
    for frame, same in zip(frames, ready(FILM, tiny, seed=3).frames(FPS), strict=True):
        np.testing.assert_array_equal(frame, same)


def test_movie_takes_the_path_of_a_preset(tiny, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(to_toml(to_document(FILM)))
    one, two = (next(movie(preset, network=tiny, size=(56, 40), fps=10)) for preset in (path, str(path)))
    np.testing.assert_array_equal(one, two)


def test_movie_as_a_loop_leaves_the_repeated_frame_out(tiny):
    frames = list(movie(FILM, network=tiny, size=(56, 40), fps=10, loop=True))
    assert len(frames) == 10
    assert not np.array_equal(frames[0], frames[-1])


def test_movie_takes_a_length_and_changes(tiny):
    settings = {"dream.keys": 4, "dream.detail": 5, "dream.lines": 32, "score.neurons": "two:4", "start.warmup": 0}
    frames = movie("reef", network=tiny, size=(56, 40), fps=4, seconds=0.5, settings=settings)
    assert len(list(frames)) == 2


def test_movie_refuses_to_loop_back_to_a_picture(tiny):
    with pytest.raises(BadInput, match="cannot begin with a picture"):
        movie(FILM, network=tiny, loop=True, settings={"start.image": "sample:cat.jpg"})


@pytest.mark.parametrize("seconds", [-1, 0, float("nan"), 1e9])
def test_movie_refuses_a_length_out_of_range(tiny, seconds):
    with pytest.raises(BadInput):
        movie(FILM, network=tiny, seconds=seconds)


@pytest.mark.parametrize(
    ("way", "start", "size"),
    [
        ("frames", Start(warmup=0), (48, 67)),
        ("frames", Start(kind="unfold", small=16, growth=3, seconds=0.6), (16, 22)),
        ("loop_frames", Start(warmup=0), (48, 67)),
    ],
    ids=["film", "unfolding", "loop"],
)
def test_a_film_lets_go_of_the_state_it_goes_on_from(tiny, way, start, size):
    """Which at 7680×4320 is 400 MB."""
    studio = ready(replace(FILM, start=start), tiny)
    begin = State(0 if start.kind == "unfold" else studio.overlap + 1, np.full((*size, 3), 0.5, np.float32))
    shelf = {"shelf": io.BytesIO(bytes(10**7))} if way == "loop_frames" else {}
    picture = weakref.ref(begin.picture)
    frames = getattr(studio, way)(FPS, begin=begin, **shelf)
    del begin
    for _ in islice(frames, 5):
        pass
    assert picture() is None
