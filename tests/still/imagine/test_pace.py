"""A budget takes as many steps as fit, by a clock of its own."""

from zoomdream.still.imagine.pace import Budget, share_of, unhurried


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def spend(clock: Clock, pace, steps: int, each: float, first: float = 0.0, share: float = 1.0) -> int:
    taken = 0
    for number in pace(steps, share):
        assert number == taken
        clock.now += each if number else first or each
        taken += 1
    return taken


def test_all_steps_are_taken_where_there_is_time():
    clock = Clock()
    assert spend(clock, Budget(100, clock=clock), 20, 1) == 20
    assert list(unhurried(3)) == [0, 1, 2]


def test_what_does_not_fit_is_told_and_left():
    clock, told = Clock(), []
    budget = Budget(10, clock=clock, tell=lambda *of: told.append(of))
    assert spend(clock, budget, 100, 0.5, first=4) == 11  # 4 s, then 10 in what is left of 9 s
    assert told == [(11, 100)]
    assert clock.now <= 109


def test_time_before_the_first_step_counts():
    clock = Clock()
    assert spend(clock, Budget(10, begun=95, clock=clock), 100, 1) == 4


def test_a_stage_takes_its_share_and_leaves_the_rest():
    clock = Clock()
    budget = Budget(20, clock=clock)
    assert spend(clock, budget, 100, 1, share=0.5) == 9
    assert spend(clock, budget, 100, 1) == 9


def test_one_step_is_taken_when_there_is_no_time_at_all():
    clock = Clock()
    assert spend(clock, Budget(1, begun=0, clock=clock), 10, 5) == 1


def test_part_of_a_pace_has_part_of_the_time():
    clock = Clock()
    assert spend(clock, share_of(Budget(20, clock=clock), 1 / 3), 100, 1) == 6
