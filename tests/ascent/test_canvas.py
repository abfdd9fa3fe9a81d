"""Canvases can hold any picture, and begin with almost none."""

import numpy as np
import pytest
from keras import ops

from zoomdream.ascent.canvas import fourier, pixels, within
from zoomdream.chance import generator
from zoomdream.picture.warp import resize

SIZES = [(48, 64), (47, 61), (64, 33)]


def shown(canvas, parameters) -> np.ndarray:
    return np.asarray(canvas.decode(ops.convert_to_tensor(parameters)))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("make", [pixels, fourier, lambda size: fourier(size, 1.5)])
def test_a_canvas_holds_a_photograph(make, size, photo):
    pictures = np.stack([resize(photo, size), resize(photo[:, ::-1], size)])
    canvas = make(size)
    parameters = canvas.encode(pictures)
    assert all(want in (None, side) for want, side in zip(canvas.shape, parameters.shape[1:], strict=True))
    assert np.abs(shown(canvas, parameters) - pictures).mean() < 0.002


@pytest.mark.parametrize("size", SIZES)
def test_a_fourier_round_trip_keeps_coefficients(size):
    canvas = fourier(size)
    parameters = canvas.start(generator(3, "canvas"))[None]
    pictures = shown(canvas, parameters)
    again = canvas.encode(pictures)
    # Some coefficients of a real picture cannot be told: what they show is the same all the same.
    assert np.allclose(shown(canvas, again), pictures, atol=1e-5)
    inner = (slice(None), slice(None), slice(None), slice(1, size[0] // 2), slice(1, size[1] // 2))
    assert np.allclose(again[inner], parameters[inner], atol=1e-4)


def test_a_start_is_all_but_grey_and_its_own_for_each_seed():
    canvas = fourier((64, 64))
    one, same, other = (canvas.start(generator(seed, "canvas")) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    picture = shown(canvas, one[None])
    assert abs(picture.mean() - 0.5) < 0.05 and 0.001 < picture.std() < 0.1


@pytest.mark.parametrize("falloff", [1.0, 1.5])
def test_a_fourier_canvas_falls_off_as_it_says(falloff):
    canvas = fourier((128, 128), falloff)
    parameters = np.random.default_rng(0).standard_normal((1, *canvas.shape)).astype(np.float32) * 1e-3
    amplitude = np.abs(np.fft.fft2(shown(canvas, parameters)[0].mean(2)))
    ring = np.rint(np.hypot(*np.meshgrid(*[np.fft.fftfreq(128) * 128] * 2))).astype(int)
    radii = np.arange(4, 60)
    means = [amplitude[ring == radius].mean() for radius in radii]
    slope = np.polyfit(np.log(radii), np.log(means), 1)[0]
    assert slope == pytest.approx(-falloff, abs=0.1)


def test_pixels_are_the_picture_itself(photo):
    assert np.array_equal(pixels((8, 8)).encode(photo[None]), photo[None])


def test_a_mask_keeps_what_is_around(photo):
    around = resize(photo, (16, 20))
    mask = np.zeros((16, 20), np.float32)
    mask[4:8, 5:9] = 1
    canvas = within(fourier((16, 20)), around, mask)
    found = shown(canvas, canvas.encode(1 - around[None]))[0]
    np.testing.assert_array_equal(found[mask == 0], around[mask == 0])
    np.testing.assert_allclose(found[mask == 1], 1 - around[mask == 1], atol=0.01)


@pytest.mark.parametrize("size", SIZES)
def test_the_way_back_is_that_of_decoding_once_more(size, photo):
    canvas = fourier(size)
    parameters = ops.convert_to_tensor(canvas.encode(resize(photo, size)[None]))
    rise = ops.convert_to_tensor(np.random.default_rng(0).standard_normal((1, *size, 3)).astype(np.float32))
    back = canvas.gradient(parameters, canvas.decode(parameters), rise)
    whole = canvas._replace(back=None).gradient(parameters, None, rise)
    assert np.allclose(back, whole, rtol=1e-3, atol=1e-4 * np.abs(whole).max())
