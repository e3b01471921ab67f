"""Which articles are due for another look: no source hides those of another."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.articles.store import store_reading
from storage.articles import watches
from storage.records.sources import Source
from storage.sources import runs, sources
from storage.sources.sources import DeclaredFeed
from storage.topics import topics
from tests.support.samples import DECLARED, FEED, NOW, TEXT, TOPIC, match, reading

LATER = NOW + timedelta(hours=3)
WIRE = (Source("wire", home="http://wire.example/"), [DeclaredFeed("http://wire.example/rss", FEED.kind)])


@pytest.fixture
def watched(connection):
    """Two outlets: six articles of the one and one of the other, all due, the other's last."""
    sources.sync(connection, [*DECLARED, WIRE])
    topics.sync(connection, [TOPIC])
    runs.begin(connection, trigger="manual", token="run", now=NOW, host="here", pid=1)
    for number in range(6):
        keep(connection, "courier", number)
    keep(connection, "wire", 6)
    connection.execute(
        "UPDATE watches SET due_at = strftime('%Y-%m-%dT%H:%M:%S+00:00', ?, '+' || article_id || ' minutes')",
        [NOW.isoformat()],
    )
    return connection


def keep(connection, source: str, number: int) -> None:
    item = reading(
        f"http://{source}.example/{number}", matches=(match(),), text=f"{number} word{number} {TEXT}"
    )
    store_reading(connection, replace(item, source=source))


def due(connection) -> list[str]:
    found = watches.due(connection, run_id=1, now=LATER, running_since=NOW, latest=LATER + timedelta(days=60))
    return [watch.url for watch in found]


@pytest.mark.parametrize("is_dropped", [True, False], ids=["dropped", "with many"])
def test_the_looks_of_one_source_hide_no_other(watched, monkeypatch, is_dropped):
    monkeypatch.setattr(watches, "_DUE_OF_SOURCE", 2)
    if is_dropped:
        watched.execute("UPDATE sources SET enabled = 0 WHERE name = 'courier'")

    assert due(watched) == [
        *([] if is_dropped else ["http://courier.example/0", "http://courier.example/1"]),
        "http://wire.example/6",
    ]


def test_what_is_due_is_what_is_claimed(watched):
    watched.execute("UPDATE sources SET enabled = 0 WHERE name = 'courier'")

    assert watches.due_count(watched, LATER) == len(due(watched)) == 1


def test_an_article_that_an_enabled_feed_lists_is_looked_at_whatever_became_of_its_source(watched):
    watched.execute("UPDATE sources SET enabled = 0 WHERE name = 'courier'")
    (article,) = watched.execute("SELECT id FROM articles WHERE url = 'http://courier.example/3'").fetchone()
    (feed,) = watched.execute("SELECT id FROM feeds WHERE url = 'http://wire.example/rss'").fetchone()
    watched.execute(
        "INSERT INTO sightings (article_id, feed_id, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?)",
        [article, feed, NOW.isoformat(), NOW.isoformat()],
    )

    assert due(watched) == ["http://courier.example/3", "http://wire.example/6"]
    assert watches.due_count(watched, LATER) == 2
