"""What can go wrong, in two kinds: the caller's words (exit status 2) and the world (exit status 1)."""

import difflib
from collections.abc import Iterable


class ZoomdreamError(Exception):
    """Something failed while working. The message is one sentence for a person; exit status 1."""

    exit_status = 1


class BadInput(ZoomdreamError):
    """The request itself cannot be served. The message says what, where and what would be right."""

    exit_status = 2


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``" (did you mean 'block10'?)"`` for a near miss, and an empty string otherwise.

    >>> did_you_mean("blok10", ["block10", "stem"])
    " (did you mean 'block10'?)"
    """
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""
