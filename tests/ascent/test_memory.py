"""Memory: a picture on the device is treated as one in the host's memory, and leaves it once."""

from typing import Any

import numpy as np
import pytest
from keras import ops

from zoomdream.ascent import climb as climbing
from zoomdream.ascent import memory
from zoomdream.ascent.climb import compile_climb
from zoomdream.ascent.memory import DEVICE, HOST, memory_for, resize_on_device
from zoomdream.ascent.objectives import energy
from zoomdream.ascent.octaves import over_octaves
from zoomdream.ascent.rules import chain, normalise_std, scale, smooth
from zoomdream.film.dream import Dreamer, make_rule, octave_sizes
from zoomdream.film.settings import Dream
from zoomdream.network.backend import start
from zoomdream.picture.warp import resize
from zoomdream.still.octave_dream import dream as dream_still

SIZES = [(24, 32), (34, 45), (48, 64)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((48, 64), (24, 32)),
        ((48, 64), (34, 45)),
        ((360, 640), (257, 457)),
        ((50, 60), (50, 41)),
        ((50, 60), (7, 59)),
        ((24, 32), (48, 64)),
        ((34, 45), (48, 64)),
        ((257, 457), (360, 640)),
        ((16, 17), (16, 160)),
        ((1, 5), (9, 5)),
        ((720, 1280), (600, 1067)),
    ],
)
def test_a_picture_is_resized_as_in_the_hosts_memory(before: Any, after: Any) -> None:
    picture = np.random.default_rng(0).random((*before, 3), np.float32)
    there = ops.convert_to_numpy(resize_on_device(ops.convert_to_tensor(picture), after))
    assert there.dtype == np.float32
    np.testing.assert_allclose(there, resize(picture, after), atol=2e-6)


def test_where_one_side_shrinks_and_the_other_grows_each_does_so_in_its_own_way() -> None:
    picture = np.random.default_rng(0).random((20, 30, 3), np.float32)
    there = ops.convert_to_numpy(resize_on_device(picture, (40, 10)))
    np.testing.assert_allclose(there, resize(resize(picture, (20, 10)), (40, 10)), atol=2e-6)


@pytest.mark.parametrize(("size", "ratio"), [((1080, 576), 2), ((2048, 512), 1.2)])
def test_what_resizes_a_key_serves_the_next_one(size: Any, ratio: float) -> None:
    sizes = octave_sizes(Dream(octaves=8, ratio=ratio), size)
    picture = ops.zeros((*size, 3))
    missed = []
    for _ in range(2):
        over_octaves(picture, sizes, lambda image, octave: image, DEVICE)
        missed.append(memory._shares.cache_info().misses)
    assert missed[0] == missed[1]


def test_what_has_its_size_is_left_as_it_is(noise: Any) -> None:
    picture = ops.convert_to_tensor(noise)
    assert resize_on_device(picture, noise.shape[:2]) is picture


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "accelerators", lambda: ["a card"])


def test_a_picture_is_kept_on_a_card_unless_it_goes_through_it_in_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    assert memory_for([(10, 10)], 1024) is HOST
    monkeypatch.setattr(memory, "accelerators", lambda: ["a card"])
    assert memory_for([(10, 10), (1024, 1024)], 1024) is memory.DEVICE
    assert memory_for([(1024, 1025), (10, 10)], 1024) is HOST
    assert memory_for([(100, 2049), (10, 10)], 1024) is HOST


