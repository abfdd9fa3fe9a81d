"""Pictures made to do harm, or merely unusual: one sentence in little memory, or the right values."""

import io
import json
import os
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageSequence

from zoomdream.errors import BadInput
from zoomdream.picture.image import FORMATS, MOST_PIXELS, load_image, open_picture

ROOT = Path(__file__).parents[2]
WIDE = 8000
"""Side of the largest square that is let in."""


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *more: bytes, depth: int = 8, colour: int = 2, rows: bytes = b"") -> bytes:
    """Return a PNG that promises rows and holds few of them."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def gif(width: int, height: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return head + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00;"


def bmp(width: int, height: int) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head


def tiff(width: int, height: int) -> bytes:
    """Return a TIFF of one deflated strip, which holds nothing."""
    tags = [(256, width), (257, height), (258, 8), (259, 8), (262, 1), (273, 200), (277, 1), (278, height), (279, 4)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    return head.ljust(200, b"\0") + zlib.compress(b"")[:4]


def webp(width: int, height: int) -> bytes:
    """Return an animated WebP whose canvas is vast and whose one frame is a dot."""
    dot = io.BytesIO()
    Pillow.new("RGB", (1, 1)).save(dot, "WEBP", lossless=True)
    frame = bytes(12) + b"\x64\0\0\0" + dot.getvalue()[12:]
    canvas = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    parts = [(b"VP8X", b"\x02\0\0\0" + canvas), (b"ANIM", bytes(6)), (b"ANMF", frame)]
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(held)) + held + b"\0" * (len(held) % 2) for name, held in parts
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg(width: int, height: int, **options: object) -> bytes:
    """Return the beginning of a JPEG that calls itself larger than it is."""
    small = io.BytesIO()
    Pillow.new("RGB", (64, 64), "red").save(small, "JPEG", **options)
    sizes = struct.pack(">HH", 64, 64)
    return small.getvalue().replace(sizes, struct.pack(">HH", height, width), 1)[:-40]


def bombs() -> dict[str, bytes]:
    """Return files that are small themselves and would be vast in memory."""
    return {
        "vast.png": png(60_000, 60_000),
        "vast.gif": gif(65_535, 65_535),
        "vast.bmp": bmp(2**31 - 1, 2**31 - 1),
        "vast.tif": tiff(2**31, 2**31),
        "vast.webp": webp(16_383, 16_383),
        "vast.jpg": jpeg(65_000, 65_000),
        "vast.ppm": b"P6 1000000 1000000 255\n",
        "large.png": png(WIDE, WIDE, colour=6),
        "large-16.png": png(WIDE, WIDE, depth=16, colour=0),
        "large-begun.png": png(WIDE, WIDE, rows=bytes(WIDE * 3 + 1) * 50)[:-30],
        "large.tif": tiff(WIDE, WIDE),
        "large.ppm": b"P6 %d %d 255\n" % (WIDE, WIDE),
        "large.bmp": bmp(WIDE, WIDE),
        "large.jpg": jpeg(WIDE, WIDE),
        "large-progressive.jpg": jpeg(WIDE, WIDE, progressive=True),
        "words.png": png(9, 9, *[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 27)))] * 2),
        "profile.png": png(9, 9, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(1 << 27)))),
        "text.png": b"I am a picture, honestly. " * 1000,
        "empty.png": b"",
        "cut.png": png(400, 400, rows=np.random.default_rng(0).bytes(1201 * 400))[:200_000],
        "script.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "icon.png": b"\0\0\1\0\1\0",
        "drawing.png": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 9, 9, 8, 3) + bytes(14),
    }


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        load_image(path)
    text = str(caught.value)
    assert path.name in text
    assert "\n" not in text
    assert text.endswith(".")
    return text


@pytest.fixture(scope="module")
def armoury(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bombs")
    for name, content in bombs().items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("name", bombs())
def test_a_picture_made_to_do_harm_is_refused_in_a_sentence(armoury: Path, name: str) -> None:
    said = refusal(armoury / name)
    if name.startswith("vast"):
        assert "64 million pixels" in said or "cannot be read" in said or "can be read here" in said


MEASURE = """
import json, sys
from pathlib import Path
from zoomdream.errors import BadInput
from zoomdream.picture.image import load_image
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
import zoomdream.samples as samples
load_image(samples.sample("cat.jpg"))
found, before = {}, peak()
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        load_image(path)
    except BadInput:
        found[path.name] = peak() - before
