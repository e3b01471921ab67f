"""The figures of a running service, read from the database."""

from contextlib import closing
from datetime import timedelta

import pytest

from crawler.cadence.due_rules import DUE_RULES
from storage import db
from storage.errors import LockedError
from storage.health import figures
from storage.records.health import Mark
from storage.records.polls import PollResult
from storage.sources import polls, runs, sources
from tests.support.samples import DECLARED, NOW


@pytest.fixture
def run(connection):
    sources.sync(connection, DECLARED)
    return runs.begin(connection, trigger="manual", token="a", now=NOW, host="", pid=1)


def poll(connection, run: int, outcome: str) -> None:
    polls.record_poll(connection, run, PollResult(1, NOW, outcome), None)


def test_only_what_came_after_the_mark_is_counted(connection, run):
    poll(connection, run, "ok")
    runs.end(connection, run, state="finished", now=NOW + timedelta(seconds=3))
    before = figures.newest(connection)
    second = runs.begin(connection, trigger="manual", token="b", now=NOW, host="", pid=1)
    poll(connection, second, "ok")
    poll(connection, second, "timeout")

    during = figures.done_since(connection, before)
    runs.end(connection, second, state="failed", now=NOW + timedelta(seconds=7))
    after = figures.done_since(connection, during.until)

    assert (dict(during.polls), during.runs) == ({"ok": 1, "timeout": 1}, ())
    assert (dict(after.polls), after.runs) == ({}, (("failed", 7.0),))
    assert figures.done_since(connection, after.until).until == after.until == figures.newest(connection)


def test_a_run_that_goes_on_holds_back_those_behind_it(connection, run):
    other = runs.begin(connection, trigger="manual", token="b", now=NOW, host="", pid=1)
    runs.end(connection, other, state="finished", now=NOW)

    assert figures.newest(connection).run_id == run - 1
    assert figures.done_since(connection, Mark()).runs == ()

    runs.end(connection, run, state="finished", now=NOW)
    assert len(figures.done_since(connection, Mark()).runs) == 2


def test_what_waits_is_counted(connection, run):
    found = figures.standing(connection, NOW, DUE_RULES)

    assert (found.feeds, found.feeds_due, found.articles) == (1, 1, 0)
    assert found.links_waiting == {"queued": 0, "failed": 0, "past": 0}
    assert found.last_ok_at == {"courier": None}

    poll(connection, run, "ok")
    runs.ask(connection, ["courier"], only_due=False, now=NOW)
    found = figures.standing(connection, NOW, DUE_RULES)
    assert found.last_ok_at == {"courier": NOW}
    assert found.requests_waiting == 1


def test_database_in_other_hands_cannot_be_written(database):
    figures.begin_writing(database, patience_s=0.01)
    with closing(db.connect(database)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(LockedError):
            figures.begin_writing(database, patience_s=0.01)


@pytest.mark.parametrize("number", [1, figures.SOURCES_SHOWN + 5])
def test_sources_with_a_figure_of_their_own_are_limited(connection, number):
    connection.executemany(
        "INSERT INTO sources (id, name) VALUES (?, ?)", [(one, f"s{one:03}") for one in range(number)]
    )
    connection.executemany(
        "INSERT INTO feeds (source_id, url, kind, last_ok_at) VALUES (?, ?, 'feed', ?)",
        [(one, f"u{one}", db.to_iso(NOW + timedelta(seconds=one))) for one in range(number)],
    )

    shown = figures.standing(connection, NOW, DUE_RULES).last_ok_at

    assert list(shown) == [f"s{one:03}" for one in range(min(number, figures.SOURCES_SHOWN))]
