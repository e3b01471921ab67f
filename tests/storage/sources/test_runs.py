"""Runs: counted by what they wrote, told by source, handed over and answered."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.articles.store import store_reading
from crawler.urls import url_key
from storage.records.polls import PollResult, SourceCounts
from storage.records.sources import Feed, FeedKind, LinkOutcome
from storage.sources import links, polls, runs, sources
from storage.sources.sources import DeclaredFeed
from storage.topics import topics
from tests.support.samples import DECLARED, FEED, NOW, SOURCE, TOPIC, entry, reading, stated

WIRE = Feed(id=2, source="wire", url="http://wire.example/rss", kind=FeedKind.FEED)
END = NOW + timedelta(minutes=5)


def begin(connection, token="run", **more):
    return runs.begin(
        connection, **({"trigger": "manual", "token": token, "now": NOW, "host": "here", "pid": 7} | more)
    )


def row(connection, run_id):
    return connection.execute("SELECT * FROM runs WHERE id = ?", [run_id]).fetchone()


@pytest.fixture
def stocked(connection):
    """Three sources, of which two have a feed, and a topic."""
    wire = replace(SOURCE, name="wire")
    idle = replace(SOURCE, name="idle")
    sources.sync(connection, [*DECLARED, (wire, [DeclaredFeed(WIRE.url, WIRE.kind)]), (idle, [])])
    topics.sync(connection, [TOPIC])
    return connection


def crawl(connection, run_id):
    """A run in which each thing happened at least once: ten links of one source, a failed poll of another."""
    urls = [f"http://courier.example/{number}" for number in range(10)]
    entries = {url_key(url): entry(url) for url in urls}
    found, new = links.discover(connection, FEED, entries, run_id=run_id, now=NOW)
    polls.record_poll(connection, run_id, PollResult(FEED.id, NOW, "ok"), new)
    polls.record_poll(connection, run_id, PollResult(WIRE.id, NOW, "timeout"), None)
    texts = ["one " * 60, "two " * 60, "two " * 60]
    for number, (link, text) in enumerate(zip(found, texts, strict=False)):
        published = stated(NOW + timedelta(hours=5 * number))
        store_reading(connection, reading(link.url, text=text, link=link, run_id=run_id, published=published))
    store_reading(
        connection, reading(found[3].url, text="off " * 60, link=found[3], run_id=run_id, matches=())
    )
    for link, state, reason in zip(
        found[4:9],
        ["not_article", "not_article", "failed", "gone", "blocked"],
        ["wall", "wall", "timeout", "http_404", "robots"],
        strict=True,
    ):
        links.record(connection, LinkOutcome(link.id, state, reason, NOW), run_id=run_id)
    return found


# Beginning and end


def test_a_run_begins_open_and_is_found_by_row_and_token(connection):
    run_id = begin(connection, token="abc", trigger="schedule")

    run = runs.get(connection, run_id)
    assert run == runs.by_token(connection, "abc")
    assert (run.trigger, run.state, run.started_at, run.finished_at, run.error) == (
        "schedule", "running", NOW, None, None,
    )  # fmt: skip
    assert [(one["id"], one["host"], one["pid"]) for one in runs.running(connection)] == [(run_id, "here", 7)]


def test_there_is_no_run_that_was_not_begun(connection):
    assert runs.get(connection, 1) is None
    assert runs.by_token(connection, "abc") is None
    assert (runs.running(connection), runs.latest(connection)) == ([], [])


def test_the_end_counts_what_the_run_wrote(stocked):
    run_id = begin(stocked)
    crawl(stocked, run_id)

    runs.end(stocked, run_id, state="finished", now=END)

    ended = row(stocked, run_id)
    assert (ended["state"], ended["finished_at"], ended["error"]) == ("finished", END.isoformat(), None)
    counts = ("feeds_polled", "feeds_failed", "pages_fetched", "articles_new", "articles_copy", "off_topic")
    assert [ended[name] for name in counts] == [2, 1, 9, 2, 1, 1]
    assert (ended["links_failed"], ended["articles_revised"]) == (2, 0)


def test_the_end_counts_revisions_of_earlier_articles_and_not_the_articles(stocked):
    first = begin(stocked, token="first")
    link = crawl(stocked, first)[0]
    runs.end(stocked, first, state="finished", now=END)
    later = END + timedelta(hours=1)

    second = begin(stocked, token="second", now=later)
    store_reading(stocked, reading(link.url, text="three " * 60, link=link, run_id=second, read_at=later))
    runs.end(stocked, second, state="finished", now=later)

    ended = row(stocked, second)
    assert (ended["articles_revised"], ended["articles_new"], ended["pages_fetched"]) == (1, 0, 1)


def test_a_closed_run_stays_as_it_is(connection):
    run_id = begin(connection)
    runs.end(connection, run_id, state="failed", now=END, error="no network")

    runs.end(connection, run_id, state="finished", now=END + timedelta(hours=1))

    run = runs.get(connection, run_id)
    assert (run.state, run.finished_at, run.error) == ("failed", END, "no network")
    assert runs.running(connection) == []


def test_the_latest_runs_come_newest_first(connection):
    ids = [begin(connection, token=str(number)) for number in range(4)]

    assert [one["id"] for one in runs.latest(connection, 3)] == ids[:0:-1]


# Summary


def test_the_summary_has_a_line_for_each_source_that_was_touched(stocked):
    run_id = begin(stocked)
    crawl(stocked, run_id)

    courier, wire = runs.summary(stocked, run_id)

    assert courier == SourceCounts(
        source="courier", polled=1, new=10, matched=3, copies=1, off_topic=1, not_articles=2, failed=3, waiting=1,
        why=("wall 2", "http_404 1", "robots 1", "timeout 1"),
    )  # fmt: skip
    assert wire == SourceCounts(source="wire", polled=1, poll_failures=1, why=("timeout 1",))


def test_the_summary_leaves_out_other_runs(stocked):
    crawl(stocked, begin(stocked, token="first"))
    second = begin(stocked, token="second")
    polls.record_poll(stocked, second, PollResult(WIRE.id, NOW, "not_modified"), None)

    assert runs.summary(stocked, second) == [SourceCounts(source="wire", polled=1)]
    assert runs.summary(stocked, begin(stocked, token="third")) == []


def test_the_summary_asks_as_often_for_many_sources_as_for_one(stocked):
    """A question a source made 9.5 s of it with 500 sources."""
    counts = []
    for number in (1, 30):
        run_id = begin(stocked, token=f"{number}")
        more = [
            (replace(SOURCE, name=f"s{n}"), [DeclaredFeed(f"http://s{n}.example/", FeedKind.FEED)])
            for n in range(number)
        ]
        sources.sync(stocked, more)
        for feed in sources.feeds_of(stocked):
            polls.record_poll(stocked, run_id, PollResult(feed.id, NOW, "timeout"), None)
        asked: list[str] = []
        stocked.set_trace_callback(asked.append)
        lines = runs.summary(stocked, run_id)
        stocked.set_trace_callback(None)
        assert len(lines) == number
        counts.append(len(asked))

    assert counts[0] == counts[1]


# Crawls handed over


def test_a_request_is_open_until_it_is_answered(connection):
    first = runs.ask(connection, ["courier", "wire"], only_due=False, now=NOW)
    second = runs.ask(connection, [], only_due=True, now=NOW)
    run_id = begin(connection)
    before = runs.open_requests(connection)

    runs.answer(connection, first, run_id=run_id)
    runs.answer(connection, second, run_id=None, error="the settings are broken")

    assert before == [
        runs.CrawlRequest(first, ("courier", "wire"), only_due=False),
        runs.CrawlRequest(second, (), only_due=True),
    ]
    assert runs.open_requests(connection) == []
    assert runs.request(connection, first).run_id == run_id
    assert runs.request(connection, second).error == "the settings are broken"
    assert runs.request(connection, 99) is None
