"""The camera: how the picture moves, per second; between two times it is one affine map.

Every rate is a number of the complex plane: positions obey ``dz/dt = rate·(z − centre) + drift`` with
``rate = ln zoom + i·rotation``, so two motions in a row are again one motion and frame rates do not matter.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoomdream.chance import generator
from zoomdream.film.settings import Camera

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


class Motion(NamedTuple):
    """``z → scale·z + shift``, in picture heights from the centre."""

    scale: complex
    shift: complex


def motion(camera: Camera, seed: int, start: float, end: float) -> Motion:
    """Return how a picture at time ``start`` moves until ``end`` (seconds; ``end`` may lie before ``start``)."""
    rate = complex(np.log(camera.zoom), np.radians(camera.rotate))
    arrival = _path(camera, end)
    scale = np.exp(rate * (arrival - _path(camera, start)))
    times = (start + end) / 2 + (end - start) / 2 * _NODES
    remaining = np.exp(rate * (arrival - _path(camera, times)))
    push = complex(*camera.drift) - rate * _centre(camera, seed, times)
    shift = np.sum(_WEIGHTS * remaining * push * _speed(camera, times)) * (end - start) / 2
    return Motion(complex(scale), complex(shift))


def closed(camera: Camera, seconds: float) -> Camera:
    """Return the nearest camera that after ``seconds`` moves as at the start.

    It turns by whole turns, wanders in whole rounds, and neither rests nor eases.
    """
    turns = round(camera.rotate * seconds / 360)
    rounds = max(1, round(seconds / camera.wander_seconds))
    return replace(camera, rotate=turns * 360 / seconds, wander_seconds=seconds / rounds, rest=0.0, ease=0.0)


def zoom_octaves(camera: Camera, start: float, end: float) -> float:
    """Return how many doublings or halvings of size pass between two times."""
    return float(abs(np.log2(camera.zoom)) * abs(_path(camera, end) - _path(camera, start)))


def _path(camera: Camera, t: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Seconds at full speed that amount to the motion from 0 to t: the integral of :func:`_speed`."""
    t = np.asarray(t, np.float64) - camera.rest
    if camera.ease == 0:
        return np.maximum(t, 0) if camera.rest else t
    u = np.clip(t / camera.ease, 0, 1)
    return np.where(t < camera.ease, camera.ease * (u**3 - u**4 / 2), t - camera.ease / 2)


def _speed(camera: Camera, t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of full speed at each time, in [0, 1]."""
    t = t - camera.rest
    if camera.ease == 0:
        return (t >= 0).astype(np.float64) if camera.rest else np.ones_like(t)
    u = np.clip(t / camera.ease, 0, 1)
    return u * u * (3 - 2 * u)


def _centre(camera: Camera, seed: int, t: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Where the zoom aims: a figure drawn by the seed, one round per ``wander_seconds``."""
    if camera.wander == 0:
        return np.zeros(np.shape(t), np.complex128)
    round_, phase = 2 * np.pi * t / camera.wander_seconds, generator(seed, "wander").uniform(0, 2 * np.pi, 3)
    x = 0.7 * np.sin(round_ + phase[0]) + 0.3 * np.sin(2 * round_ + phase[1])
    y = 0.7 * np.cos(round_ + phase[0]) + 0.3 * np.sin(3 * round_ + phase[2])
    return np.asarray(camera.wander * (x + 1j * y))
