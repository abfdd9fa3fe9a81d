"""Pictures from files: every usual kind is read, everything else is refused in one sentence."""

import io
import os
import subprocess
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageOps

from zoomdream.errors import BadInput
from zoomdream.picture.image import GREY, MOST_PIXELS, load_image, save_image

SIDE = np.arange(256, dtype=np.uint8).reshape(16, 16)


def colours() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (20, 30, 3), np.uint8)


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        load_image(path)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_png_round_trip_is_exact_to_a_rounding(tmp_path):
    picture = np.random.default_rng(0).random((20, 30, 3), np.float32)
    save_image(tmp_path / "a.png", picture)
    again = load_image(tmp_path / "a.png")
    assert again.dtype == np.float32
    assert np.abs(again - picture).max() <= 0.5 / 255 + 1e-6


def test_saving_clips_what_lies_outside(tmp_path):
    save_image(tmp_path / "a.png", np.array([[[-1, 0.5, 3]]], np.float32))
    np.testing.assert_allclose(load_image(tmp_path / "a.png") * 255, [[[0, 128, 255]]], atol=1e-4)


def test_a_jpeg_keeps_fine_texture(tmp_path):
    texture = np.random.default_rng(0).random((64, 64, 1), np.float32).repeat(3, 2)
    save_image(tmp_path / "a.jpg", texture)
    assert np.abs(load_image(tmp_path / "a.jpg") - texture).mean() < 0.015


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from zoomdream.picture.image import save_image
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
save_image(Path(sys.argv[1]), np.random.default_rng(0).random((64, 64, 3), np.float32))
"""


@pytest.mark.skipif(os.name != "posix", reason="no such limit")
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_disk_that_takes_only_a_part_is_noticed(tmp_path, suffix):
    command = [sys.executable, "-c", FULL, str(tmp_path / f"a{suffix}")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "OSError" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".ppm", ".gif", ".webp", ".jpg"])
def test_every_known_format_is_read(tmp_path, suffix):
    plain = np.full((16, 24, 3), (200, 60, 30), np.uint8)
    Pillow.fromarray(plain).save(tmp_path / f"a{suffix}")
    picture = load_image(tmp_path / f"a{suffix}")
    assert picture.shape == (16, 24, 3)
    np.testing.assert_allclose(picture * 255, plain, atol=4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_are_turned_upright(tmp_path, orientation):
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:8, :16] = 255
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    Pillow.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(load_image(tmp_path / "a.png") * 255, upright)


def test_a_photograph_whose_facts_are_damaged_gives_a_picture_or_a_sentence(tmp_path):
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    damaged = exif.tobytes().replace(b"\x01\x0e", b"\x01\x00", 1)  # now the width is a text
    Pillow.new("RGB", (8, 16)).save(tmp_path / "a.jpg", exif=damaged)
    try:
        picture = load_image(tmp_path / "a.jpg")
    except BadInput:
        return
    assert picture.shape in ((16, 8, 3), (8, 16, 3))


def test_grey(tmp_path):
    Pillow.fromarray(SIDE).save(tmp_path / "a.png")
    np.testing.assert_allclose(load_image(tmp_path / "a.png"), np.repeat(SIDE[..., None] / 255, 3, 2), atol=1e-6)


def test_black_and_white(tmp_path):
    Pillow.fromarray(SIDE > 127).save(tmp_path / "a.png")
    np.testing.assert_array_equal(load_image(tmp_path / "a.png")[..., 1], SIDE > 127)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit_grey_keeps_its_depth(tmp_path, suffix):
    deep = np.arange(256, dtype=np.uint16).reshape(16, 16) * 257
    Pillow.fromarray(deep).save(tmp_path / f"a{suffix}")
    picture = load_image(tmp_path / f"a{suffix}")
    assert picture.shape == (16, 16, 3)
    np.testing.assert_allclose(picture[..., 2], deep / 65535, atol=1e-6)


def test_palette(tmp_path):
    few = Pillow.fromarray((colours() > 127).astype(np.uint8) * 255).quantize(8)
    few.save(tmp_path / "a.png")
    np.testing.assert_allclose(load_image(tmp_path / "a.png") * 255, np.asarray(few.convert("RGB")), atol=1e-4)


def test_palette_with_a_transparent_colour_is_laid_over_grey(tmp_path):
    indexed = Pillow.new("P", (2, 1))
    indexed.putpalette([255, 0, 0, 0, 0, 255])
    indexed.putpixel((1, 0), 1)
    indexed.save(tmp_path / "a.png", transparency=0)
    np.testing.assert_allclose(load_image(tmp_path / "a.png")[0] * 255, [[GREY] * 3, [0, 0, 255]], atol=1e-3)


@pytest.mark.parametrize(("alpha", "shown"), [(255, 255), (0, GREY), (128, 191)])
def test_alpha_is_laid_over_grey(tmp_path, alpha, shown):
    Pillow.new("RGBA", (4, 4), (255, 255, 255, alpha)).save(tmp_path / "rgba.png")
    Pillow.new("LA", (4, 4), (255, alpha)).save(tmp_path / "la.png")
    for name in ("rgba.png", "la.png"):
        np.testing.assert_allclose(load_image(tmp_path / name) * 255, shown, atol=1.01)


def test_cmyk_jpeg(tmp_path):
    Pillow.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg")
    picture = load_image(tmp_path / "a.jpg")
    assert picture.shape == (16, 16, 3)
    assert picture[..., 0].min() > 0.8
    assert picture[..., 1:].max() < 0.2


def test_floats_stay_within_the_range(tmp_path):
    values = np.linspace(-1, 4, 64, dtype=np.float32).reshape(8, 8)
    Pillow.fromarray(values).save(tmp_path / "a.tif")
    picture = load_image(tmp_path / "a.tif")
    assert picture.min() == 0
    assert picture.max() == 1


def test_floats_that_are_not_numbers_do_not_come_through(tmp_path):
    values = np.full((8, 8), 0.5, np.float32)
    values[3, 3] = np.nan
    Pillow.fromarray(values).save(tmp_path / "a.tif")
    try:
        picture = load_image(tmp_path / "a.tif")
    except BadInput:
        return
    assert np.isfinite(picture).all()


def test_the_first_picture_of_an_animation(tmp_path):
    frames = [Pillow.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    np.testing.assert_allclose(load_image(tmp_path / "a.gif")[0, 0], [1, 0, 0])


def test_text_that_calls_itself_a_picture(tmp_path):
    (tmp_path / "a.png").write_text("I am a picture, honestly.")
    assert "PNG" in refusal(tmp_path / "a.png")


def test_nothing_at_all(tmp_path):
    (tmp_path / "a.png").touch()
    refusal(tmp_path / "a.png")


def test_a_folder(tmp_path):
    (tmp_path / "a.png").mkdir()
    assert "folder" in refusal(tmp_path / "a.png")


def test_a_missing_file(tmp_path):
    assert "no picture at" in refusal(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".gif", ".bmp"])
def test_a_truncated_picture(tmp_path, suffix):
    Pillow.fromarray(colours()).save(tmp_path / f"whole{suffix}")
    whole = (tmp_path / f"whole{suffix}").read_bytes()
    (tmp_path / f"cut{suffix}").write_bytes(whole[: len(whole) * 2 // 3])
    refusal(tmp_path / f"cut{suffix}")


def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "a.png"
    Pillow.fromarray(colours()).save(path)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("the superuser may read anything")
    refusal(path)


@pytest.mark.parametrize("side", [8100, 10_000, 13_500])
def test_too_many_pixels_are_refused_from_the_header_alone(tmp_path, side):
    assert side * side > MOST_PIXELS
    Pillow.new("1", (side, side)).save(tmp_path / "a.png")
    assert "64 million pixels" in refusal(tmp_path / "a.png")


def _encoded(format_: str) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(colours()).save(file, format_)
    return file.getvalue()


WHOLE = {name: _encoded(name) for name in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "PPM", "WEBP")}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_of_any_kind_gives_a_picture_or_a_sentence(tmp_path, data):
    damaged = bytearray(WHOLE[data.draw(st.sampled_from(sorted(WHOLE)))])
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged"
    path.write_bytes(damaged[: data.draw(st.integers(0, len(damaged)))] if data.draw(st.booleans()) else damaged)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Pillow's, about what it skips
        try:
            picture = load_image(path)
        except BadInput:
            return
    assert picture.ndim == 3
    assert np.isfinite(picture).all()
    assert picture.min() >= 0
    assert picture.max() <= 1


def test_a_large_jpeg_is_read_smaller_where_that_is_enough(tmp_path, photo):
    save_image(tmp_path / "a.jpg", photo)
    save_image(tmp_path / "a.png", photo)
    half = load_image(tmp_path / "a.jpg", least=140)
    assert half.shape == (150, 226, 3)
    assert np.abs(half - cv2.resize(photo, (226, 150), interpolation=cv2.INTER_AREA)).mean() < 0.02
    assert load_image(tmp_path / "a.jpg", least=151).shape == photo.shape
    assert load_image(tmp_path / "a.png", least=10).shape == photo.shape


def test_what_is_warned_of_while_a_picture_is_read_is_not_lost(tmp_path, photo, monkeypatch):
    """As by another thread: what Python does with warnings is one setting for all of them."""
    save_image(tmp_path / "a.png", photo)

    def noisy(do):
        def done(*given, **named):
            warnings.warn("elsewhere", UserWarning, stacklevel=1)
            return do(*given, **named)

        return done

    monkeypatch.setattr(Pillow, "open", noisy(Pillow.open))
    monkeypatch.setattr(ImageOps, "exif_transpose", noisy(ImageOps.exif_transpose))
    with pytest.warns(UserWarning, match="elsewhere") as told:
        load_image(tmp_path / "a.png")
    assert len(told) == 2
