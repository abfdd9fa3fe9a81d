"""What ffmpeg's filter says of a film, where a decoder's thread speaks in the midst of it."""

from pathlib import Path

import pytest

from zoomdream.reel.probe import Colour, read_log

SAYS = "[Parsed_showinfo_0 @ 0x7f]"
SEEN = f"""
  Stream #0:0: Video: h264 (High), yuv420p
{SAYS} config in time_base: 1/15360, frame_rate: 30/1
{SAYS} n:   0 pts:      0 pts_time:0 duration:    512 fmt:yuv420p cl:left sar:0/1 s:640x360 i:P iskey:1
{SAYS} color_range:tv color_space:bt709 color_primaries:bt709 color_trc:iec61966-2-1
{SAYS} n:   1 pts:    512 pts_time:0.0333333 duration:    512 fmt:yuv420p cl:left sar:0/1 s:640x360 i:P iskey:0
{SAYS} color_range:tv color_space:bt709 color_primaries:bt709 color_trc:iec61966-2-1
"""


@pytest.mark.parametrize(
    ("at", "instead"),
    [
        ("iskey:0", "iskey:0[h264 @ 0x5] a frame of s:1x1 fmt:gray with pts:99 duration: 7"),
        ("color_range:tv color_space", "color_ra[h264 @ 0x5] error while decoding\nnge:tv color_space"),
        ("bt709 color_primaries", "bt7[h264 @ 0x5] error while decoding\n09 color_primaries"),
    ],
)
def test_facts_are_the_filters_own_where_another_thread_speaks_in_its_midst(at: str, instead: str) -> None:
    path = Path("film.mp4")
    plain = read_log(SEEN.splitlines()).probe(path)
    assert (plain.frames, plain.width, plain.fps, plain.colour) == (
        2,
        640,
        30,
        Colour("tv", "bt709", "bt709", "iec61966-2-1"),
    )
    assert read_log(SEEN.replace(at, instead, 1).splitlines()).probe(path) == plain
