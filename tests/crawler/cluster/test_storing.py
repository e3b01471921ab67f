"""Records into the database: whatever comes twice, late or broken, what is stored is what one machine would have."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.articles.store import store_reading
from crawler.cluster.effects import record_of
from crawler.cluster.storing import store_records
from crawler.documents.ingest import ingest
from storage import db
from storage.errors import LockedError
from storage.records.cluster import SentRecord, WaitingRecord
from storage.records.looks import Answer
from storage.records.polls import PollResult
from storage.records.sources import FeedDocument, HostMemory, LinkOutcome
from storage.sources import hosts, links, polls, runs, sources
from storage.topics import topics
from tests.support.samples import DECLARED, FEED, NOW, SOURCE, TEXT, TOPIC, entry, link, reading

pytest.importorskip("msgspec", reason="needs seedwatch[cluster]")

URLS = [
    "http://courier.example/1",
    "http://herald.example/2",
    "http://courier.example/3",
    "http://courier.example/4",
]
HERALD = (replace(SOURCE, name="herald", home="http://herald.example/"), [])
LATER = NOW + timedelta(hours=2)


def page(number, text=TEXT, *, at=NOW, was_fetched=False):
    """What was read of one of URLS."""
    url = URLS[number - 1]
    item = reading(url, text=text)
    answer = Answer(url, url, 200, at, body_hash=f"hash of {text[:9]}")
    known = replace(link(number, url), was_fetched=was_fetched)
    return replace(
        item,
        source="herald" if number == 2 else "courier",
        link=known,
        run_id=1,
        read_at=at,
        answer=answer,
        background=("ministers",),
    )


def records():
    """The records of two jobs of one host, an hour apart: polls, articles, a copy, a revision, what failed."""
    document = FeedDocument(tuple(map(entry, URLS)), title="Courier")
    listed = PollResult(FEED.id, NOW, "ok", entries=4)
    first = [
        record_of(ingest, FEED, document, listed, url=FEED.url, run_id=1),
        record_of(hosts.remember, HostMemory("courier.example", crawl_delay_s=2.0)),
    ]
    second = [
        record_of(store_reading, page(1), keep_all=False, hold_days=30),
        record_of(store_reading, page(2), keep_all=False, hold_days=30),
        record_of(links.record, LinkOutcome(3, "failed", "timeout", NOW, next_try_at=LATER), run_id=1),
        record_of(
            store_reading, replace(page(4, "Of the weather. " * 40), matches=()), keep_all=False, hold_days=30
        ),
    ]
    third = [
        record_of(polls.record_poll, 1, PollResult(FEED.id, LATER, "not_modified", status=304), None),
        record_of(
            store_reading,
            page(1, f"{TEXT}\nThe tunnel will be open in May, they added.", at=LATER, was_fetched=True),
            keep_all=False,
            hold_days=30,
        ),
    ]
    numbered = []
    for job, found in (("a", first), ("b", second), ("c", third)):
        for position, record in enumerate(found, 1):
            numbered.append(WaitingRecord(len(numbered) + 1, job, position, record.kind, record.payload))
    return numbered


RECORDS = records()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Gives copies, in memory, of a database with sources, a topic and a run: its schema takes a second to make."""
    original = db.connect(tmp_path_factory.mktemp("storing") / "template.db")
    sources.sync(original, [*DECLARED, HERALD])
    topics.sync(original, [TOPIC])
    runs.begin(original, trigger="schedule", token="one", now=NOW, host="here", pid=1)
    copies = []

    def copy(path=":memory:"):
        copies.append(sqlite3.connect(path, isolation_level=None))
        copies[-1].row_factory = sqlite3.Row
        original.backup(copies[-1])
        copies[-1].execute("PRAGMA foreign_keys = ON")
        return copies[-1]

    yield copy
    for connection in [original, *copies]:
        connection.close()


@pytest.fixture(scope="module")
def once(template):
    """What is stored of RECORDS when they come as they were sent."""
    connection = template()
    store_records(connection, RECORDS, LATER)
    return connection


def contents(connection):
    """All rows of all tables but the one that says what is stored."""
    tables = [
        row[0]
        for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        if row[0] != "cluster_jobs"
    ]
    return {table: [tuple(row) for row in connection.execute(f'SELECT * FROM "{table}"')] for table in tables}


