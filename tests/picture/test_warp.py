"""A motion is one resample about the exact centre."""

import cv2
import numpy as np
import pytest

from zoomdream.picture.warp import BICUBIC, LANCZOS, blend, coverage, doubled, move, move_doubled, resize

SHAPES = [(40, 40), (41, 41), (40, 57), (41, 56)]
BOTH = pytest.mark.parametrize("interpolation", [BICUBIC, LANCZOS])


def grain(shape: tuple[int, int], blur: float = 0.0) -> np.ndarray:
    noise = np.random.default_rng(1).random((*shape, 3), np.float32)
    return cv2.GaussianBlur(noise, (0, 0), blur) if blur else noise


def laplacian_energy(image: np.ndarray) -> float:
    return float((cv2.Laplacian(image, cv2.CV_32F)[2:-2, 2:-2] ** 2).mean())


def test_no_motion_returns_the_picture_itself():
    picture = grain((30, 40))
    assert move(picture, 1, 0) is picture


@BOTH
@pytest.mark.parametrize("pixels", [(3, 0), (0, -5), (-4, 7)])
def test_a_shift_by_whole_pixels_is_a_roll_inside(pixels, interpolation):
    right, down = pixels
    picture = grain((40, 60))
    moved = move(picture, 1, complex(right, down) / 40, interpolation)
    inside = np.s_[12:-12, 12:-12]
    np.testing.assert_allclose(moved[inside], np.roll(picture, (down, right), (0, 1))[inside], atol=1e-5)


