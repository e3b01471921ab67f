"""Outlets that monitors fail at: walled pages, slow beginnings, lists as JSON, one article at several addresses."""

import json
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.support import warm_crawls
from tests.support.command_line import Done, run_here
from tests.support.outlets import feed, rss, story, write_settings
from tests.support.servers import answer, serving
from tests.support.shared import once

CHECK = answer(
    b'<html><head><script>window["bobcmn"]="1";</script><script src="/TSPD/1"></script></head></html>'
)
SUMMARY = (
    "The committee of the harbour town agreed on Tuesday that the ferry will cross the strait again from May."
)
LISTED = (
    '<!doctype html><html><body><ul data="datasource:{0}"></ul><script src="/list.js"></script></body></html>'
)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory) -> tuple[Path, Done, Done, dict[str, list[str]], Done]:
    return once(tmp_path_factory, "state-press", crawl_all)


def with_summaries(site, paths):
    items = "".join(
        f"<item><title>Ferry report {path[1:]}</title><link>{site.url(path)}</link><description>{SUMMARY} {path}"
        "</description></item>"
        for path in paths
    )
    return answer(
        f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode(),
        Content_Type="application/rss+xml",
    )


def crawl_all(folder: Path):
    names = ("walled", "headlines", "slow", "listed", "twice")
    with ExitStack() as running:
        routes = {name: {} for name in names}
        sites = {name: running.enter_context(serving(routes[name])) for name in names}
        for name in ("walled", "headlines"):
            paths = [f"/{number}" for number in range(1, 5)]
            routes[name] |= dict.fromkeys(paths, CHECK)
            routes[name]["/feed"] = with_summaries(sites[name], paths)
        slow = {f"Slow {number}": sites["slow"].url(f"/{number}") for number in range(1, 7)}
        routes["slow"] |= {f"/{number}": story(f"Slow {number}") for number in range(1, 7)}
        routes["slow"]["/feed"] = feed(slow)
        key = "cca2f2970e70e7e18fc8800ab2ce1222"
        objects = [
            {"title": f"The ferry of day {day} crosses", "url": f"../n/{day}.html", "time": f"2026-09-0{day}"}
            for day in range(1, 4)
        ]
        routes["listed"]["/list/latest.htm"] = answer(LISTED.format(key).encode())
        routes["listed"][f"/list/ds_{key}.json"] = answer(
            json.dumps({"datasource": objects}).encode(), Content_Type="application/json"
        )
        routes["listed"] |= {
            f"/n/{day}.html": story(f"The ferry of day {day} crosses") for day in range(1, 4)
        }
        same = story("Ministers meet in the harbour")
        routes["twice"] |= {"/events/1": same, "/transcripts/1": same}
        routes["twice"]["/feed"] = answer(
            rss({"One": sites["twice"].url("/events/1"), "Other": sites["twice"].url("/transcripts/1")}),
            Content_Type="application/rss+xml",
        )
        declared: list[dict[str, object]] = [
            {"name": name, "feeds": [sites[name].url("/feed")]}
            for name in ("walled", "headlines", "slow", "twice")
        ]
        declared[1]["text"] = "feed"
        declared[2]["first_crawl_pages"] = 2
        declared.append({"name": "listed", "sections": [sites["listed"].url("/list/latest.htm")]})
        write_settings(folder, declared, [site.place for site in sites.values()])
        first = run_here("crawl", folder=folder)
        warm_crawls.crawl(folder=folder)
        status = run_here("status", "--json", folder=folder)
        shown = run_here("status", folder=folder)
        return (
            folder / "test.db",
            status,
            shown,
            {name: list(site.hits) for name, site in sites.items()},
            first,
        )