def test_the_records_store_what_they_should(once):
    connection = once

    assert connection.execute("SELECT count(*) FROM polls").fetchone()[0] == 2
    assert connection.execute("SELECT count(*) FROM articles").fetchone()[0] == 2
    assert connection.execute("SELECT DISTINCT article_id FROM revisions").fetchall()[0][0] == 1
    assert connection.execute("SELECT count(*) FROM copies").fetchone()[0] == 1
    states = connection.execute("SELECT state FROM links ORDER BY id").fetchall()
    assert [row["state"] for row in states] == ["fetched", "fetched", "failed", "off_topic"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(1, len(RECORDS)), st.integers(0, len(RECORDS))), max_size=8),
    st.integers(1, len(RECORDS)),
)
def test_what_comes_again_changes_nothing(template, once, repeats, together):
    """Each of *repeats* has some first records come again, behind others; so many are stored *together*."""
    coming = list(RECORDS)
    for upto, behind in sorted(repeats, key=lambda repeat: -repeat[1]):
        coming[max(upto, behind) : max(upto, behind)] = RECORDS[:upto]
    connection = template()

    for start in range(0, len(coming), together):
        store_records(connection, coming[start : start + together], LATER)

    assert contents(connection) == contents(once)


def test_what_comes_again_when_its_job_is_forgotten_adds_no_article(template, once):
    """By then it is known by its address and its text, as a page that is read again."""
    connection = template()
    store_records(connection, RECORDS, LATER)
    connection.execute("DELETE FROM cluster_jobs")

    store_records(connection, RECORDS, LATER + timedelta(days=8))

    for table in ("articles", "links", "feeds"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == len(contents(once)[table])


@pytest.mark.parametrize("comes", ["again", "late"])
def test_what_a_later_run_has_read_since_is_not_taken_back(template, comes):
    """A record that comes again when its job is forgotten, or a dead letter that is tried again a day later."""
    connection = template()
    bad = [replace(one, payload=b"\xc1") if comes == "late" else one for one in RECORDS[2:6]]
    store_records(connection, [*RECORDS[:2], *bad], LATER)
    day_after = LATER + timedelta(days=1)
    runs.begin(connection, trigger="schedule", token="two", now=day_after, host="here", pid=1)
    for number in (1, 2, 3):
        text = f"{TEXT}\nOn the next day they said how it ended, and page {number} was written anew."
        read_anew = replace(page(number, text, at=day_after, was_fetched=comes == "again"), run_id=2)
        store_reading(connection, read_anew)
    connection.execute("DELETE FROM cluster_jobs WHERE left_out = '[]'")
    before = {
        name: contents(connection)[name] for name in ("articles", "article_texts", "revisions", "copies")
    }
    states = connection.execute("SELECT id, state, run_id FROM links WHERE id < 4").fetchall()

    stored = store_records(
        connection, [replace(one, is_retried=comes == "late") for one in RECORDS[2:6]], LATER
    )

    assert stored.dead == {}
    assert {name: contents(connection)[name] for name in before} == before
    after = connection.execute("SELECT id, state, run_id FROM links WHERE id < 4").fetchall()
    assert [tuple(row) for row in after] == [tuple(row) for row in states]


BROKEN = SentRecord("article", b"\xc1")
ORPHAN = record_of(polls.record_poll, 1, PollResult(999, NOW, "ok"), 0)


@pytest.mark.parametrize("bad", [BROKEN, ORPHAN], ids=["cannot be read", "of a feed that is gone"])
def test_a_bad_record_is_left_out_and_the_others_are_stored(template, once, bad):
    connection = template()
    with_bad = [
        *RECORDS[:3],
        WaitingRecord(99, "bad", 1, bad.kind, bad.payload),
        WaitingRecord(100, "bad", 2, "host", record_of(hosts.remember, HostMemory("x.example")).payload),
        *RECORDS[3:],
    ]

    stored = store_records(connection, with_bad, LATER)

    assert list(stored.dead) == [99]
    assert stored.dead[99]
    assert set(stored.ids) == {record.id for record in with_bad} - {99}
    assert "x.example" in {memory.host for memory in hosts.remembered(connection)}
    rest = contents(connection)
    assert rest["articles"] == contents(once)["articles"]


def test_a_dead_letter_that_is_tried_again_is_stored_once(template):
    connection = template()
    store_records(connection, [WaitingRecord(1, "a", 1, "article", b"\xc1"), RECORDS[1]], LATER)
    again = replace(RECORDS[0], is_retried=True)

    for _ in range(2):
        assert store_records(connection, [again], LATER).ids == (1,)

    assert connection.execute("SELECT count(*) FROM polls").fetchone()[0] == 1


def test_a_refused_database_stores_nothing_and_all_of_it_comes_again(tmp_path, template, once):
    connection = template(tmp_path / "locked.db")
    other = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    connection.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises((LockedError, sqlite3.OperationalError)):
        store_records(connection, RECORDS, LATER)

    other.execute("ROLLBACK")
    assert store_records(connection, RECORDS, LATER).dead == {}
    assert contents(connection) == contents(once)
    other.close()
