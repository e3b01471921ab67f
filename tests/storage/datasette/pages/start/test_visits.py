"""What is new to a reader whose browser keeps where they left off."""

import pytest

from storage.datasette.pages.start.visits import (
    KEPT_S,
    VISIT_S,
    cookie_names,
    kept_cookies,
    read_mark,
    visit_of,
    write_mark,
)
from storage.records.visits import ReaderVisit, VisitMark

FILE = "/data/press.db"
SINCE, SEEN = cookie_names(FILE)


def mark(number: int) -> VisitMark:
    return VisitMark(number, f"2026-11-{number:02d}T09:00:00+00:00")


class Browser:
    """It forgets cookies when they are due, as browsers do."""

    def __init__(self) -> None:
        self.cookies: dict[str, tuple[str, int]] = {}
        self.at = 0

    def look(self, newest: VisitMark, *, all_seen: bool = False) -> ReaderVisit:
        sent = {name: value for name, (value, until) in self.cookies.items() if until > self.at}
        visit = visit_of(sent, FILE, newest, all_seen=all_seen)
        for name, value, seconds in kept_cookies(FILE, visit, newest):
            self.cookies[name] = (value, self.at + seconds)
        return visit


@pytest.fixture
def browser():
    return Browser()


def test_first_visit_knows_nothing_before(browser):
    assert browser.look(mark(1)).since is None


def test_new_is_what_came_since_the_last_visit_and_stays_so_through_the_visit(browser):
    browser.look(mark(1))
    browser.at += VISIT_S + 1
    assert browser.look(mark(5)).since == mark(1)
    browser.at += VISIT_S - 1
    assert browser.look(mark(7)).since == mark(1)
    browser.at += VISIT_S + 1
    assert browser.look(mark(9)).since == mark(7)


def test_all_seen_ends_what_is_new_at_once(browser):
    browser.look(mark(1))
    browser.at += VISIT_S + 1
    assert browser.look(mark(5), all_seen=True).since == mark(5)
    browser.at += 1
    assert browser.look(mark(6)).since == mark(5)


def test_a_year_between_two_visits_is_bridged_and_no_more(browser):
    browser.look(mark(1))
    browser.at += KEPT_S - 1
    assert browser.look(mark(5)).since == mark(1)
    browser.at += KEPT_S + 1
    assert browser.look(mark(9)).since is None


def test_file_that_was_made_anew_begins_anew(browser):
    browser.look(mark(9))
    browser.at += VISIT_S + 1

    assert browser.look(mark(3)).since is None


def test_each_file_has_its_own_cookies():
    assert set(cookie_names(FILE)).isdisjoint(cookie_names("/data/other.db"))


@pytest.mark.parametrize("known", [mark(4), VisitMark(0, "")])
def test_marks_are_read_as_they_were_written(known):
    assert read_mark(write_mark(known)) == known


@pytest.mark.parametrize(
    "value",
    [None, "", "12", "~", "x~", "-1~", "²~", "1~yesterday", "1~<script>", f"{'9' * 19}~", "1~2026-11-01"],
)
def test_cookie_that_is_no_mark_says_nothing(value):
    assert read_mark(value) is None
    assert visit_of({SINCE: value} if value else {}, FILE, mark(4), all_seen=False).since is None
