"""Feeds that die, and what their sites offer instead: crawls by a clock that is put forward, against a real server."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import clock
from crawler.cadence.due_rules import DUE_RULES
from crawler.discovery.discovery import FoundFeed
from crawler.tasks.site_searches import offers
from scheduler.config.load import load_config
from storage import db
from storage.records.sources import FeedKind
from storage.sources import successors
from storage.sources.successors import DeadFeed, Offer
from tests.support import warm_crawls
from tests.support.command_line import run_here
from tests.support.outlets import feed, story, write_settings
from tests.support.samples import NOW
from tests.support.servers import Answer, FaultServer, answer, serving

HEAD = '<link rel="alternate" type="application/rss+xml" title="News" href="{}">'


def page(head: str = "") -> bytes:
    return answer(
        f"<!doctype html><html><head><title>The Herald</title>{head}</head><body><p>Welcome.</p></body></html>".encode()
    )


def crawl(folder: Path, hours: float) -> None:
    warm_crawls.crawl(folder=folder, hours=hours, only_due=True)


def status(folder: Path, hours: float) -> str:
    return run_here("status", folder=folder, more={clock.AHEAD: str(hours / 24)}).out


def rows(folder: Path, sql: str) -> list[sqlite3.Row]:
    with closing(db.connect(folder / "test.db", readonly=True)) as connection:
        return connection.execute(sql).fetchall()


def outlet(folder: Path, server: FaultServer, **source: object) -> dict[str, Answer]:
    """An outlet with one feed that works."""
    source = {"name": "herald", "home": server.url("/"), **source}
    write_settings(folder, [source], [server.place], more='[[topic]]\nname = "harbour"\nany = "committee"')
    return {
        "/": page(HEAD.format("/rss.xml")),
        "/rss.xml": feed({"A story": server.url("/a")}),
        "/a": story("A story"),
        "/b": story("Another story"),
    }


def moved(routes: dict[str, Answer], server: FaultServer, gone: bytes) -> None:
    """The outlet has a new feed, and nothing but *gone* at its old address."""
    routes["/"] = page(HEAD.format("/news/feed"))
    routes["/news/feed"] = feed({"Another story": server.url("/b")})
    routes["/rss.xml"] = gone


@pytest.mark.parametrize("is_declared", [True, False], ids=["in the settings", "found on the site"])
def test_the_successor_of_a_retired_feed_is_found_shown_and_adopted(
    tmp_path: Path, is_declared: bool
) -> None:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes |= outlet(tmp_path, server, **({"feeds": [server.url("/rss.xml")]} if is_declared else {}))
        crawl(tmp_path, 0)
        moved(routes, server, answer(b"", 410))
        for hours in (30, 60, 90):
            crawl(tmp_path, hours)
        told = status(tmp_path, 90)
        assert f"herald: {server.url('/rss.xml')} is not asked since" in told
        assert (
            f"its site offers {server.url('/news/feed')} (feed, 1 entry): `seedwatch sources adopt herald`"
            in told
        )
        assert server.hits.count("/news/feed") == 1
        crawl(tmp_path, 96)
        assert server.hits.count("/news/feed") == 1  # what is offered is not asked for again and again

        adopted = run_here("sources", "adopt", "herald", "--json", folder=tmp_path, more={clock.AHEAD: "4"})
        assert adopted.json[0]["url"] == server.url("/news/feed")
        config = load_config(tmp_path / "seedwatch.toml", {})
        assert [one.url for one in config.sources[0].feeds] == (
            [server.url("/news/feed")] if is_declared else []
        )
        crawl(tmp_path, 97)
        assert server.hits.count("/news/feed") == 2
        assert "/b" in server.hits
        assert "offers" not in status(tmp_path, 97)
        assert run_here("sources", "adopt", "herald", folder=tmp_path, more={clock.AHEAD: "4"}).code == 2


def test_a_feed_that_has_become_a_page_is_dead_after_three_days(tmp_path: Path) -> None:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes |= outlet(tmp_path, server, feeds=[server.url("/rss.xml")], every="1h")
        crawl(tmp_path, 0)
        moved(routes, server, page())
        for hours in (10, 30, 50):
            crawl(tmp_path, hours)
        assert "/news/feed" not in server.hits
        crawl(tmp_path, 80)
        crawl(tmp_path, 81)
        told = status(tmp_path, 81)
        assert f"{server.url('/rss.xml')} could not be read since" in told
        assert f"its site offers {server.url('/news/feed')}" in told


def test_a_site_that_offers_nothing_is_searched_again_with_growing_pauses(tmp_path: Path) -> None:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes |= outlet(tmp_path, server, feeds=[server.url("/rss.xml")])
        crawl(tmp_path, 0)
        routes["/"] = answer(b"", 404)
        routes["/rss.xml"] = answer(b"", 410)
        for hours in (30, 60, 90):
            crawl(tmp_path, hours)
        assert "was searched" in status(tmp_path, 90)
        assert "in vain: http_404" in status(tmp_path, 90)
        known = json.loads(run_here("status", "--json", folder=tmp_path, more={clock.AHEAD: "4"}).out)[
            "dead_feeds"
        ]
        assert (known[0]["search_error"], known[0]["offer"]) == ("http_404", None)
        (row,) = rows(tmp_path, "SELECT * FROM successors")
        with closing(db.connect(tmp_path / "test.db")) as connection:
            searched = db.from_iso(row["searched_at"])
            assert searched is not None
            assert successors.due(connection, searched + timedelta(hours=23), DUE_RULES) == []
            assert len(successors.due(connection, searched + timedelta(hours=25), DUE_RULES)) == 1
        for hours, days in ((90 + 25, 3), (90 + 25 + 73, 7), (90 + 25 + 73 + 169, 7)):
            crawl(tmp_path, hours)
            (row,) = rows(
                tmp_path, "SELECT julianday(next_search_at) - julianday(searched_at) AS days FROM successors"
            )
            assert round(row["days"]) == days


def test_a_source_that_is_not_known_cannot_adopt(tmp_path: Path) -> None:
    write_settings(tmp_path, [], [])

    done = run_here("sources", "adopt", "herald", folder=tmp_path)

    assert (done.code, "there is no source 'herald'" in done.err) == (2, True)


def found(path: str, kind: FeedKind = FeedKind.FEED, entries: int = 5) -> FoundFeed:
    return FoundFeed(f"https://a.example/{path}", kind, path, entries, "link")


def dead(number: int, kind: FeedKind = FeedKind.FEED) -> DeadFeed:
    return DeadFeed(number, "herald", f"https://a.example/dead{number}", kind, None, NOW)


def test_each_offer_is_made_once_and_the_same_kind_comes_first() -> None:
    all_found = [
        found("map", FeedKind.SITEMAP),
        found("empty", entries=0),
        found("one"),
        found("two"),
        found("old"),
    ]

    chosen = offers([dead(1), dead(2), dead(3, FeedKind.SITEMAP), dead(4)], all_found, {"a.example/old"})

    assert chosen == {
        1: Offer("https://a.example/one", FeedKind.FEED, "one", 5),
        2: Offer("https://a.example/two", FeedKind.FEED, "two", 5),
        3: Offer("https://a.example/map", FeedKind.SITEMAP, "map", 5),
    }
