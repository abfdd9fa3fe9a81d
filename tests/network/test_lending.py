"""A lent array is a tensor on the same memory."""

import numpy as np
import pytest

from zoomdream.network.backend import lent, room


@pytest.mark.parametrize("shape", [(1,), (3, 5, 3), (7, 1, 2, 9), (64, 48, 3)])
def test_room_is_an_array_of_that_shape_to_write_into(shape: tuple[int, ...]) -> None:
    array = room(shape)
    assert (array.shape, array.dtype, array.ctypes.data % 64) == (shape, np.float32, 0)
    assert array.flags.c_contiguous and array.flags.writeable
    array[:] = 7
    assert (array == 7).all()


def test_room_that_is_lent_is_not_copied() -> None:
    lent(room((1,)))  # the first operation of a program still copies
    array = room((48, 64, 3))
    array[:] = np.arange(3)
    tensor = lent(array[None])
    assert tensor.shape == (1, 48, 64, 3)
    assert np.shares_memory(np.asarray(tensor), array)


def test_what_is_lent_outlives_its_name() -> None:
    array = room((480, 640, 3))
    array[:] = 0.5
    tensor = lent(array)
    del array
    others = [room((480, 640, 3)) for _ in range(8)]
    for other in others:
        other[:] = 9
    assert (np.asarray(tensor) == 0.5).all()


def test_any_array_can_be_lent() -> None:
    for offset in range(5):
        array = np.arange(40, dtype=np.float32)[offset:]
        np.testing.assert_array_equal(np.asarray(lent(array)), array)
        np.testing.assert_array_equal(np.asarray(lent(array[::2])), array[::2])
