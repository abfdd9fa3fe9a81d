"""Every format keeps colours, counts, times, sizes and what made it."""

import re
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from tests.reel.conftest import COLOURS, HEIGHT, SIZE, WIDTH, centres, children, moving, patches
from zoomdream.errors import BadInput
from zoomdream.reel import Probe, encode, pack, probe, read_frames, read_metadata, unpack

# name, codec, frames per second, codec as ffmpeg calls it, pixel format, greatest error of a flat patch in 1/255
FORMATS = [
    ("film.mp4", None, 29.97, "h264", "yuv420p", 2),
    ("film.MP4", "h265", 24, "hevc", "yuv420p", 2),
    ("film.mp4", "av1", 60, "av1", "yuv420p10le", 2),
    ("film.mkv", None, 23.976, "h264", "yuv420p", 2),
    ("film.mkv", "h265", 25, "hevc", "yuv420p", 2),
    ("film.webm", None, 30, "vp9", "yuv420p", 2),
    ("film.webm", "av1", 12, "av1", "yuv420p10le", 2),
    ("film.mov", None, 30, "prores", "yuv444p12le", 1),
    ("film.mov", "hap", 25, "hap", "rgb0", 3),
    ("film.mov", "h265", Fraction(25, 2), "hevc", "yuv420p", 2),
    ("film.gif", None, 30, "gif", "bgra", 1),
    ("film.webp", None, 60, "webp", "yuv420p", 3),
    ("film", None, 30, "png", "rgb24", 0),
]
METADATA = {"title": 'q"uo=te;#\\ \n ü’ </rdf:li>&amp; 梦', "numbers": [1, 2.5, None], "preset": "x" * 4000}


@pytest.mark.parametrize(("name", "codec", "fps", "codec_found", "pixels", "tolerance"), FORMATS)
def test_film_comes_back(
    here: Path, name: str, codec: str | None, fps: float, codec_found: str, pixels: str, tolerance: int
) -> None:
    path = here / name
    report = encode(path, [patches()] * 12, fps, SIZE, codec=codec, metadata=METADATA, frame_count=12)
    found = probe(path)
    frames = list(read_frames(path))

    assert (report.path, report.frames, report.width, report.height) == (path, 12, WIDTH, HEIGHT)
    assert (found.frames, found.width, found.height) == (12, WIDTH, HEIGHT)
    assert (found.codec, found.pixel_format) == (codec_found, pixels)
    assert report.seconds == pytest.approx(12 / fps, abs=1e-3)
    assert found.fps is None if name == "film" else found.fps == report.fps
    assert report.bytes == sum(p.stat().st_size for p in (path.iterdir() if path.is_dir() else [path]))
    assert len(frames) == 12 and all(f.shape == (HEIGHT, WIDTH, 3) and f.dtype == np.uint8 for f in frames)
    assert max(np.abs(centres(f) - COLOURS).max() for f in frames) <= tolerance
    assert read_metadata(path) == METADATA
    assert [p.name for p in here.iterdir()] == [name]


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.webm", "film.mov"])
def test_colours_are_tagged(here: Path, name: str) -> None:
    encode(here / name, moving(3), 30, SIZE)
    assert _tags(probe(here / name)) == ("tv", "bt709", "bt709", "bt709")


def _tags(found: Probe) -> tuple[str, ...]:
    colour = found.colour
    return colour.range, colour.matrix, colour.primaries, colour.transfer


def test_h265_is_tagged_for_apple(here: Path) -> None:
    encode(here / "film.mp4", moving(3), 30, SIZE, codec="h265")
    assert b"hvc1" in (here / "film.mp4").read_bytes()


def test_mp4_starts_fast(here: Path) -> None:
    encode(here / "film.mp4", moving(5), 30, SIZE)
    data = (here / "film.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_prores_keeps_more_than_eight_bits(here: Path) -> None:
    ramp = np.broadcast_to(np.linspace(0.5, 0.52, WIDTH, dtype=np.float32)[None, :, None], (HEIGHT, WIDTH, 3))
    encode(here / "film.mov", [ramp], 30, SIZE)
    raw = subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-v",
            "error",
            "-i",
            here / "film.mov",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "gray12le",
            "-",
        ],
        capture_output=True,
        check=True,
    ).stdout
    levels = np.unique(np.frombuffer(raw, np.uint16))
    assert len(levels) > 10  # eight bits would have six


@pytest.mark.parametrize("name", ["film.gif", "film.webp"])
@pytest.mark.parametrize("fps", [29.97, 24, 7.5])
def test_uneven_delays_keep_the_mean_rate(here: Path, name: str, fps: float) -> None:
    encode(here / name, moving(40, (16, 16)), fps, (16, 16))
    found = probe(here / name)
    assert float(found.span) == pytest.approx(39 / fps, abs=float(found.tick))


@pytest.mark.parametrize("name", ["film.gif", "film.webp"])
def test_animations_loop_for_ever(here: Path, name: str) -> None:
    encode(here / name, moving(4), 20, SIZE, metadata=METADATA)
    with Image.open(here / name) as image:
        assert image.n_frames == 4
        assert image.info["loop"] == 0