@BOTH
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("zoom", [0.8, 1.003, 1.04, 1.7])
def test_a_zoom_keeps_a_symmetric_picture_symmetric(shape, zoom, interpolation):
    picture = grain(shape, 1)
    picture = picture + picture[::-1]
    picture = picture + picture[:, ::-1]
    zoomed = move(picture, zoom, 0, interpolation)
    margin = 6
    inside = zoomed[margin:-margin, margin:-margin]
    # Lanczos knows positions to 1/32 of a pixel only, which is no drift as long as it does not add up.
    np.testing.assert_allclose(inside, inside[::-1], atol=0.06)
    np.testing.assert_allclose(inside, inside[:, ::-1], atol=0.06)
    assert abs(float((inside - inside[:, ::-1])[:, : inside.shape[1] // 2].mean())) < 2e-3


@pytest.mark.parametrize(("interpolation", "tolerance"), [(BICUBIC, 0.01), (LANCZOS, 0.25)])
@pytest.mark.parametrize("shape", SHAPES)
def test_forty_zooms_leave_a_centred_blob_at_the_centre(shape, interpolation, tolerance):
    height, width = shape
    y, x = np.mgrid[0:height, 0:width] - np.array([(height - 1) / 2, (width - 1) / 2])[:, None, None]
    picture = np.repeat(np.exp(-(x**2 + y**2) / 8)[..., None], 3, 2).astype(np.float32)
    for _ in range(40):
        picture = move(picture, 1.02, 0, interpolation)
    weight = picture[..., 0] / picture[..., 0].sum()
    assert abs((weight * x).sum()) < tolerance
    assert abs((weight * y).sum()) < tolerance


@BOTH
@pytest.mark.parametrize("side", [32, 33])
def test_a_quarter_turn_is_rot90_clockwise(side, interpolation):
    picture = grain((side, side))
    np.testing.assert_allclose(move(picture, 1j, 0, interpolation), np.rot90(picture, -1), atol=1e-5)


@BOTH
def test_two_motions_are_one(interpolation):
    picture = grain((120, 160), 3)
    first, second = (1.05 * np.exp(0.1j), 0.02 - 0.01j), (1.1 * np.exp(-0.05j), -0.03 + 0.02j)
    twice = move(move(picture, *first, interpolation), *second, interpolation)
    once = move(picture, first[0] * second[0], second[0] * first[1] + second[1], interpolation)
    inside = np.s_[20:-20, 20:-20]
    contrast = picture[inside].std()
    assert np.abs(twice - once)[inside].mean() < 0.05 * contrast


@BOTH
@pytest.mark.parametrize("pixels", [0.004, 0.02, 0.1, 0.27, 0.5, 0.73])
def test_positions_are_exact_to_a_twentieth_of_a_pixel(pixels, interpolation):
    x = np.arange(64, dtype=np.float32) - 31.5
    wave = np.broadcast_to(np.sin(x / 5)[None, :, None], (64, 64, 3)).copy()
    expected = np.broadcast_to(np.sin((x - pixels) / 5)[None, :, None], (64, 64, 3))
    moved = move(wave, 1, pixels / 64, interpolation)
    np.testing.assert_allclose(moved[:, 8:-8], expected[:, 8:-8], atol=1 / 20 / 5)


@pytest.mark.parametrize(("zoom", "turn"), [(1.02, 0.25), (1.04, 0.5), (1.01, -1.0)])
def test_thirty_six_slow_zooms_neither_blur_nor_sharpen(zoom, turn):
    start = picture = grain((200, 260), 1.2)
    scale = zoom * np.exp(1j * np.radians(turn))
    for step in range(36):
        picture = move(picture, scale if step < 18 else 1 / scale, 0)
    inside = np.s_[60:-60, 60:-60]
    assert 0.8 < laplacian_energy(picture[inside]) / laplacian_energy(start[inside]) < 1.25
    assert laplacian_energy((picture - start)[inside]) < 0.15 * laplacian_energy(start[inside])


@BOTH
@pytest.mark.parametrize(("scale", "shift"), [(0.5, 0), (0.9j, 0), (1, 0.7 + 0.4j), (0.7 * np.exp(0.4j), -0.3)])
def test_what_comes_in_is_reflected_not_black(scale, shift, interpolation):
    plain = np.full((40, 60, 3), 0.6, np.float32)
    np.testing.assert_allclose(move(plain, scale, shift, interpolation), 0.6, atol=1e-5)


def test_reflection_mirrors_about_the_border():
    picture = grain((40, 60))
    moved = move(picture, 1, 10 / 40)
    np.testing.assert_allclose(moved[:, 1:10], moved[:, 11:20][:, ::-1], atol=1e-5)


@pytest.mark.parametrize("shape", [(40, 60, 3), (41, 33, 3)])
def test_coverage_is_one_in_the_middle_and_zero_outside(shape):
    height, width = shape[:2]
    seen = coverage(shape, 0.5, 0)
    assert seen.shape == (height, width, 1)
    assert seen.dtype == np.float32
    assert seen.min() == 0
    assert seen.max() == 1
    assert seen[height // 2, width // 2] == 1
    assert seen[: height // 4].max() == 0
    assert seen[:, : width // 4].max() == 0
    assert seen[height * 2 // 5 : height * 3 // 5, width * 2 // 5 : width * 3 // 5].min() == 1


@pytest.mark.parametrize("zoom", [1.1, 2.0])
def test_a_picture_that_grows_covers_all(zoom):
    assert coverage((40, 60, 3), zoom, 0).min() == 1


def test_coverage_follows_the_shift():
    seen = coverage((40, 60, 3), 1, 0.5)[..., 0]
    assert seen[:, :20].max() == 0
    assert seen[10:30, 25:].min() == 1


@pytest.mark.parametrize("size", [(20, 30), (64, 100), (40, 60), (17, 91), (80, 30)])
def test_resize_keeps_a_plain_colour(size):
    plain = np.full((40, 60, 3), (0.2, 0.5, 0.9), np.float32)
    resized = resize(plain, size)
    assert resized.shape == (*size, 3)
    assert resized.dtype == np.float32
    np.testing.assert_allclose(resized, np.broadcast_to(plain[0, 0], resized.shape), atol=1e-5)


@pytest.mark.parametrize("size", [(20, 30), (13, 22), (80, 120), (57, 99)])
def test_resize_keeps_the_mean(size):
    picture = grain((40, 60), 2)
    np.testing.assert_allclose(resize(picture, size).mean((0, 1)), picture.mean((0, 1)), atol=3e-3)


def test_resize_to_its_own_size_returns_the_picture_itself():
    picture = grain((40, 60))
    assert resize(picture, (40, 60)) is picture


def test_halving_averages_two_by_two():
    picture = grain((8, 6))
    np.testing.assert_allclose(resize(picture, (4, 3)), picture.reshape(4, 2, 3, 2, 3).mean((1, 3)), atol=1e-6)


@pytest.mark.parametrize("shape", [*SHAPES, (2, 9), (3, 2)])
def test_the_pixels_of_a_picture_are_every_other_one_of_its_double(shape):
    picture = grain(shape)
    twice = doubled(picture)
    assert twice.shape == (2 * shape[0] - 1, 2 * shape[1] - 1, 3)
    np.testing.assert_array_equal(twice[::2, ::2], picture)
    np.testing.assert_allclose(move_doubled(twice, 1, 0), picture, atol=1e-6)


def test_between_the_pixels_of_a_double_is_what_lanczos_says():
    picture = grain((40, 57), 0.8)
    twice, inside = doubled(picture), np.s_[6:-6, 6:-6]
    aside, below = (move(picture, 1, -0.5 * place / 40) for place in (1, 1j))
    np.testing.assert_allclose(twice[::2, 1::2][inside], aside[:, :-1][inside], atol=1e-5)
    np.testing.assert_allclose(twice[1::2, ::2][inside], below[:-1][inside], atol=1e-5)


@pytest.mark.parametrize(
    "motion", [(1.03 * np.exp(0.02j), 0.001 + 0.002j), (1 / 1.04, 0), (1, 0.3 / 120), (1.6j, -0.1)]
)
def test_a_double_is_moved_as_its_picture_and_no_less_sharp(motion):
    picture = grain((120, 160), 0.8)
    plain, fine = move(picture, *motion), move_doubled(doubled(picture), *motion)
    np.testing.assert_allclose(fine, plain, atol=0.02)
    assert 1 <= laplacian_energy(fine) / laplacian_energy(plain) < 1.06


@pytest.mark.parametrize("pixels", [0.004, 0.02, 0.1, 0.27, 0.5, 0.73])
def test_positions_in_a_double_are_exact_to_a_fortieth_of_a_pixel(pixels):
    wave, expected = (
        np.broadcast_to(np.sin((np.arange(64, dtype=np.float32) - 31.5 - place) / 5)[None, :, None], (64, 64, 3))
        for place in (0, pixels)
    )
    moved = move_doubled(doubled(wave.copy()), 1, pixels / 64)
    np.testing.assert_allclose(moved[:, 8:-8], expected[:, 8:-8], atol=1 / 40 / 5)


def test_a_blend_is_the_weighted_mean_however_small_the_weights():
    a, b = grain((4, 5)), 1 - grain((4, 5))
    weight = np.full((4, 5), 3e-6, np.float32)
    np.testing.assert_allclose(blend(a, 3 * weight, b, weight), 0.75 * a + 0.25 * b, atol=1e-6)
    np.testing.assert_allclose(blend(a, weight, b, 0 * weight), a, atol=1e-6)


@pytest.mark.parametrize("rows", [slice(0, 7), slice(11, 40), slice(13, 14)])
@pytest.mark.parametrize(("scale", "shift"), [(1.3 + 0.1j, 0.02 - 0.1j), (0.7, 0.2j), (1, 0)])
def test_rows_alone_are_those_of_the_whole(rows, scale, shift):
    picture = cv2.GaussianBlur(np.random.default_rng(0).random((40, 60, 3), np.float32), (0, 0), 2)
    for found, whole in (
        (move(picture, scale, shift, rows=rows), move(picture, scale, shift)),
        (move_doubled(doubled(picture), scale, shift, rows), move_doubled(doubled(picture), scale, shift)),
        (coverage(picture.shape, scale, shift, rows), coverage(picture.shape, scale, shift)),
    ):
        np.testing.assert_allclose(found, whole[rows], atol=1e-3)
