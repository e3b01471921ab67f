"""The hourly look, on a real database: signs are read, conditions begin and end, and who asked is told."""

from datetime import timedelta
from typing import Any

import pytest

from crawler.articles.store import store_reading
from crawler.cadence.rhythm import HOURS, Rhythm, rhythm_to_bytes
from scheduler.health import hourly_check
from scheduler.health.anomalies import HABITS_OF, RECENT, USUAL
from storage import db, meta
from storage.alerts import rules
from storage.health import conditions, gaps
from storage.health import signs as vital_signs
from storage.health.gaps import Gap
from storage.records.health import Share
from storage.records.sources import LinkOutcome
from storage.sources import links, runs, sources
from storage.topics import topics
from tests.support.samples import DECLARED, FEED, NOW, RULE, TOPIC, entry, reading, stated

TEN_A_DAY = rhythm_to_bytes(Rhythm((10 / 24 * 4,) * HOURS, (4.0,) * HOURS))


@pytest.fixture
def watched(connection):
    """A source that has brought ten articles a day for eight weeks, two an hour after the other; the last just now."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    rules.sync(connection, [(RULE, None)])
    runs.begin(connection, trigger="manual", token="one", now=NOW, host="here", pid=1)
    connection.execute("UPDATE feeds SET rhythm = ?", [TEN_A_DAY])
    connection.executemany(
        "INSERT INTO coverage (source_id, day, polls, failed_polls, seen) VALUES (1, ?, 24, 0, 10)",
        [((NOW - timedelta(days=day)).date().isoformat(),) for day in range(1, 57)],
    )
    new(connection, NOW)
    return connection


def new(connection, at):
    connection.execute(
        "UPDATE feeds SET last_new_at = :at, last_ok_at = :at, last_polled_at = :at, last_error = NULL",
        {"at": db.to_iso(at)},
    )


def polled(connection, at):
    connection.execute("UPDATE feeds SET last_ok_at = :at, last_polled_at = :at", {"at": db.to_iso(at)})


def told(connection):
    rows = connection.execute(
        """
        SELECT conditions.kind, change FROM alerts JOIN conditions ON conditions.id = condition_id ORDER BY alerts.id
        """
    )
    return [tuple(row) for row in rows]


def test_silence_begins_lasts_and_ends_and_each_change_is_told_once(watched):
    late, later, end = (NOW + timedelta(hours=hours) for hours in (30, 31, 40))
    assert hourly_check.look(watched, NOW + timedelta(hours=2)) == []

    polled(watched, late)
    began = hourly_check.look(watched, late)
    polled(watched, later)
    lasts = hourly_check.look(watched, later)
    open_then = conditions.lasting(watched)
    new(watched, end)
    ended = hourly_check.look(watched, end)

    assert [line.split(";")[0] for line in began] == [
        "courier: silent: no new article since 2026-09-14 12:00 UTC"
    ]
    assert lasts == []
    assert [one.kind for one in open_then] == ["silent"]
    assert ended[0].startswith("over: courier: silent")
    assert told(watched) == [("silent", "began"), ("silent", "ended")]
    assert conditions.lasting(watched) == []
    assert [one.until for one in conditions.since(watched, NOW)] == [end]


def test_what_is_taken_out_of_the_settings_has_no_condition_and_nobody_is_told(watched):
    polled(watched, NOW + timedelta(hours=30))
    hourly_check.look(watched, NOW + timedelta(hours=30))
    sources.sync(watched, [])

    assert hourly_check.look(watched, NOW + timedelta(hours=31)) == []
    assert conditions.lasting(watched) == []
    assert told(watched) == [("silent", "began")]


def test_the_look_is_made_once_an_hour_and_after_the_clock_was_set_back(watched, database):
    polled(watched, NOW + timedelta(hours=30))
    meta.put(watched, meta.HOURLY_CHECK, NOW + timedelta(days=9_999))

    first, second = (
        hourly_check.check_if_due(database, NOW + timedelta(hours=30)),
        hourly_check.check_if_due(database, NOW + timedelta(hours=30, minutes=59)),
    )
    new(watched, NOW + timedelta(hours=31))
    third = hourly_check.check_if_due(database, NOW + timedelta(hours=31))

    assert (len(first), second, len(third)) == (1, [], 1)


def test_a_gap_of_the_daemon_is_told_once(watched):
    gaps.record_gap(watched, Gap(NOW - timedelta(hours=5), NOW - timedelta(hours=1), "off", 3))

    lines = [hourly_check.look(watched, NOW), hourly_check.look(watched, NOW + timedelta(hours=1))]

    assert lines == [["gap: the daemon did not run"], []]
    assert told(watched) == [("gap", "ended")]
    assert conditions.lasting(watched) == []


def test_a_feed_that_fails_for_a_day_is_told_with_its_error(watched):
    watched.execute(
        "UPDATE feeds SET last_polled_at = ?, last_error = 'http_404'", [db.to_iso(NOW + timedelta(days=2))]
    )

    lines = hourly_check.look(watched, NOW + timedelta(days=2))

    assert lines == ["courier: failing: 1 of 1 feed: http_404 (http://courier.example/rss)"]


def test_signs_of_a_source_are_shares_of_its_pages(watched):
    found = {f"k{n}": entry(f"http://courier.example/k{n}") for n in range(6)}
    queued, _ = links.discover(watched, FEED, found, run_id=1, now=NOW)
    for one, reason in zip(queued, ("wall", "no_text", "list_page", "http_403", "http_404"), strict=False):
        state = "failed" if reason.startswith("http") else "not_article"
        links.record(watched, LinkOutcome(one.id, state, reason, NOW), run_id=1)
    store_reading(watched, reading(queued[5].url, link=queued[5], published=None))

    (signs,) = vital_signs.source_signs(watched, NOW + timedelta(hours=1), HABITS_OF)
    pages = vital_signs.page_signs(watched, NOW + timedelta(hours=1), recent=RECENT, usual=USUAL)["courier"]

    turns = {turn.name: turn for turn in pages.turns}
    assert turns["date"].now == Share(0, 1)
    assert turns["long text"].now == Share(1, 1)
    assert turns["article"].now == Share(3, 5)  # not no_text and list_page
    assert turns["no wall"].now == Share(3, 5)  # not wall and http_403
    assert turns["article"].before == Share(0, 0)
    assert (len(signs.days), signs.days[-1][1], pages.lively_hours) == (56, 10, 1)
    assert vital_signs.source_signs(watched, NOW, HABITS_OF, after="courier") == []


def test_signs_of_a_topic_are_stories_in_the_hour_in_which_they_came(watched):
    text = "A bridge of {0} stones was {0} years in the making, said the {0} mayors of the {0} towns. " * 9
    kinds: list[dict[str, Any]] = [
        {},
        {},
        {"origin": "import"},
        {"published": stated(NOW - timedelta(days=3))},
    ]
    for number, more in enumerate(kinds):
        store_reading(
            watched, reading(f"http://courier.example/{number}", text=text.format(f"word{number}"), **more)
        )
    store_reading(watched, reading("http://other.example/", text=text.format("word0")))

    (signs,) = vital_signs.topic_signs(watched, NOW - timedelta(hours=1))

    assert (signs.name, signs.hours) == ("strait", ((NOW, 2),))
