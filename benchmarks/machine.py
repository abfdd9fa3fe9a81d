"""What a measurement was made on, and at which commit."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

PACKAGES = ("zoomdream", "tensorflow", "keras", "numpy", "opencv-python-headless", "imageio-ffmpeg", "torch")


def facts() -> dict[str, object]:
    """Return the machine's own facts and the versions in use."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "accelerators": _accelerators(),
        "memory, GB": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
    }


def load() -> list[float]:
    """Return how many programs were at work, on average over the last 1, 5 and 15 minutes."""
    return [round(number, 2) for number in os.getloadavg()]


def _accelerators() -> object:
    """Return the names of the cards that TensorFlow finds."""
    from zoomdream.network.backend import device_facts

    return device_facts()["accelerators"]


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    names = (
        [line for line in listed.read_text().splitlines() if line.startswith("model name")] if listed.exists() else []
    )
    return names[0].partition(":")[2].strip() if names else platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def commit() -> str | None:
    """Return the commit, marked where files have been changed since."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None
