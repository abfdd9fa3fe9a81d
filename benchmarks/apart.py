"""A measurement in a process of its own, where nothing that was measured before it has left its mark."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import quiet  # noqa: F401 - before what the function needs


def apart(function: Callable[..., Any], *given: Any) -> Any:
    """Return what a function of a module gives there."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(function, *given).result()