def test_pillow_sees_the_gif_that_ffmpeg_sees(here: Path) -> None:
    encode(here / "film.gif", moving(6), 20, SIZE, metadata=METADATA)
    frames = list(read_frames(here / "film.gif"))
    with Image.open(here / "film.gif") as image:
        for index, frame in enumerate(frames):
            image.seek(index)
            assert np.array_equal(np.array(image.convert("RGB")), frame)


def test_gif_of_odd_size(here: Path) -> None:
    encode(here / "film.gif", moving(3, (5, 3)), 20, (5, 3))
    assert [f.shape for f in read_frames(here / "film.gif")] == [(3, 5, 3)] * 3


def test_dithered_gif_is_close_seen_from_afar(here: Path) -> None:
    x, y = np.meshgrid(np.linspace(0, 1, 96), np.linspace(0, 1, 64))
    smooth = np.stack([x, y, 1 - x * y], -1).astype(np.float32)
    encode(here / "film.gif", [smooth], 20, (96, 64))
    found = next(iter(read_frames(here / "film.gif"))) / 255
    blocks = (found - smooth).reshape(8, 8, 12, 8, 3).mean((1, 3))
    assert np.abs(blocks).max() < 0.03


@pytest.mark.parametrize("name", ["film.mp4", "film.gif", "film.webp", "film"])
def test_single_picture(here: Path, name: str) -> None:
    encode(here / name, [patches()], 30, SIZE, metadata=METADATA)
    assert probe(here / name).frames == 1
    assert read_metadata(here / name) == METADATA


@pytest.mark.parametrize("name", ["film.mp4", "film.gif", "film.webp", "film"])
def test_film_without_metadata_says_nothing(here: Path, name: str) -> None:
    encode(here / name, [patches()] * 2, 30, SIZE)
    assert read_metadata(here / name) is None


def test_values_outside_the_range_are_clipped(here: Path) -> None:
    encode(here / "film", [patches() * 4 - 1.5, np.full((HEIGHT, WIDTH, 3), np.inf, np.float32)], 30, SIZE)
    first, second = read_frames(here / "film")
    assert (first.min(), first.max(), second.min()) == (0, 255, 255)


def test_folder_is_numbered_from_zero(here: Path) -> None:
    encode(str(here / "v1.5") + "/", moving(3), 30, SIZE)
    assert sorted(p.name for p in (here / "v1.5").iterdir()) == ["000000.png", "000001.png", "000002.png"]


def test_crf_trades_quality_for_size(here: Path) -> None:
    fine, coarse = (encode(here / f"{crf}.mp4", moving(5), 30, SIZE, crf=crf).bytes for crf in (10, 40))
    assert fine > 2 * coarse


def test_half_read_film_leaves_no_process(here: Path) -> None:
    encode(here / "film.mp4", moving(20), 30, SIZE)
    before = children()
    frames = read_frames(here / "film.mp4")
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert children() == before


def test_truncated_film_is_refused(here: Path) -> None:
    encode(here / "film.mp4", moving(5), 30, SIZE)
    (here / "half.mp4").write_bytes((here / "film.mp4").read_bytes()[:300])
    with pytest.raises(BadInput, match=re.escape("half.mp4 cannot be decoded")):
        probe(here / "half.mp4")
    with pytest.raises(BadInput, match=re.escape("half.mp4 cannot be decoded")):
        list(read_frames(here / "half.mp4"))


def test_missing_film_is_refused(here: Path) -> None:
    for reader in (probe, read_frames, read_metadata):
        with pytest.raises(BadInput, match=re.escape("none.mp4 cannot be read")):
            reader(here / "none.mp4")


def test_pack_is_one_line_of_ascii_and_comes_back() -> None:
    text = pack(METADATA)
    assert text.isascii() and "\n" not in text and text.startswith('{"zoomdream":')
    assert unpack(text) == METADATA


@pytest.mark.parametrize("name", ["film.mov", "film.mp4", "film.mkv", "film.webm", "film.gif", "film.webp", "film"])
def test_the_longest_metadata_survives(here: Path, name: str) -> None:
    metadata = {"preset": 'a="b"\n' * 111_000}
    assert 990_000 < len(pack(metadata)) < 1_000_000
    encode(here / name, moving(2), 20, SIZE, metadata=metadata)
    assert read_metadata(here / name) == metadata


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.gif"])
@pytest.mark.parametrize("title", ["showinfo ] n: 1", "Stream #0:0: Video: divx", "showinfo color_range:pc"])
def test_metadata_is_not_mistaken_for_ffmpegs_words(here: Path, name: str, title: str) -> None:
    plain, titled = here / f"plain-{name}", here / name
    encode(plain, moving(3), 20, SIZE)
    encode(titled, moving(3), 20, SIZE, metadata={"title": title})
    assert replace(probe(titled), path=plain) == probe(plain)


@pytest.mark.parametrize("text", [None, "", "hello", "[1]", '{"other": {}}', '{"zoomdream": 3}'])
def test_other_comments_are_not_ours(text: str | None) -> None:
    assert unpack(text) is None


@pytest.mark.parametrize("metadata", [{"a": object()}, {"a": float("nan")}, {"a": "x" * 1_000_000}])
def test_metadata_that_cannot_be_kept_is_refused_before_work(here: Path, metadata: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="metadata of a film"):
        encode(here / "film.mp4", moving(2), 30, SIZE, metadata=metadata)
    assert not list(here.iterdir())
