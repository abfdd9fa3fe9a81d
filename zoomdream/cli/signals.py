"""Stopping politely: a first signal ends the film after the current frame, a second one at once."""

import signal
import sys
from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType
from typing import Self, TypeVar

from zoomdream.errors import StopNow

Item = TypeVar("Item")


class Stopper:
    """While entered, turns SIGINT and SIGTERM into an end of :meth:`watch` between two items.

    Before the first item there is nothing to finish, and they end the program at once.

    Args:
        item: what it is that is finished first.
    """

    def __init__(self, item: str = "frame") -> None:
        self.signal: int | None = None
        self.begun = False
        self._item = item

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def watch(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items until a signal has come, then raise ``SystemExit`` with 128 + its number."""
        for item in items:
            self.begun = True
            yield item
            del item  # which may be large, and is not held while the next one is made
            self.check()

    def until(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items until a signal has come, then end as if there were no more."""
        for item in items:
            if self.signal is not None:
                return
            self.begun = True
            yield item

    def check(self) -> None:
        """Raise ``SystemExit`` with 128 + its number if a signal has come."""
        if self.signal is not None:
            raise SystemExit(128 + self.signal)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None or not self.begun:
            raise StopNow(128 + number)
        self.signal = number
        print(f"Stopping after this {self._item}; once more to stop at once.", file=sys.stderr, flush=True)
