"""What is asked every few seconds, by each crawl, or for each line of a list, reads no growing table to its end."""

from collections.abc import Callable
from datetime import timedelta
from sqlite3 import Connection

import pytest

from crawler.cadence.due_rules import DUE_RULES
from storage import db
from storage.alerts import outbox
from storage.articles import feedback, reader_marks, watches
from storage.health import workload
from storage.sources import backfills, links, runs, sources
from tests.support.samples import NOW

# A file of 500,000 articles has 939,000 links, 1,500,000 polls and 195,000 watches; here is a fiftieth of it.
FILLED = (
    "INSERT INTO sources (name, home) SELECT 'source' || n, 'http://s' || n || '.example/' FROM numbers LIMIT 200",
    """
    INSERT INTO runs (token, trigger, state, started_at, finished_at)
    SELECT 't' || n, 'schedule', 'done', '2026-01-01', '2026-01-01' FROM numbers LIMIT 4000
    """,
    """
    INSERT INTO feeds (source_id, url, kind, next_due_at)
    SELECT 1 + n % 200, 'http://s' || n || '.example/feed', 'feed', '2026-12-01T00:00:00+00:00' FROM numbers LIMIT 400
    """,
    """
    INSERT INTO polls (feed_id, run_id, polled_at, outcome)
    SELECT 1 + n % 400, 1 + n % 4000, '2026-01-01', 'ok' FROM numbers LIMIT 20000
    """,
    """
    INSERT INTO articles (source_id, title, words, origin, first_seen_at, fetched_at, text_hash, url, url_key)
    SELECT 1 + n % 200, 'x', 9, 'crawl', '2026-01-01', '2026-01-01', n, 'http://a/' || n, 'a/' || n
    FROM numbers LIMIT 10000
    """,
    """
    INSERT INTO links (source_id, feed_id, url, state, first_seen_at, url_key)
    SELECT 1 + n % 200, 1 + n % 400, 'http://a/' || n, CASE WHEN n % 1000 THEN 'off_topic' ELSE 'queued' END,
        '2026-01-01', 'a/' || n
    FROM numbers LIMIT 19000
    """,
    """
    INSERT INTO watches (article_id, source_id, due_at, ended)
    SELECT id, source_id, CASE WHEN id % 4 = 0 THEN '2026-12-01T00:00:00+00:00' END,
        CASE WHEN id % 4 THEN 'age' END
    FROM articles WHERE id % 5 < 2
    """,
    "INSERT INTO topics (name) SELECT 't' || n FROM numbers LIMIT 2",
    """
    INSERT INTO feedback (topic_id, article_id, verdict, given_at)
    SELECT 1 + id % 2, id, 'no', '2026-01-01' FROM articles
    """,
    "INSERT INTO reader_marks (reader, article_id, read_at) SELECT 'anna', id, 'x' FROM articles",
    """
    INSERT INTO looks (article_id, source_id, run_id, looked_at, outcome)
    SELECT id, source_id, 1 + id % 4000, '2026-01-01', 'unchanged' FROM articles
    """,
)
_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000) "

# Hundreds of instructions; 19 waiting pages take 60, 4,000 rows that are read 120 and more.
MOST = 100
LATER = NOW + timedelta(days=1)
ASKED: dict[str, Callable[[Connection], object]] = {
    "tick": lambda c: workload.has_work(c, LATER, DUE_RULES),
    "due looks": lambda c: watches.due_count(c, LATER),
    "runs that go on": runs.running,
    "requests": runs.open_requests,
    "feeds": lambda c: sources.claim(c, "t", DUE_RULES, now=LATER, until=LATER + timedelta(minutes=5)),
    "pages": lambda c: links.claim_waiting(c, run_id=1, now=LATER, running_since=NOW),
    "looks": lambda c: watches.due(
        c, run_id=1, now=LATER, running_since=NOW, latest=LATER + timedelta(days=400)
    ),
    "undecided looks": watches.undecided,
    "backfills": lambda c: backfills.due(c, LATER),
    "messages": lambda c: outbox.due_messages(c, LATER),
    "digests": lambda c: outbox.due_rules(c, LATER),
    "verdicts on an article": lambda c: feedback.verdicts(c, article_id=7),
    "marks of an article": lambda c: reader_marks.marks_of(c, "anna", 7),
}  # fmt: skip


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    connection = db.connect(tmp_path_factory.mktemp("plans") / "seedwatch.db")
    with db.transaction(connection):
        for statement in FILLED:
            connection.execute(
                statement.replace("SELECT", f"{_NUMBERS} SELECT", 1) if "numbers" in statement else statement
            )
    db.analyse(connection)
    yield connection
    connection.close()


def steps(connection: Connection, ask: Callable[[Connection], object]) -> int:
    """How many hundreds of instructions of SQLite's machine *ask* takes: the same number on any machine."""
    taken = 0

    def count() -> None:
        nonlocal taken
        taken += 1

    connection.set_progress_handler(count, 100)
    ask(connection)
    connection.set_progress_handler(None, 100)
    return taken


@pytest.mark.parametrize("asked", ASKED)
def test_what_is_asked_again_and_again_reads_nothing_that_grows(grown, asked):
    assert steps(grown, ASKED[asked]) < MOST


@pytest.mark.parametrize("table", ["watches", "links", "runs", "articles"])
def test_a_table_that_is_read_would_be_seen(grown, table):
    assert (
        steps(grown, lambda c: c.execute(f"SELECT count(*) FROM {table} WHERE +rowid < 0").fetchall()) > MOST
    )
