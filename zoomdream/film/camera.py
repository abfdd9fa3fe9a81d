"""The camera: how the picture moves, per second; between two times it is one affine map.

Every rate is a number of the complex plane: positions obey ``dz/dt = rate·(z − centre) + drift`` with
``rate = ln zoom + i·rotation``, so two motions in a row are again one motion and frame rates do not matter. Rest and
ease change only how fast that time passes.
"""

from dataclasses import replace
from math import floor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoomdream.chance import generator
from zoomdream.film.settings import Camera, Film

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


class Motion(NamedTuple):
    """``z → scale·z + shift``, in picture heights from the centre."""

    scale: complex
    shift: complex


def motion(camera: Camera, seed: int, start: float, end: float) -> Motion:
    """Return how a picture at time ``start`` moves until ``end`` (seconds; ``end`` may lie before ``start``)."""
    rate = complex(np.log(camera.zoom), np.radians(camera.rotate))
    start, end = _path(camera, float(start)), _path(camera, float(end))
    times = (start + end) / 2 + (end - start) / 2 * _NODES
    push = complex(*camera.drift) - rate * _centre(camera, seed, times)
    shift = np.sum(_WEIGHTS * np.exp(rate * (end - times)) * push) * (end - start) / 2
    return Motion(complex(np.exp(rate * (end - start))), complex(shift))


def camera_of(film: Film) -> Camera:
    """Return a film's camera, which rests while the film unfolds."""
    unfolding = film.start.seconds if film.start.kind == "unfold" else 0.0
    return replace(film.camera, rest=max(film.camera.rest, unfolding))


def closed(camera: Camera, seconds: float) -> Camera:
    """Return the nearest camera that after ``seconds`` moves as at the start.

    It turns by whole turns, wanders in whole rounds, and neither rests nor eases.
    """
    most = floor(seconds)  # a turn per second is the fastest that a camera may turn
    turns = min(max(round(camera.rotate * seconds / 360), -most), most)
    rounds = max(1, round(seconds / camera.wander_seconds))
    return replace(camera, rotate=turns * 360 / seconds, wander_seconds=seconds / rounds, rest=0.0, ease=0.0)


def zoom_octaves(camera: Camera, start: float, end: float) -> float:
    """Return how many doublings or halvings of size pass between two times."""
    return float(abs(np.log2(camera.zoom)) * abs(_path(camera, end) - _path(camera, start)))


def _path(camera: Camera, t: float) -> float:
    """Return the seconds at full speed that amount to the motion from 0 to t: none at rest, then a smoothstep."""
    if camera.rest == camera.ease == 0:
        return t
    t = max(t - camera.rest, 0.0)
    if t >= camera.ease:
        return t - camera.ease / 2
    u = t / camera.ease
    return camera.ease * (u**3 - u**4 / 2)


def _centre(camera: Camera, seed: int, t: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Where the zoom aims after t seconds at full speed: a figure drawn by the seed, a round per ``wander_seconds``."""
    if camera.wander == 0:
        return np.zeros(np.shape(t), np.complex128)
    round_, phase = 2 * np.pi * t / camera.wander_seconds, generator(seed, "wander").uniform(0, 2 * np.pi, 3)
    x = 0.7 * np.sin(round_ + phase[0]) + 0.3 * np.sin(2 * round_ + phase[1])
    y = 0.7 * np.cos(round_ + phase[0]) + 0.3 * np.sin(3 * round_ + phase[2])
    return np.asarray(camera.wander * (x + 1j * y))