@pytest.fixture
def leaving(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Return the shapes of all tensors that have become arrays."""
    shapes: list[tuple[int, ...]] = []

    def noted(way: Any) -> Any:
        def turn(of: Any, *more: Any, **how: Any) -> Any:
            if ops.is_tensor(of):
                shapes.append(tuple(of.shape))
            return way(of, *more, **how)

        return turn

    kind = type(ops.zeros(())).__mro__[1]
    for where, name in ((np, "asarray"), (np, "array"), (kind, "numpy"), (kind, "__array__")):
        monkeypatch.setattr(where, name, noted(getattr(where, name)))
    monkeypatch.setattr(memory, "DEVICE", DEVICE._replace(take=noted(DEVICE.take)))
    return shapes


def pictures(shapes: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    return [shape for shape in shapes if len(shape) > 2]


def test_a_key_leaves_the_card_once_and_is_the_same(
    tiny: Any, noise: Any, card: None, leaving: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Dream(lines=48, octaves=3, ratio=1.41, detail=10)
    dreamer = Dreamer(compile_climb(tiny, energy("two"), make_rule(settings), tile=1024), settings, seed=3)
    there = dreamer(noise, 2, {}, 0.5)
    assert there.flags.writeable
    assert pictures(leaving) == [noise.shape]
    monkeypatch.undo()
    here = dreamer(noise, 2, {}, 0.5)
    assert np.abs(here - noise).std() > 0.003
    np.testing.assert_allclose(there, here, atol=2e-3)
    assert np.sqrt(np.mean((there - here) ** 2)) < 1e-4


def test_a_still_leaves_the_card_once_and_is_the_same(
    tiny: Any, noise: Any, card: None, leaving: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = np.tile(noise, (3, 3, 1)).astype(np.float64)
    dreamt = [dream_still(tiny, picture, ["two"], octaves=2, steps=steps) for steps in (2, 12)]
    assert pictures(leaving) == [picture.shape] * 2
    monkeypatch.undo()
    for steps, there in zip((2, 12), dreamt, strict=True):
        here = dream_still(tiny, picture, ["two"], octaves=2, steps=steps)
        assert np.sqrt(np.mean((there - here) ** 2)) < 1e-3 * steps


def no_room(*given: Any) -> Any:
    raise start.tf.errors.ResourceExhaustedError(None, None, "no room")


@pytest.mark.parametrize("full", ["put", "resize", "take"])
def test_where_a_card_has_no_room_for_pictures_they_are_kept_in_the_hosts_memory(noise: Any, full: str) -> None:
    kinds = []

    def climb(image: Any, octave: int) -> Any:
        kinds.append(ops.is_tensor(image))
        return image + np.float32(0.25)

    there = over_octaves(noise, SIZES, climb, DEVICE._replace(**{full: no_room}))
    np.testing.assert_allclose(there, noise + 0.75, atol=1e-5)
    assert kinds == [True] * 3 * (full == "take") + [False] * 3


def test_where_a_card_has_no_room_to_climb_the_pictures_are_kept_in_the_hosts_memory(noise: Any) -> None:
    there = over_octaves(noise, SIZES, lambda image, octave: no_room() if ops.is_tensor(image) else image, DEVICE)
    np.testing.assert_array_equal(there, noise)


def test_where_there_is_no_room_in_the_hosts_memory_either_that_is_told(noise: Any) -> None:
    with pytest.raises(MemoryError):
        over_octaves(noise, SIZES, no_room, DEVICE)


def test_where_a_card_has_no_room_for_a_whole_step_its_gradient_is_made_in_tiles(
    tiny: Any, noise: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step is then taken in the host's memory, and what it made is put back on the card."""
    rule = chain(smooth(), normalise_std(), scale(0.01))
    whole = compile_climb(tiny, energy("two"), rule)
    expected = over_octaves(noise, SIZES, lambda image, octave: whole(image, 1, lambda step: (3, 5)), HOST)
    monkeypatch.setattr(climbing, "compile_step", lambda *given: full)
    tiled, kinds = compile_climb(tiny, energy("two"), rule, tile=256), []

    def climb(image: Any, octave: int) -> Any:
        kinds.append(ops.is_tensor(image))
        return tiled(image, 1, lambda step: (3, 5))

    there = over_octaves(noise, SIZES, climb, DEVICE)
    assert kinds == [True] * 3
    np.testing.assert_allclose(there, expected, atol=1e-4)


def full(*given: Any) -> Any:
    raise MemoryError


def test_what_a_climb_makes_in_the_hosts_memory_is_put_back_on_the_card(noise: Any) -> None:
    kinds = []

    def climb(image: Any, octave: int) -> Any:
        kinds.append(ops.is_tensor(image))
        return np.asarray(image) + np.float32(0.25)

    there = over_octaves(noise, SIZES, climb, DEVICE)
    assert kinds == [True] * 3
    np.testing.assert_allclose(there, noise + 0.75, atol=1e-5)


def test_a_climb_gives_what_it_is_given(tiny: Any, noise: Any) -> None:
    climb = compile_climb(tiny, energy("two"), chain(smooth(), normalise_std(), scale(0.01)))
    array = climb(noise, 2, lambda step: (step, 1))
    tensor = climb(ops.convert_to_tensor(noise), 2, lambda step: (step, 1))
    assert isinstance(array, np.ndarray)
    assert ops.is_tensor(tensor)
    np.testing.assert_array_equal(array, tensor)
