"""Up to where readers who sign in have seen what is new."""

from datetime import timedelta

import pytest

from storage.articles.reader_visits import last_visit, visit
from storage.records.visits import ReaderVisit, VisitMark
from tests.support.samples import NOW

PAUSE = timedelta(minutes=30)


def look(connection, number, after, *, reader="anna", all_seen=False):
    newest = VisitMark(number, f"look {number}")
    return visit(
        connection, reader, newest, NOW + timedelta(minutes=after), pause=PAUSE, all_seen=all_seen
    ).since


def test_new_counts_from_the_end_of_the_visit_before(connection):
    assert look(connection, 1, 0) is None
    assert look(connection, 2, 20) is None
    assert look(connection, 5, 60) == VisitMark(2, "look 2")
    assert look(connection, 6, 89) == VisitMark(2, "look 2")
    assert look(connection, 9, 200) == VisitMark(6, "look 6")
    assert last_visit(connection, "anna") == ReaderVisit(VisitMark(6, "look 6"))


def test_all_seen_holds_from_then_on(connection):
    look(connection, 1, 0)
    assert look(connection, 5, 60, all_seen=True) == VisitMark(5, "look 5")
    assert look(connection, 8, 61) == VisitMark(5, "look 5")


def test_readers_have_each_their_own(connection):
    look(connection, 1, 0)
    look(connection, 4, 60)

    assert look(connection, 4, 60, reader="ben") is None
    assert last_visit(connection, "nobody") == ReaderVisit(None)


@pytest.mark.parametrize("minutes", [0, -500])
def test_clock_that_was_set_back_ends_no_visit(connection, minutes):
    look(connection, 1, 0)

    assert look(connection, 2, minutes) is None
