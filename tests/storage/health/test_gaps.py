"""Times without a watch, and how feeds come back into step."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from crawler.cadence.due_rules import DUE_RULES
from storage import db
from storage.health import gaps, workload
from storage.health.gaps import Gap
from storage.records.sources import FeedKind, Source
from storage.sources import sources
from storage.sources.sources import DeclaredFeed

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def feeds(connection):
    """Four feeds: busy and long overdue, quiet and long overdue, not yet due, never polled."""
    declared = [DeclaredFeed(f"http://herald.example/{number}", FeedKind.FEED) for number in range(1, 5)]
    sources.sync(connection, [(Source("herald"), declared)])
    rows = [(2 * HOUR, 1.0), (2 * HOUR, 30.0), (-HOUR, 5.0)]
    for number, (overdue, rate) in enumerate(rows, 1):
        connection.execute(
            "UPDATE feeds SET next_due_at = ?, last_polled_at = ?, rate_per_day = ? WHERE id = ?",
            [db.to_iso(NOW - overdue), db.to_iso(NOW - 5 * HOUR), rate, number],
        )
    return connection


def due_at(connection) -> list[datetime | None]:
    rows = connection.execute("SELECT next_due_at FROM feeds ORDER BY id")
    return [db.from_iso(row["next_due_at"]) for row in rows]


def test_gaps_come_back_newest_first(connection):
    old, new = Gap(NOW - 9 * HOUR, NOW - 8 * HOUR, "off", 3), Gap(NOW - HOUR, NOW, "asleep", 0)
    for gap in (old, new):
        gaps.record_gap(connection, gap)

    assert gaps.gaps_since(connection, NOW - 8 * HOUR) == [new, old]
    assert gaps.gaps_since(connection, NOW - HOUR) == [new]


def test_overdue_feeds_take_turns_and_the_busiest_comes_first(feeds):
    number = sources.spread_overdue(feeds, NOW, apart=20 * SECOND, within=HOUR)

    assert number == 2
    assert due_at(feeds) == [NOW + 20 * SECOND, NOW, NOW + HOUR, None]
    assert workload.has_work(feeds, NOW, DUE_RULES)


def test_many_overdue_feeds_come_within_the_time(feeds):
    sources.spread_overdue(feeds, NOW + 2 * HOUR, apart=HOUR, within=timedelta(seconds=30))

    assert [at - NOW - 2 * HOUR for at in due_at(feeds)[:3]] == [20 * SECOND, timedelta(0), 10 * SECOND]


def test_feeds_that_are_switched_off_are_not_counted(feeds):
    feeds.execute("UPDATE feeds SET enabled = 0")

    assert sources.spread_overdue(feeds, NOW, apart=SECOND, within=HOUR) == 0


def test_waits_are_shorter_by_what_the_clock_was_set_back(feeds):
    gaps.shift_waits(feeds, NOW - 30 * HOUR, 29 * HOUR)

    assert due_at(feeds) == [NOW - 30 * HOUR, NOW - 30 * HOUR, NOW - 28 * HOUR, None]


# Times ahead of which no wait is shortened when a clock is put right, and what holds for them then.
NOT_SHIFTED = {
    "alert_rules.next_digest_at": "a digest later than in two days is decided anew",
    "feeds.plain_until": "one later than it can be decided does not count",
    "looks.next_due_at": "says what was decided",
    "off_topic_texts.held_until": "what was held before may not go early",
    "polls.next_due_at": "says what was decided",
    "robots_files.keep_until": "what was fetched later than now does not count",
    "watches.due_at": "a look later than the longest pause is made now",
}


def test_every_time_that_something_waits_for_is_set_back_with_the_clock_or_has_its_own_rule(feeds):
    times = {
        f"{table['name']}.{column['name']}"
        for table in feeds.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for column in feeds.execute(f"PRAGMA table_info({table['name']})")
        if column["type"] == "TEXT"
        and re.fullmatch(r"(next|due)_(\w+_)?at|next_at|due_at|\w+_until", column["name"])
    }

    assert times == {f"{table}.{column}" for table, column, _ in gaps.WAITS} | set(NOT_SHIFTED)


def test_searches_for_successors_and_requests_to_hubs_wait_shorter_too(feeds):
    late = db.to_iso(NOW + 100 * 24 * HOUR)
    feeds.execute(
        "INSERT INTO successors (feed_id, searched_at, next_search_at) VALUES (1, ?, ?)", [late, late]
    )
    feeds.execute(
        "INSERT INTO subscriptions (feed_id, hub, topic, state, next_ask_at, lease_until)"
        " VALUES (1, 'http://hub.example/', 'http://a.example/', 'active', ?, ?)",
        [late, late],
    )

    gaps.shift_waits(feeds, NOW, 99 * 24 * HOUR)

    (row,) = feeds.execute("SELECT * FROM successors JOIN subscriptions USING (feed_id)").fetchall()
    for column in ("next_search_at", "next_ask_at", "lease_until"):
        assert db.from_iso(row[column]) == NOW + 24 * HOUR


@pytest.mark.parametrize(
    ("polled_at", "is_due"),
    [(NOW + HOUR, True), (NOW - HOUR, False), (None, False)],
    ids=["in-the-future", "in-the-past", "never"],
)
def test_feed_that_waits_for_days_is_due_only_if_it_was_polled_in_the_future(feeds, polled_at, is_due):
    feeds.execute(
        "UPDATE feeds SET next_due_at = ?, last_polled_at = ?",
        [db.to_iso(NOW + 72 * HOUR), db.to_iso(polled_at)],
    )

    assert workload.has_work(feeds, NOW, DUE_RULES) is is_due
    assert bool(sources.claim(feeds, "one", DUE_RULES, now=NOW, until=NOW + HOUR)) is is_due