json.dump(found, sys.stdout)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured as Linux tells it")
def test_what_is_refused_takes_little_memory(armoury: Path) -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE, str(armoury)], capture_output=True, text=True, check=True)
    megabytes = json.loads(done.stdout)
    assert megabytes.keys() == bombs().keys()
    assert max(megabytes.values()) < 500, megabytes
    assert "Traceback" not in done.stderr and "Warning" not in done.stderr


@pytest.mark.parametrize(
    ("megapixels", "side", "taken"), [(None, 8001, False), ("65", 8001, True), ("1", 1001, False), ("1", 1000, True)]
)
def test_the_limit_can_be_raised_and_lowered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, megapixels: str | None, side: int, taken: bool
) -> None:
    monkeypatch.delenv("ZOOMDREAM_MEGAPIXELS", raising=False)
    if megapixels:
        monkeypatch.setenv("ZOOMDREAM_MEGAPIXELS", megapixels)
    Pillow.new("1", (side, side)).save(tmp_path / "a.png")
    if taken:
        with open_picture(tmp_path / "a.png") as opened:
            assert opened.size == (side, side)
    else:
        said = refusal(tmp_path / "a.png")
        assert f"more than {megapixels or MOST_PIXELS // 10**6} million pixels" in said
        assert "ZOOMDREAM_MEGAPIXELS in the environment raises that" in said


