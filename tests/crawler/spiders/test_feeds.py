"""What the spider makes of errors that nobody expected: recorded facts, with a pause before the next try."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import HtmlResponse
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from crawler.documents.poll_results import PROBE_AFTER
from crawler.pipelines import StorePipeline
from crawler.run.pool import TaskPool
from crawler.run.session import CrawlSession
from crawler.spiders.feeds import FeedsSpider
from crawler.urls import url_key
from storage import db
from storage.errors import ParseError, PoolError
from storage.records.sources import FeedEntry, FeedKind, LinkOutcome, Source
from storage.sources import links, runs, sources
from tests.support.samples import reading

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
ADDRESS = "http://herald.example/rss"


class BrokenPool:
    """A pool in which every task raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def run(
        self, _function: Callable[..., Any], *_args: Any, timeout_s: float, source: str = ""
    ) -> Any:
        assert timeout_s > 0, source
        raise self.error

    def is_spent(self, _source: str) -> bool:
        return False

    def close(self) -> None:
        """Nothing runs."""


@pytest.fixture
def session(database: Path):
    """A session of a run over one feed, with one link."""
    connection = db.connect(database)
    source = Source("herald", home="http://herald.example/")
    sources.sync(connection, [(source, [sources.DeclaredFeed(ADDRESS, FeedKind.FEED)])])
    connection.close()
    session = CrawlSession(database)
    yield session
    session.pool.close()
    if session.is_open:
        session.close(finished=True)


@pytest.fixture
def spider(session: CrawlSession) -> FeedsSpider:
    crawler: Any = SimpleNamespace(settings=Settings(), engine=None)
    crawler.stats = MemoryStatsCollector(crawler)
    spider = FeedsSpider(crawler, session)
    spider.crawler = crawler
    return spider


def _refuse() -> None:
    raise OSError("no process can be prepared")


def found_link(session: CrawlSession):
    url = "http://herald.example/one"
    entry = FeedEntry(url)
    (link,), _ = session.writer.call_now(
        links.discover, session.feeds[0], {url_key(url): entry}, run_id=session.run_id, now=NOW
    )
    return link


@pytest.mark.parametrize(
    ("error", "outcome", "detail"),
    [
        (KeyError("rss"), "error", "KeyError: 'rss'"),
        (ValueError("a\x00 zero"), "error", "ValueError: a zero"),
        (ParseError("not_a_feed", "no feed\x00 at all"), "not_a_feed", "no feed at all"),
    ],
    ids=["unexpected", "unstorable", "expected"],
)
def test_poll_whose_document_cannot_be_read_is_recorded_with_its_reason(
    spider, session, error, outcome, detail
):
    session.pool = BrokenPool(error)
    (feed,) = session.feeds

    followed = asyncio.run(spider.polls.answered(HtmlResponse(ADDRESS, body=b"<rss/>"), feed))

    row = session.writer.call_now(lambda connection: connection.execute("SELECT * FROM polls").fetchone())
    assert list(followed) == []
    assert (row["outcome"], row["status"]) == (outcome, 200)
    assert row["detail"].startswith(detail)
    assert spider.progress.counts.feeds_failed == 1


def test_page_that_cannot_be_read_is_tried_again_after_a_pause(spider, session):
    session.pool = BrokenPool(RecursionError("maximum recursion depth exceeded"))
    link = found_link(session)

    (outcome,) = asyncio.run(spider.pages.answered(HtmlResponse(link.url, body=b"<p>"), link))

    assert isinstance(outcome, LinkOutcome)
    assert (outcome.link_id, outcome.state, outcome.reason) == (link.id, "failed", "error")
    assert outcome.detail == "RecursionError: maximum recursion depth exceeded"
    assert outcome.next_try_at is not None


def test_a_pool_that_cannot_work_ends_the_run_and_charges_nobody(spider, session, database):
    ends: list[bool] = []
    session.on_error = lambda: ends.append(True)
    session.pool = TaskPool(processes=1, initializer=_refuse, on_failure=session.end_early)
    link = found_link(session)
    (feed,) = session.feeds

    for answer in (
        spider.pages.answered(HtmlResponse(link.url, body=b"<p>"), link),
        spider.polls.answered(HtmlResponse(ADDRESS, body=b"<rss/>"), feed),
    ):
        with pytest.raises(PoolError):
            asyncio.run(answer)
    session.close(finished=False)

    assert ends == [True]
    connection = db.connect(database)
    (kept,) = connection.execute("SELECT state, reason, attempts, next_try_at FROM links").fetchall()
    assert tuple(kept) == ("queued", None, 0, None)
    assert connection.execute("SELECT count(*) FROM polls").fetchone()[0] == 0
    (run,) = connection.execute("SELECT state, error FROM runs").fetchall()
    assert (run["state"], run["error"].split(":")[0]) == (
        "failed",
        "the processes that read pages cannot work",
    )
    connection.close()


def test_reading_that_cannot_be_stored_is_no_loop(spider, session):
    link = found_link(session)
    runs_topic = reading(link.url, link=link, text="A lone \ud800 surrogate " * 60)
    pipeline = StorePipeline(spider.crawler, session, spider.progress)

    asyncio.run(pipeline.process_item(runs_topic))

    row = session.writer.call_now(lambda connection: connection.execute("SELECT * FROM links").fetchone())
    assert (row["state"], row["reason"]) == ("failed", "error")
    assert row["next_try_at"] is not None
    assert session.writer.call_now(runs.get, session.run_id) is not None
    assert session.error is None


def test_search_that_fails_is_recorded(spider, session):
    source = Source("herald", home="http://herald.example/")
    assert list(asyncio.run(spider.searches.search(source))) == []

    row = session.writer.call_now(lambda connection: connection.execute("SELECT * FROM sources").fetchone())
    assert row["search_error"].startswith("error: AssertionError")
    assert row["next_search_at"] is not None


@pytest.mark.parametrize("unmodified", [0, PROBE_AFTER])
def test_a_poll_in_full_sends_no_validators(spider, session, unmodified):
    feed = replace(
        session.feeds[0], etag='"7"', last_modified="Mon, 04 May 2026 10:00:00 GMT", unmodified=unmodified
    )

    (request,) = asyncio.run(spider.polls.ask(feed))

    sent = {name.decode() for name in request.headers}
    assert sent == (set() if unmodified else {"If-None-Match", "If-Modified-Since"})
