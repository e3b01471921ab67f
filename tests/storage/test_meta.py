"""The small facts: each comes back as it was put, under its own key."""

from datetime import UTC, datetime

import pytest

from storage import meta
from storage.records.health import ClockTrust, ServerClock
from storage.records.polls import DecidedPace

AT = datetime(2026, 9, 14, 8, 30, 7, 250, tzinfo=UTC)
FACTS = [fact for fact in vars(meta).values() if isinstance(fact, meta.StoredFact)]


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        (meta.POLLS_PER_FEED_PER_DAY, 48),
        (meta.SECOND_LOOKS_PER_SOURCE_PER_DAY, 0),
        (meta.KEEP_HISTORY_DAYS, 365),
        (meta.SETTLED_UNTIL, AT.date()),
        (meta.FOLDED_UNTIL, AT.date()),
        (meta.CONFIG_ERROR, "seedwatch.toml:3: 朝俄"),
        (meta.CRAWL_SETTINGS, {"allow_private": ["127.0.0.1:80"], "delay": 1.5}),
        (meta.DECLARED_PACE, {"every_s": {"herald": 60}}),
        (meta.HEARTBEAT, AT),
        (meta.HOURLY_CHECK, AT),
        (meta.PACE, DecidedPace(0.5, 1.25, AT, 24, 7)),
        (meta.SERVER_CLOCK, ServerClock(AT, 5, -3600)),
        (meta.CLOCK_TRUST, ClockTrust(AT, AT, 2)),
        (meta.CLOCK_TRUST, ClockTrust(AT)),
        (meta.REINDEX, meta.UnindexedRows(251, 900, 3)),
        (meta.seed_files("strait"), [["a.txt", 1, 2]]),
        (meta.imported("a:1:"), {"place": 7, "counts": {"lines": 7}}),
    ],
    ids=lambda value: value.key if isinstance(value, meta.StoredFact) else "",
)
def test_a_fact_comes_back_and_the_last_one_counts(connection, fact, value):
    assert meta.get(connection, fact) == fact.default
    meta.put(connection, fact, fact.default)

    meta.put(connection, fact, value)

    assert meta.get(connection, fact) == value


def test_a_fact_that_was_taken_back_is_the_default(connection):
    meta.put(connection, meta.REINDEX, meta.UnindexedRows(1, 9))

    meta.put(connection, meta.REINDEX, None)

    assert meta.get(connection, meta.REINDEX) is None


def test_a_fact_of_another_version_is_the_default(connection):
    pace: meta.StoredFact[object] = meta.StoredFact(meta.PACE.key, None)
    heartbeat: meta.StoredFact[object] = meta.StoredFact(meta.HEARTBEAT.key, None)
    meta.put(connection, pace, {"roots": 1.0})
    meta.put(connection, heartbeat, "yesterday")

    assert (meta.get(connection, meta.PACE), meta.get(connection, meta.HEARTBEAT)) == (None, None)


def test_each_fact_has_a_key_of_its_own():
    keys = [fact.key for fact in FACTS]

    assert len(keys) == len(set(keys)) > 5
    assert meta.seed_files("a").key != meta.seed_files("b").key
