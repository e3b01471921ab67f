"""What of a day was looked at: coverage, blind time, what may be lost."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.cadence.rhythm import Rhythm, observe, rhythm_to_bytes
from scheduler.health.coverage import day_coverage, days_coverage, verdict
from scheduler.health.history import write_coverage
from storage.records.health import CoverageLine, FeedLook, FeedLooks
from storage.records.polls import PollResult
from storage.sources import coverage, polls, runs, sources
from tests.storage.sources.test_polls import FEEDS
from tests.support.samples import NOW, SOURCE

DAY = date(2026, 5, 4)
MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
LATER = MIDNIGHT + timedelta(days=3)


def look(hours: float, new: int | None = 0, entries: int | None = 20) -> FeedLook:
    return FeedLook(MIDNIGHT + timedelta(hours=hours), entries, new)


def ledger(*feeds: FeedLooks, now: datetime = LATER):
    known = [
        replace(feed, watched_since=feed.watched_since or MIDNIGHT - timedelta(days=9)) for feed in feeds
    ]
    return day_coverage("courier", DAY, known, now)


def test_days_of_months_are_told_by_the_looks_around_each():
    looks = [look(hours, new=hours % 23) for hours in range(-24 * 20, 24 * 20, 7)]
    feed = FeedLooks(tuple(looks), rate_per_day=30.0, watched_since=looks[0].at)
    days = [DAY + timedelta(days=number) for number in range(-15, 15)]

    found = days_coverage("courier", days, [feed], LATER + timedelta(days=20))

    # As if all looks were gone through for each day: two that stand the wrong way round make it so.
    unordered = replace(feed, looks=(*looks[1::-1], *looks[2:]))
    slowly = days_coverage("courier", days, [unordered], LATER + timedelta(days=20))
    assert [(day.day, day.lost, day.blind_s) for day in found] == [
        (day.day, day.lost, day.blind_s) for day in slowly
    ]
    assert len(found) == 30
    assert sum(day.blind_s for day in found) > 0


@pytest.mark.parametrize(
    ("looks", "now", "blind_h"),
    [
        ([look(-1), look(12), look(25)], 72, 0),
        ([look(-1), look(25)], 72, 0),
        ([look(6), look(25)], 72, 6),
        ([look(-1), look(12)], 72, 12),
        ([look(-1), look(12)], 14, 0),
        ([look(-1), look(12)], 25, 12),
        ([look(-1), look(12, 20), look(25)], 72, 12),
        ([look(-1), look(12, None, None), look(25)], 72, 0),
        ([look(-1), look(12, 0, 0), look(25)], 72, 0),
        ([look(12)], 72, 24),
        ([], 72, 24),
    ],
    ids=[
        "looked at", "one look covers the day before it", "begun in the morning", "ended at noon",
        "the next look is not due yet", "the next look did not come", "every entry was new", "nothing had changed",
        "an empty feed", "one look covers nothing", "never looked at",
    ],
)  # fmt: skip
def test_blind_is_what_no_look_covers(looks, now, blind_h):
    found = ledger(FeedLooks(tuple(looks)), now=MIDNIGHT + timedelta(hours=now))

    assert found.blind_s == blind_h * 3_600


def test_a_source_is_as_blind_as_its_blindest_feed():
    seen, unseen = FeedLooks((look(-1), look(25))), FeedLooks((look(-1), look(18), look(30, 20)))

    assert ledger(seen, unseen).blind_s == 6 * 3_600


def test_what_may_be_lost_is_what_the_rate_expects_beyond_the_new():
    feed = FeedLooks((look(-12), look(12, 20)), rate_per_day=50.0)

    assert ledger(feed).lost == 30
    assert ledger(FeedLooks((look(-12), look(12, 19)), rate_per_day=50.0)).lost == 0
    assert ledger(FeedLooks((look(12, 20),), rate_per_day=50.0)).lost == 0, "a first look shows the past"


def test_expected_is_what_the_rhythm_says_of_the_weekday():
    rhythm = Rhythm()
    for week in range(8):
        begin = MIDNIGHT - timedelta(days=7 * (week + 1))
        for day in range(7):
            at = begin + timedelta(days=day)
            rhythm = observe(rhythm, at, at + timedelta(days=1), 24 if day == 0 else 0)
    feed = FeedLooks((look(-1), look(49)), rhythm_to_bytes(rhythm), watched_since=look(-1).at)

    monday = day_coverage("courier", DAY, [feed], LATER).expected
    tuesday = day_coverage("courier", DAY + timedelta(days=1), [feed], LATER).expected

    assert monday > 5 * tuesday


@given(st.lists(st.floats(-48, 72), max_size=8), st.floats(-24, 96), st.integers(-2, 3))
def test_no_looks_make_a_day_longer_than_it_is(hours, now, day):
    looks = tuple(look(hour) for hour in sorted(hours))
    feed = FeedLooks(looks, watched_since=looks[0].at if looks else None)

    found = day_coverage("courier", DAY + timedelta(days=day), [feed], MIDNIGHT + timedelta(hours=now))

    if found is not None:
        assert 0 <= found.blind_s <= 86_400
        assert found.expected == found.lost == 0


def test_a_feed_counts_from_its_first_poll_on():
    new = FeedLooks((look(18), look(25)), watched_since=look(18).at)

    assert ledger(new).blind_s == 0
    assert day_coverage("courier", DAY - timedelta(days=1), [new], LATER) is None
    assert day_coverage("courier", DAY, [FeedLooks(())], LATER) is None


def test_the_ledger_is_written_once_however_often(connection):
    sources.sync(connection, [(SOURCE, FEEDS[:1])])
    run_id = runs.begin(connection, trigger="manual", token="run", now=NOW, host="here", pid=1)
    for hours in (-30, -20, -1):
        at = NOW + timedelta(hours=hours)
        polls.record_poll(connection, run_id, PollResult(1, at, "ok", entries=9), 3)

    for _ in range(2):
        write_coverage(connection, NOW, days=3)

    lines = coverage.lines(connection, NOW.date() - timedelta(days=9))
    assert [(line.day, line.polls, line.seen, line.blind_s) for line in lines] == [
        (NOW.date(), 1, 3, 0),
        (NOW.date() - timedelta(days=1), 2, 6, 0),
    ]
    assert coverage.lines(connection, NOW.date(), ["other"]) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.5, 1, 5, 30]),
            st.sampled_from(["ok", "ok", "ok", "not_modified", "timeout"]),
            st.integers(0, 4),
        ),
        max_size=60,
    ),
    st.integers(0, 9),
)
def test_the_looks_that_are_read_say_what_all_looks_say(connection, made, back):
    sources.sync(connection, [(SOURCE, FEEDS[:1])])
    connection.execute("DELETE FROM polls")
    connection.execute("DELETE FROM runs")
    run_id = runs.begin(connection, trigger="manual", token="run", now=NOW, host="here", pid=1)
    at = NOW - timedelta(hours=sum(hours for hours, _, _ in made))
    looks = []
    for hours, outcome, new in made:
        at += timedelta(hours=hours)
        entries, news = (4, new) if outcome == "ok" else (None, None)
        connection.execute(
            "INSERT INTO polls (feed_id, run_id, polled_at, outcome, entries, new_links) VALUES (1, ?, ?, ?, ?, ?)",
            [run_id, at.isoformat(), outcome, entries, news],
        )
        looks += [FeedLook(at, entries, news)] if outcome != "timeout" else []
    days = [NOW.date() - timedelta(days=number) for number in range(back, -1, -1)]
    since = datetime(days[0].year, days[0].month, days[0].day, tzinfo=UTC)

    ((read,),) = coverage.looks(connection, since).values()

    every = replace(read, looks=tuple(looks))
    assert days_coverage("courier", days, [read], NOW) == days_coverage("courier", days, [every], NOW)
    assert len(read.looks) <= 2 + 2 * sum(look.new == 4 for look in looks)


def test_a_day_without_a_daemon_is_in_the_ledger_of_a_source_that_was_watched_before(connection):
    sources.sync(connection, [(SOURCE, FEEDS[:1])])
    run_id = runs.begin(connection, trigger="manual", token="run", now=NOW, host="here", pid=1)
    polls.record_poll(connection, run_id, PollResult(1, NOW - timedelta(days=4), "ok", entries=9), 3)
    connection.execute("UPDATE feeds SET rhythm = ?", [rhythm_to_bytes(Rhythm())])

    write_coverage(connection, NOW)

    (today, yesterday) = coverage.lines(connection, NOW.date() - timedelta(days=1))
    assert (yesterday.polls, yesterday.failed_polls, yesterday.blind_s) == (0, 0, 86_400)
    assert yesterday.expected > 0
    assert today.blind_s == 12 * 3_600


@pytest.mark.parametrize(
    ("polls", "failed", "seen", "lost", "blind_s", "said"),
    [
        (0, 0, 0, None, None, "not looked at"),
        (0, 2, 0, None, None, "could not look"),
        (3, 0, 5, 1.5, 0, "some may be lost"),
        (1, 0, 5, 0.0, 86_000, "not covered"),
        (3, 0, 5, 0.0, 3_600, "covered in part"),
        (3, 0, 5, 0.0, 600, "covered"),
        (3, 0, 0, None, None, "covered, nothing new"),
    ],
)
def test_a_day_is_told_in_words(polls, failed, seen, lost, blind_s, said):
    assert verdict(CoverageLine("courier", DAY, polls, failed, seen, 4.0, lost, blind_s)) == said
