"""Pictures become bytes strip by strip, and each of them as it would by itself."""

import numpy as np
import pytest

from zoomdream.reel.pixels import RAW, to_uint8, to_uint16

WAYS = {"rgb24": (to_uint8, 255, "u1"), "rgb48le": (to_uint16, 65535, "<u2")}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("height", [1, 31, 32, 33, 96, 97])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_numbers_are_clipped_and_rounded_once(way: str, height: int, kind: type) -> None:
    convert, most, levels = WAYS[way]
    frame = (np.random.default_rng(height).random((height, 7, 3)) * 1.4 - 0.2).astype(kind)
    exact = np.clip(frame, 0, 1).astype(np.float64 if kind is np.float64 else np.float32)
    plain = (exact * exact.dtype.type(most) + exact.dtype.type(0.5)).astype(levels)
    found = convert(frame)
    assert found.dtype == np.dtype(levels)
    np.testing.assert_array_equal(found, plain)
    assert bytes(RAW[way](frame)) == plain.tobytes()
    assert memoryview(RAW[way](frame)).nbytes == len(memoryview(RAW[way](frame)))  # as it is sent in pieces


@pytest.mark.parametrize("way", WAYS)
def test_a_view_of_a_frame_is_as_good(way: str) -> None:
    frame = np.random.default_rng(0).random((70, 9, 3), np.float32)
    for view in (frame[5:40], frame[::-1], frame[:, 2:7], frame[..., ::-1], frame.transpose(1, 0, 2)):
        assert bytes(RAW[way](view)) == bytes(RAW[way](view.copy()))


def test_hand_computed_levels() -> None:
    frame = np.array([[[-1, 0, 0.5], [1, 2, 1 / 255]]])
    np.testing.assert_array_equal(to_uint8(frame), [[[0, 0, 128], [255, 255, 1]]])
    np.testing.assert_array_equal(to_uint16(frame), [[[0, 0, 32768], [65535, 65535, 257]]])
    assert bytes(RAW["rgb48le"](frame))[4:8] == b"\x00\x80\xff\xff"
