"""Who has how much of a topic."""

import pytest

from storage.datasette.pages.topics.shares import REST, SHOWN, shares


def test_largest_first_with_share_and_what_it_was_before():
    lines = shares([("1", "A", 1), ("2", "B", 3)], [("1", "A", 5), ("3", "C", 5)])

    assert [
        (line.name, line.count, line.share, line.before, line.share_before, line.change) for line in lines
    ] == [
        ("B", 3, 0.75, 0, 0.0, 75.0),
        ("A", 1, 0.25, 5, 0.5, -25.0),
    ]
    assert [line.width for line in lines] == [100.0, 33.3]


def test_outlets_are_held_against_their_own_output_where_it_says_something():
    lines = shares([("1", "A", 10), ("2", "B", 10), ("3", "C", 30)], [], {"1": 100, "2": 19, "3": 20})

    assert {line.name: line.of_output for line in lines} == {"C": 1.0, "A": 0.1, "B": None}


@pytest.mark.parametrize("number", [0, 1, SHOWN, SHOWN + 1, SHOWN + 2, 300])
def test_nothing_is_lost_in_the_rest(number):
    now = [(str(place), f"outlet {place}", place + 1) for place in range(number)]
    lines = shares(now, now)

    assert sum(line.count for line in lines) == sum(count for _, _, count in now)
    assert sum(line.before for line in lines) == sum(count for _, _, count in now)
    assert len(lines) <= SHOWN + 1
    assert [line.name for line in lines].count(REST) == (number > SHOWN + 1)
    assert sum(line.share for line in lines) == pytest.approx(1.0 if number else 0.0)
    assert all(0 <= line.width <= 100 for line in lines)
