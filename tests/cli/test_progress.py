"""What one sees while a film is made."""

import io
import time
from types import SimpleNamespace

import numpy as np
from rich.console import Console

from zoomdream.cli import progress

FRAME = np.zeros((2, 2, 3), np.float32)


def follow(wait):
    """Follow two frames that come after three keys, waiting before each key."""

    def film(tell):
        for key in range(1, 4):
            wait()
            tell(key, 3)
        yield from (FRAME, FRAME)

    return list(progress.follow(film, 2, 30, 12, lambda t: f"at {t:.2f}"))


def test_warming_up_is_told_in_a_few_plain_lines(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    assert len(follow(lambda: now.append(now.pop() + 0.6 * progress.EVERY))) == 2
    first, warming, last = capsys.readouterr().err.splitlines()
    assert first == "Dreaming the first picture …"
    assert warming == "warming up, 2 of 3 keys, 6 s elapsed"
    assert last.startswith("frame 2/2, ")


def test_warming_up_is_shown_beside_the_bar(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(progress, "Console", lambda stderr: Console(file=screen, force_terminal=True, width=120))
    assert len(follow(lambda: time.sleep(0.3))) == 2
    assert "warming up, 2 of 3 keys" in screen.getvalue()


def test_steps_are_told_now_and_then_in_plain_lines(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    for number in progress.followed(iter(range(5)), 8, "step"):
        now[0] += 0.6 * progress.EVERY
        assert 0 <= number < 5
    assert capsys.readouterr().err.splitlines() == [
        "step 2/8, 6 s elapsed, 18 s left",
        "step 4/8, 12 s elapsed, 12 s left",
    ]


def test_steps_move_a_bar_where_someone_watches(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(progress, "Console", lambda stderr: Console(file=screen, force_terminal=True, width=120))
    assert list(progress.followed(iter("abc"), 3, "step")) == ["a", "b", "c"]
    assert "steps" in screen.getvalue() and "0/3" in screen.getvalue()
