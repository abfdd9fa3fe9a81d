"""Operations that Keras has not, or not so."""

from typing import Any

from zoomdream.network.backend.start import tf

Pair = tuple[int, int]


def product(a: Any, b: Any) -> Any:
    """Return a·b, rounded as it stands: the graph optimiser would multiply constants within ``a`` by ``b`` first.

    That moves last digits, and a film that goes on from them becomes another one within seconds.
    """
    return tf.math.multiply_no_nan(a, b)


def enlarge(pictures: Any, size: Any) -> Any:
    """Return pictures (n, h, w, c) at (height, width), bilinear; Keras' own takes no size that is open as yet."""
    return tf.image.resize(pictures, size)


def inverse_fourier(real: Any, imaginary: Any, size: Pair) -> Any:
    """Return real planes (…, h, w) of their spectra (…, h, w // 2 + 1), given as real and imaginary parts."""
    return tf.signal.irfft2d(tf.complex(real, imaginary), size)


def half_spectra(planes: Any) -> tuple[Any, Any]:
    """Return the spectra (…, h, w // 2 + 1) of real planes (…, h, w) as real and imaginary parts."""
    spectra = tf.signal.rfft2d(planes)
    return tf.math.real(spectra), tf.math.imag(spectra)
