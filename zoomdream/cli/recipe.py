"""What made a file, written into it: enough to make it again."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from zoomdream.network.backend import device_facts
from zoomdream.network.network import Network

PACKAGES = ("zoomdream", "tensorflow", "keras", "numpy", "opencv-python-headless")


def recipe(command: str, asked: Mapping[str, Any], network: Network | None) -> dict[str, Any]:
    """Return a command, what it was asked for, and what it ran on, as plain JSON values."""
    return {
        "command": command,
        **asked,
        **({"network": _facts(network)} if network else {}),
        "versions": {package: version(package) for package in PACKAGES},
        "machine": {"system": platform.system(), "processor": platform.machine(), **device_facts()},
    }


def _facts(network: Network) -> dict[str, Any]:
    return {"name": network.name, "weights": network.weights, "input_range": asdict(network.input_range)}
