"""A lent array is a tensor on the same memory."""

import numpy as np
import pytest

from zoomdream.network.backend import aligned, lent


@pytest.mark.parametrize("shape", [(1,), (3, 5, 3), (7, 1, 2, 9), (64, 48, 3)])
def test_an_aligned_array_has_that_shape_and_is_to_be_written_into(shape: tuple[int, ...]) -> None:
    array = aligned(shape)
    assert (array.shape, array.dtype, array.ctypes.data % 64) == (shape, np.float32, 0)
    assert array.flags.c_contiguous and array.flags.writeable
    array[:] = 7
    assert (array == 7).all()


def test_what_is_aligned_is_not_copied() -> None:
    lent(aligned((1,)))  # the first operation of a program still copies
    array = aligned((48, 64, 3))
    array[:] = np.arange(3)
    tensor = lent(array[None])
    assert tensor.shape == (1, 48, 64, 3)
    assert np.shares_memory(np.asarray(tensor), array)


def test_what_is_lent_outlives_its_name() -> None:
    lent(aligned((1,)))
    array = aligned((480, 640, 3))
    array[:] = 0.5
    tensor = lent(array)
    assert np.shares_memory(np.asarray(tensor), array)
    del array
    others = [aligned((480, 640, 3)) for _ in range(8)]
    for other in others:
        other[:] = 9
    assert (np.asarray(tensor) == 0.5).all()


def test_any_array_can_be_lent() -> None:
    for offset in range(5):
        array = np.arange(40, dtype=np.float32)[offset:]
        np.testing.assert_array_equal(np.asarray(lent(array)), array)
        np.testing.assert_array_equal(np.asarray(lent(array[::2])), array[::2])
