"""What can go wrong, in two kinds: the caller's words (exit status 2) and the world (exit status 1)."""

import difflib
import reprlib
from collections.abc import Iterable

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


class ZoomdreamError(Exception):
    """Something failed while working. The message is one sentence for a person; exit status 1."""

    exit_status = 1

    def __str__(self) -> str:
        """Return the sentence on one line; what a name in it holds that cannot be printed is escaped."""
        return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in super().__str__())


class StopNow(SystemExit):
    """A wish to stop that waits for nothing to be finished first."""


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


def shown(value: object) -> str:
    """Return a value as it is quoted in a sentence: in quotation marks if it is a text, its middle left out if long.

    >>> shown("reef"), len(shown("a" * 1000))
    ("'reef'", 80)
    """
    try:
        return _SHORT.repr(value)
    except ValueError:
        return "a number of thousands of digits"
