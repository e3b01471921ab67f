"""The pool is shared fairly: played through with a clock of its own, over sources quick and slow."""

import heapq
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from crawler.run.turns import Turns

SOURCES = ["slow", "quick", "other"]


def play(arrivals: list[tuple[float, str, float]], processes: int) -> list[tuple[float, str]]:
    """When which source's tasks were over, in order; *arrivals*: when a task of which source comes, and how long it is.

    Tasks that are let in wait for a free process in order, as in the pool.
    """
    turns = Turns(processes)
    free, over, running = [0.0] * processes, [], []
    waiting = sorted(arrivals, reverse=True)

    def admit(now: float) -> None:
        while (ticket := turns.admit()) is not None:
            assert isinstance(ticket, tuple)
            _, source, seconds = ticket
            end = max(now, heapq.heappop(free)) + seconds
            heapq.heappush(free, end)
            heapq.heappush(running, (end, source, now))

    while waiting or running:
        if waiting and (not running or waiting[-1][0] <= running[0][0]):
            task = waiting.pop()
            turns.enter(task[1], task)
            admit(task[0])
            continue
        now, source, began = heapq.heappop(running)
        over.append((now, source))
        turns.leave(source, now - began)
        admit(now)
    return over


def test_forty_slow_pages_do_not_hold_up_nine_of_others():
    arrivals = [(0.0, "slow", 20.0)] * 40 + [(1.0, source, 0.1) for source in ("quick", "other", "third")] * 3

    over = play(arrivals, 2)

    assert len(over) == 49
    assert max(when for when, source in over if source != "slow") < 3


def test_one_process_alternates_by_time():
    arrivals = [(0.0, "slow", 20.0)] * 10 + [(1.0, "quick", 0.1)] * 9

    over = play(arrivals, 1)

    assert max(when for when, source in over if source == "quick") < 22


def test_who_comes_late_begins_level_with_the_others():
    arrivals = [(0.0, "quick", 1.0)] * 100 + [(50.0, "other", 1.0)] * 20

    ends = defaultdict(list)
    for when, source in play(arrivals, 1):
        ends[source].append(when)

    assert 85 < ends["other"][-1] < 95


@given(
    st.lists(st.tuples(st.floats(0, 60), st.sampled_from(SOURCES), st.floats(0.01, 20)), max_size=40),
    st.integers(1, 4),
)
def test_every_task_has_its_turn_and_no_process_idles_for_the_quick(arrivals, processes):
    over = play(arrivals, processes)

    assert sorted(source for _, source in over) == sorted(source for _, source, _ in arrivals)
    # One slow source alone has one process: never longer than all one after the other.
    last_arrival = max((when for when, _, _ in arrivals), default=0.0)
    assert (
        max((when for when, _ in over), default=0.0)
        <= last_arrival + sum(seconds for *_, seconds in arrivals) + 1e-6
    )


def test_three_overruns_in_a_row_end_a_source():
    turns = Turns(1)
    said = []
    for overran in (True, True, False, True, True, True):
        turns.enter("slow", object())
        assert turns.admit() is not None
        turns.leave("slow", 20.0 if overran else 1.0, overran=overran)
        said.append(turns.is_spent("slow"))

    assert said == [False, False, False, False, False, True]
    assert not turns.is_spent("quick")


def test_a_ticket_that_is_taken_back_has_no_turn():
    turns = Turns(1)
    first, second = object(), object()
    turns.enter("quick", first)
    turns.enter("other", second)

    assert turns.withdraw("quick", first)
    assert not turns.withdraw("quick", first)
    assert turns.admit() is second
    assert turns.admit() is None


def test_a_source_is_forgiven_for_another_crawl():
    turns = Turns(1)
    for _ in range(3):
        turns.enter("slow", object())
        turns.admit()
        turns.leave("slow", 20.0, overran=True)
    assert turns.is_spent("slow")

    turns.forgive("slow")

    assert not turns.is_spent("slow")