def rows(database: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()


def titles(database: Path, source: str) -> list[str]:
    found = rows(
        database,
        "SELECT articles.title FROM articles JOIN sources ON sources.id = source_id"
        f" WHERE sources.name = '{source}' ORDER BY articles.title",
    )
    return [str(row[0]) for row in found]


def test_source_whose_pages_are_checks_is_said_to_give_headlines_only(crawled):
    database, status, shown, _, _ = crawled

    assert titles(database, "walled") == []
    assert status.json["headlines_only"] == [
        {"source": "walled", "reason": "challenge", "detail": "F5", "pages": 4}
    ]
    assert "walled: headlines only: its last 4 pages gave no text (challenge: F5)" in shown.out
    assert 'text = "feed"' in shown.out


def test_source_known_by_its_feed_keeps_headline_and_summary_and_asks_for_no_page(crawled):
    database, _, _, hits, _ = crawled

    assert titles(database, "headlines") == [f"Ferry report {number}" for number in range(1, 5)]
    assert [path for path in hits["headlines"] if path not in ("/feed", "/robots.txt")] == []
    texts = rows(
        database,
        "SELECT text FROM article_texts JOIN articles ON articles.id = article_id WHERE title = 'Ferry report 3'",
    )
    assert texts == [(f"{SUMMARY} /3",)]
    assert rows(
        database, "SELECT count(*) FROM watches JOIN sources ON sources.id = source_id AND text = 'feed'"
    ) == [(0,)]


def test_source_that_begins_slowly_has_its_pages_bounded_on_the_first_day(crawled):
    database, _, _, hits, _ = crawled

    assert len([path for path in hits["slow"] if path[1:].isdigit()]) == 2
    assert rows(database, "SELECT count(*) FROM links WHERE state = 'queued'") == [(4,)]


def test_section_that_loads_its_list_is_read_from_it(crawled):
    database, _, _, _, _ = crawled

    assert titles(database, "listed") == [f"The ferry of day {day} crosses" for day in range(1, 4)]


def test_one_article_at_two_addresses_is_one(crawled):
    database, _, _, _, _ = crawled

    assert titles(database, "twice") == ["Ministers meet in the harbour"]
    assert rows(database, "SELECT count(*) FROM article_addresses") == [(1,)]


@pytest.fixture(scope="module")
def gone(tmp_path_factory) -> tuple[Path, list[str]]:
    return once(tmp_path_factory, "gone-from-one", look_again)


def look_again(folder: Path) -> tuple[Path, list[str]]:
    """A crawl of an article at two addresses, and a second look after it is gone from the first."""
    page = story("Ministers meet in the harbour")
    routes = {"/events/1": page, "/transcripts/1": page}
    with serving(routes) as site:
        routes["/feed"] = feed({"One": site.url("/events/1"), "Other": site.url("/transcripts/1")})
        source = {"name": "twice", "feeds": [site.url("/feed")], "delay": 0.01}
        topic = '[[topic]]\nname = "harbour"\nany = "harbour"'
        write_settings(folder, [source], [site.place], more=topic)
        warm_crawls.crawl(folder=folder)
        routes["/events/1"] = answer(b"", 404)
        with closing(sqlite3.connect(folder / "test.db")) as connection, connection:
            connection.execute("UPDATE watches SET due_at = '2020-01-01T00:00:00+00:00'")
        site.hits.clear()
        warm_crawls.crawl(folder=folder)
        return folder / "test.db", list(site.hits)


def test_article_that_is_gone_from_its_address_is_found_at_another_and_moves_there(gone):
    database, hits = gone

    assert [path for path in hits if path not in ("/feed", "/robots.txt")] == ["/events/1", "/transcripts/1"]
    ((url, state),) = rows(database, "SELECT url, state FROM articles")
    assert (str(url).endswith("/transcripts/1"), state) == (True, "live")
    assert rows(database, "SELECT outcome FROM looks ORDER BY id DESC LIMIT 1") == [("unchanged",)]
    assert rows(database, "SELECT event FROM article_events") == [("moved",)]
    ((further,),) = rows(database, "SELECT url FROM article_addresses")
    assert str(further).endswith("/events/1")