@pytest.mark.parametrize("text", ["", "many", "0", "-5", "1e3", "179", "9" * 5000, "६४ "])
def test_a_limit_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ZOOMDREAM_MEGAPIXELS", text)
    Pillow.new("L", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(BadInput, match="ZOOMDREAM_MEGAPIXELS is a whole number from 1 to 178"):
        load_image(tmp_path / "a.png")


@pytest.mark.skipif(os.name != "posix", reason="no such files")
def test_what_is_no_ordinary_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "round.png").symlink_to("round.png")
    assert "no ordinary file" in refusal(tmp_path / "pipe.png")
    assert "no ordinary file" in refusal(tmp_path / "zero.png")
    refusal(tmp_path / "round.png")
    refusal(tmp_path / ("x" * 300 + ".png"))
    with pytest.raises(BadInput):
        load_image(tmp_path / "a\0b.png")


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png", ".tif"])
def test_of_an_animation_the_first_picture_is_taken(tmp_path: Path, suffix: str) -> None:
    frames = [Pillow.new("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    more = {"lossless": True} if suffix == ".webp" else {}
    frames[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=frames[1:], **more)
    with open_picture(tmp_path / f"a{suffix}") as opened:
        assert len(list(ImageSequence.Iterator(opened))) == 3
    np.testing.assert_array_equal(load_image(tmp_path / f"a{suffix}"), np.broadcast_to([1, 0, 0], (8, 8, 3)))


def test_an_animation_that_is_cut_short_later_still_begins(tmp_path: Path) -> None:
    frames = [Pillow.effect_noise((64, 64), 90).convert("RGB") for _ in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    whole = (tmp_path / "a.gif").read_bytes()
    (tmp_path / "a.gif").write_bytes(whole[: len(whole) * 2 // 3])
    assert load_image(tmp_path / "a.gif").shape == (64, 64, 3)


Made = Callable[[Path], None]


def _saved(picture: Pillow.Image, suffix: str, **options: object) -> Made:
    return lambda folder: picture.save(folder / f"a{suffix}", **options)


def _deep(values: list[int]) -> Made:
    """Write one row of RGB pixels of 16 bits each."""
    row = b"\0" + struct.pack(f">{len(values)}H", *values)
    return lambda folder: folder.joinpath("a.png").write_bytes(png(len(values) // 3, 1, depth=16, rows=row)) and None


EXIF = Pillow.Exif()
EXIF[0x0112] = 6  # the camera was turned: the stored top row is the right column
TURNED = Pillow.fromarray(np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 20, 30]]], np.uint8))

VALUES: dict[str, tuple[Made, list[list[list[float]]]]] = {
    "cmyk": (
        _saved(Pillow.new("CMYK", (1, 1), (51, 102, 153, 51)), ".tif"),
        [[[204 * 204 / 255, 153 * 204 / 255, 102 * 204 / 255]]],
    ),
    "grey": (_saved(Pillow.new("L", (1, 1), 77), ".png"), [[[77, 77, 77]]]),
    "grey of two bits": (
        lambda folder: folder.joinpath("a.png").write_bytes(png(4, 1, depth=2, colour=0, rows=b"\0\x1b")) and None,
        [[[0] * 3, [85] * 3, [170] * 3, [255] * 3]],
    ),
    "grey of 16 bits": (
        _saved(Pillow.fromarray(np.array([[0, 257, 0x1234, 65535]], np.uint16)), ".png"),
        [[[0] * 3, [1] * 3, [0x1234 / 257] * 3, [255] * 3]],
    ),
    "colours of 16 bits": (_deep([0, 257, 514, 65535, 0x8080, 257 * 9]), [[[0, 1, 2], [255, 128, 9]]]),
    "alpha over grey": (
        _saved(Pillow.new("RGBA", (1, 1), (255, 0, 127, 51)), ".png"),
        [[[127 + 0.2 * 128, 127 - 0.2 * 127, 127]]],
    ),
    "grey with alpha": (_saved(Pillow.new("LA", (1, 1), (0, 204)), ".png"), [[[0.2 * 127] * 3]]),
    "upright": (_saved(TURNED, ".png", exif=EXIF), [[[0, 0, 255], [255, 0, 0]], [[10, 20, 30], [0, 255, 0]]]),
}


@pytest.mark.parametrize("kind", VALUES)
def test_unusual_pictures_have_the_values_that_a_hand_computes(tmp_path: Path, kind: str) -> None:
    made, expected = VALUES[kind]
    made(tmp_path)
    [path] = tmp_path.iterdir()
    np.testing.assert_allclose(load_image(path) * 255, expected, atol=0.51)


def test_deep_colours_of_a_tiff(tmp_path: Path) -> None:
    deep = np.array([[[0, 257 * 3, 65535]]], np.uint16)
    assert cv2.imwrite(str(tmp_path / "a.tif"), deep[..., ::-1])
    np.testing.assert_allclose(load_image(tmp_path / "a.tif") * 255, [[[0, 3, 255]]], atol=0.51)


def test_every_place_that_opens_a_picture_does_it_here() -> None:
    others = re.compile(
        r"(Image|Pillow)\.open\(|cv2\.(imread|VideoCapture)|load_img|(iio|imageio)\.(v\d\.)?im(read|open|iter)"
    )
    home = ROOT / "zoomdream" / "picture" / "image.py"
    found = {
        str(path) for path in (ROOT / "zoomdream").rglob("*.py") if path != home and others.search(path.read_text())
    }
    assert found == set()
    assert others.search(home.read_text())


def test_only_formats_that_were_chosen_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = Pillow.open
    monkeypatch.setattr(Pillow, "open", lambda file, formats: asked.append(formats) or real(file, formats=formats))
    Pillow.new("L", (2, 2)).save(tmp_path / "a.png")
    load_image(tmp_path / "a.png")
    assert asked == [FORMATS]
