"""The child process of a crawl, as its parent sees it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.discovery.lookups import LookupTask, PageAnswer, SiteAnswer
from crawler.run.messages import CrawlProgress
from crawler.run.opening import CrawlSettings, begin_run, save_settings
from scheduler.daemon.child import ChildCrawl, ChildEnd, look_up
from scheduler.daemon.crawl import close_dead_runs
from scheduler.pacing import decide_polls
from storage import db
from storage.errors import StorageError
from storage.records.sources import FeedKind, Source
from storage.sources import runs, sources
from tests.support.outlets import feed, story
from tests.support.servers import FaultServer, answer, serving

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def allow(database: Path, *servers: FaultServer) -> None:
    connection = db.connect(database)
    save_settings(
        connection, CrawlSettings(delay=0.01, allow_private=tuple(server.place for server in servers))
    )
    connection.close()


def declare(connection, url: str) -> None:
    source = Source("herald", "", None, None, None, None)
    sources.sync(connection, [(source, [sources.DeclaredFeed(url, FeedKind.FEED)])])


def test_crawl_ends_with_code_0_and_tells_its_counts(database, connection):
    with serving(routes := {"/one": story("One story")}) as server:
        routes["/feed"] = feed({"One story": server.url("/one")})
        allow(database, server)
        declare(connection, server.url("/feed"))
        token, run_id, feeds = begin_run(connection, trigger="manual")
        counts: list[CrawlProgress] = []

        end = asyncio.run(
            ChildCrawl(["feeds", "--database", str(database), "--run", token], counts.append).run()
        )

    assert (end.code, end.was_stopped, len(feeds)) == (0, False, 1)
    assert counts[-1] == CrawlProgress(feeds=1, feeds_done=1, pages=1, pages_done=1)
    assert runs.get(connection, run_id).state == "running"  # its owner closes it
    assert decide_polls(connection, NOW) == 1


def test_child_without_its_run_is_refused_with_the_message_alone(database):
    end = asyncio.run(ChildCrawl(["feeds", "--database", str(database), "--run", "nosuch"]).run())

    assert end == ChildEnd(2, "there is no run nosuch")


def test_child_with_wrong_arguments_says_why():
    end = asyncio.run(ChildCrawl(["nosuch"]).run())

    assert end.code == 2
    assert "invalid choice: 'nosuch'" in end.said


def test_child_that_is_stopped_before_it_began_ends_at_once(database, connection):
    token, *_ = begin_run(connection, trigger="manual")

    async def stop_and_run() -> ChildEnd:
        child = ChildCrawl(["feeds", "--database", str(database), "--run", token])
        await child.stop()
        return await child.run()

    assert asyncio.run(stop_and_run()).was_stopped


def test_stopping_a_child_that_has_ended_is_nothing(database):
    async def run_and_stop() -> ChildEnd:
        child = ChildCrawl(["feeds", "--database", str(database), "--run", "nosuch"])
        end = await child.run()
        await child.stop()
        return end

    assert asyncio.run(run_and_stop()).code == 2


def test_look_up_reads_articles_in_the_order_of_the_addresses(database):
    with serving({"/one": story("One story"), "/bare": answer(b"<p>Short.</p>")}) as server:
        allow(database, server)
        urls = (server.url("/bare"), server.url("/one"), server.url("/missing"))

        answers: list[PageAnswer] = asyncio.run(look_up(database, LookupTask("articles", urls)))

    assert [(one.url, one.article and one.article.title, one.reason) for one in answers] == [
        (urls[0], None, "no_text"),
        (urls[1], "One story", None),
        (urls[2], None, "http_404"),
    ]


def test_look_up_finds_feeds_and_says_why_it_finds_none(database):
    with serving(routes := {"/one": story("One story")}) as server, serving({}) as private:
        routes["/"] = answer(b'<link rel="alternate" type="application/rss+xml" href="/feed">')
        routes["/feed"] = feed({"One story": server.url("/one")})
        allow(database, server)

        found, refused = asyncio.run(look_up(database, LookupTask("feeds", (server.url(), private.url()))))

    assert isinstance(found, SiteAnswer)
    assert [one.url for one in found.search.chosen] == [server.url("/feed")]
    assert [len(document.entries) for document in found.documents.values()] == [1]
    assert (refused.search.chosen, refused.search.error, private.hits) == ((), "blocked", [])


def test_look_up_reads_a_page_by_the_link_pattern_that_was_given(database):
    anchors = "".join(f'<p><a href="/{kind}/{number}">A headline of many words for {kind} {number}</a></p>'
                      for kind in ("news", "shop") for number in range(8))  # fmt: skip
    with serving({"/": answer(f"<html><body>{anchors}</body></html>".encode())}) as server:
        allow(database, server)
        task = LookupTask("feeds", (server.url(),), link_pattern="/news/")

        (found,) = asyncio.run(look_up(database, task))

    (document,) = found.documents.values()
    assert [entry.url for entry in document.entries] == [server.url(f"/news/{number}") for number in range(8)]


def test_look_up_with_a_database_that_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(StorageError, match="cannot be opened"):
        asyncio.run(look_up(tmp_path / "nosuch" / "test.db", LookupTask("articles", ())))


def test_run_of_a_process_that_died_is_closed_and_its_feeds_are_free(connection):
    declare(connection, "http://herald.example/feed")
    token, run_id, _ = begin_run(connection, trigger="manual")
    connection.execute(
        "UPDATE runs SET pid = 4194305 WHERE id = ?", [run_id]
    )  # above the highest pid of Linux

    assert close_dead_runs(connection, NOW) == 1
    assert runs.get(connection, run_id).state == "interrupted"
    assert sources.leased(connection, token) == []


def test_run_of_a_living_process_or_another_machine_is_left_alone(connection):
    begin_run(connection, trigger="manual")
    _, other, _ = begin_run(connection, trigger="manual")
    connection.execute("UPDATE runs SET pid = 4194305, host = 'elsewhere' WHERE id = ?", [other])

    assert close_dead_runs(connection, NOW) == 0
