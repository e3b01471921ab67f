"""Crawls of small outlets: what is asked for, what is stored, and what a stop or a crash leaves behind."""

import os
import re
import resource
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crawler.settings import user_agent
from storage import db
from tests.support.command_line import Done, children_of, members_of, run_here, started, wait_until
from tests.support.outlets import feed, sitemap, story, write_settings
from tests.support.servers import Answer, FaultServer, answer, serving, unanswered_port
from tests.support.shared import once


def query(database: Path, sql: str, *values: object) -> list[sqlite3.Row]:
    with closing(db.connect(database, readonly=True)) as connection:
        return connection.execute(sql, values).fetchall()


@dataclass
class Twice:
    """Three crawls of one server with several sources; the third asks only for what is due."""

    database: Path
    home: str
    done: list[Done]
    hits: list[list[str]]
    heads: list[str]  # of the first crawl


@pytest.fixture(scope="module")
def twice(tmp_path_factory) -> Twice:
    return once(tmp_path_factory, "twice", crawl_thrice)


def crawl_thrice(folder: Path) -> Twice:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes |= site(server)
        sources = [
            {"name": "indexed", "sitemaps": [server.url("/sitemap.xml")]},
            {"name": "twin", "feeds": [server.url("/left"), server.url("/right")]},
            {"name": "quiet", "feeds": [server.url("/still")]},
        ]
        write_settings(folder, sources, [server.place])
        facts = Twice(folder / "test.db", server.url(""), [], [], [])
        for options in ([], [], ["--due"]):
            server.hits.clear()
            facts.done.append(run_here("crawl", "--json", *options, folder=folder))
            facts.hits.append(list(server.hits))
            facts.heads = facts.heads or list(server.heads)
            routes["/news.xml"] = xml(sitemap([server.url("/news/one"), server.url("/news/two")]))
    return facts


def site(server: FaultServer) -> dict[str, Answer]:
    def index(_: int) -> bytes:
        """An index that never says that what it names has changed."""
        if "If-None-Match" in server.heads[-1]:
            return answer(b"", 304, ETag='"index"')
        return xml(sitemap([server.url("/news.xml")], is_index=True), ETag='"index"')

    return {
        "/sitemap.xml": index,
        "/news.xml": xml(sitemap([server.url("/news/one")])),
        "/news/one": story("First news"),
        "/news/two": story("Second news"),
        "/left": feed({"Both feeds have it": server.url("/both"), "Only the left": server.url("/left-only")}),
        "/right": feed({"Both feeds have it": server.url("/both?utm_source=right")}),
        "/both": story("Both feeds have it"),
        "/both?utm_source=right": story("Both feeds have it"),
        "/left-only": story("Only the left"),
        "/still": feed({"Still": server.url("/calm")}),
        "/calm": story("Still"),
    }


def xml(body: bytes, **headers: Any) -> bytes:
    return answer(body, Content_Type="application/xml", **headers)


def test_article_of_two_feeds_is_asked_for_once(twice):
    assert len([path for path in twice.hits[0] if path.startswith("/both")]) == 1
    (row,) = query(
        twice.database, "SELECT count(*) AS number FROM articles WHERE title = 'Both feeds have it'"
    )
    assert row["number"] == 1


def test_sitemap_is_read_again_though_its_index_has_not_changed(twice):
    assert twice.hits[1].count("/news/two") == 1
    assert "/news/one" not in twice.hits[1]


def test_feed_without_validators_and_news_is_not_parsed_again(twice):
    outcomes = query(
        twice.database,
        """
        SELECT outcome, polls.entries FROM polls JOIN feeds ON feeds.id = polls.feed_id
        WHERE feeds.url = ? ORDER BY polls.id
        """,
        f"{twice.home}/still",
    )

    assert [tuple(row) for row in outcomes] == [("ok", 1), ("same_body", None)]


def test_crawl_of_what_is_due_asks_for_nothing_when_nothing_is(twice):
    assert twice.hits[2] == []
    assert (twice.done[2].code, twice.done[2].json["lines"]) == (0, [])


def test_requests_name_the_contact_and_carry_no_cookie_or_referrer(twice):
    assert all(f"User-Agent: {user_agent('mailto:desk@example.org')}" in head for head in twice.heads)
    assert not [head for head in twice.heads if "Cookie:" in head or "Referer:" in head]


def test_every_run_says_how_many_it_stored(twice):
    rows = query(twice.database, "SELECT trigger, state, articles_new, feeds_polled FROM runs ORDER BY id")

    assert [tuple(row) for row in rows] == [
        ("manual", "finished", 4, 4),
        ("manual", "finished", 1, 4),
        ("manual", "finished", 0, 0),
    ]


@dataclass
class Gated:
    """A crawl that stands at the first page until `gate` is set, and at the others until `rest` is."""

    folder: Path
    server: FaultServer
    gate: threading.Event
    rest: threading.Event

    @property
    def database(self) -> Path:
        return self.folder / "test.db"

    def pages_asked(self) -> list[str]:
        return [path for path in self.server.hits if path.startswith("/page/")]

    def at_the_gate(self) -> bool:
        return bool(self.pages_asked())

    def link_states(self) -> list[str]:
        return sorted(row["state"] for row in query(self.database, "SELECT state FROM links"))

    def said(self) -> str:
        return (self.folder / "output.txt").read_text()


@contextmanager
def gated_outlet(folder: Path) -> Iterator[Gated]:
    gate, rest = threading.Event(), threading.Event()

    def page(number: int) -> Answer:
        def wait(_: int) -> bytes:
            is_first = len([path for path in server.hits if path.startswith("/page/")]) == 1
            (gate if is_first else rest).wait(60)
            return story(f"Page {number}")

        return wait

    routes: dict[str, Answer] = {f"/page/{number}": page(number) for number in range(4)}
    with serving(routes) as server:
        routes["/feed"] = feed({path: server.url(path) for path in routes})
        write_settings(folder, [{"name": "gated", "feeds": [server.url("/feed")]}], [server.place])
        try:
            yield Gated(folder, server, gate, rest)
        finally:
            gate.set()
            rest.set()


@pytest.fixture
def gated(tmp_path) -> Iterator[Gated]:
    with gated_outlet(tmp_path) as outlet:
        yield outlet


def test_interrupted_crawl_stores_the_page_in_hand_and_leaves_the_rest_queued(gated):
    with started("crawl", folder=gated.folder) as process:
        wait_until(gated.at_the_gate, what="the first page")
        process.send_signal(signal.SIGINT)
        threading.Timer(0.5, gated.gate.set).start()
        code = process.wait(60)

    assert (code, "Traceback" in gated.said()) == (1, False), gated.said()
    assert "run 1 interrupted" in gated.said()
    assert gated.link_states() == ["fetched", "queued", "queued", "queued"]
    (run,) = query(gated.database, "SELECT state, articles_new, finished_at FROM runs")
    assert (run["state"], run["articles_new"]) == ("interrupted", 1)
    assert run["finished_at"] is not None


def test_crawl_whose_parent_died_ends_by_itself_and_the_next_one_does_the_rest(gated):
    with started("crawl", folder=gated.folder) as parent:
        wait_until(gated.at_the_gate, what="the first page")
        (child,) = children_of(parent.pid)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        threading.Timer(3, gated.gate.set).start()  # the crawl looks for its parent every 2 s
        wait_until(lambda: not members_of(child), 90, what="the end of the crawl")
    stored = [row["url"] for row in query(gated.database, "SELECT url FROM articles")]
    asked = len(gated.pages_asked())
    gated.rest.set()

    done = run_here("crawl", "--json", folder=gated.folder)

    assert done.code == 0
    assert gated.link_states() == ["fetched"] * 4
    assert len(stored) < 4
    assert len(gated.pages_asked()) == asked + 4 - len(stored)
    assert [row["state"] for row in query(gated.database, "SELECT state FROM runs ORDER BY id")] == [
        "interrupted",
        "finished",
    ]


def test_refused_database_ends_the_crawl_with_code_2_and_a_message(gated):
    with started("crawl", folder=gated.folder) as parent:
        wait_until(gated.at_the_gate, what="the first page")
        (child,) = children_of(parent.pid)
        # The disk is as good as full: files of this process may not grow beyond a page.
        resource.prlimit(child, resource.RLIMIT_FSIZE, (4_096, 4_096))
        gated.gate.set()
        # What is in hand elsewhere is waited for, at most for as long as a fetch may take.
        gated.rest.set()
        code = parent.wait(60)

    assert code == 2
    assert re.search(r"^seedwatch: [^\n]*disk I/O error[^\n]*\n\Z", gated.said(), re.MULTILINE)
    assert "Traceback" not in gated.said()

    after = run_here("crawl", "--json", folder=gated.folder)

    assert after.code == 0
    assert gated.link_states() == ["fetched"] * 4
    assert [row["state"] for row in query(gated.database, "SELECT state FROM runs ORDER BY id")] == [
        "interrupted",
        "finished",
    ]


def test_source_whose_home_is_refused_is_shown_counted_and_searched_again_when_asked_for(tmp_path):
    routes: dict[str, Answer] = {"/": answer(b"", 403), "/robots.txt": answer(b"", 404)}
    with serving(routes) as server, unanswered_port() as refused:
        sources = [
            {"name": "herald", "home": server.url("/")},
            {"name": "down", "home": f"http://{refused}/"},
        ]
        write_settings(tmp_path, sources, [server.place, refused])

        first = run_here("crawl", "--json", folder=tmp_path)
        listed = run_here("sources", "list", folder=tmp_path).out
        status = run_here("status", folder=tmp_path)
        due = run_here("crawl", "--due", "--json", folder=tmp_path)
        routes["/"] = answer(b'<link rel="alternate" type="application/rss+xml" href="/feed">')
        routes["/feed"] = feed({"One story": server.url("/one")})
        routes["/one"] = story("One story")
        again = run_here("crawl", "herald", "--json", folder=tmp_path)

    lines = {line["source"]: line for line in first.json["lines"]}
    assert first.code == 1
    assert {name: (line["poll_failures"], line["why"]) for name, line in lines.items()} == {
        "herald": (1, ["http_403 1"]),
        "down": (1, ["refused 1"]),
    }
    assert "none found: http_403" in listed
    assert (status.code, "refused: " in status.out) == (1, True)
    assert (due.code, due.json["lines"]) == (0, [])
    assert again.code == 0
    assert [row["title"] for row in query(tmp_path / "test.db", "SELECT title FROM articles")] == [
        "One story"
    ]
    (found,) = query(tmp_path / "test.db", "SELECT * FROM sources WHERE name = 'herald'")
    assert (found["search_error"], found["search_failures"]) == (None, 0)
    assert found["searched_at"] is not None


def test_article_in_several_pages_and_items_without_a_link_are_articles(tmp_path: Path) -> None:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        links = '<p><a href="/long?page=2">2</a> <a href="/long?page=3">3</a></p></body>'
        pages = (story(f"{word} part").partition(b"\r\n\r\n")[2] for word in ("First", "Second", "Third"))
        parts = [answer(page.replace(b"</body>", links.encode())) for page in pages]
        routes |= {
            "/feed": feed({"Long": server.url("/long")}),
            "/long": parts[0],
            "/long?page=2": parts[1],
            "/long?page=3": parts[2],
            "/posts": xml(
                b'<rss version="2.0"><channel><title>Posts</title>'
                b"<item><guid isPermaLink='false'>post-1</guid><pubDate>Mon, 14 Sep 2026 08:00:00 GMT</pubDate>"
                b"<description>&lt;p&gt;The ferry line to the northern harbour carries freight again from Monday."
                b"&lt;/p&gt;&lt;p&gt;Both port offices have surveyed the piers.&lt;/p&gt;</description></item>"
                b"<item><guid isPermaLink='false'>post-2</guid><description>Photo</description></item>"
                b"</channel></rss>"
            ),
        }
        sources = [
            {"name": "long", "feeds": [server.url("/feed")]},
            {"name": "posts", "feeds": [server.url("/posts")]},
        ]
        write_settings(tmp_path, sources, [server.place])
        for _ in range(2):
            run_here("crawl", folder=tmp_path)
        hits = list(server.hits)
    rows = query(
        tmp_path / "test.db",
        """
        SELECT articles.title, url, text_from, text, revisions
        FROM articles JOIN article_texts ON article_id = articles.id
        """,
    )
    found = {row["title"]: row for row in rows}

    assert sorted(path for path in hits if path.startswith("/long")) == [
        "/long",
        "/long?page=2",
        "/long?page=3",
    ]
    whole = found.pop("First part")
    assert [f"The {word} part third committee" in whole["text"] for word in ("First", "Second", "Third")] == [
        True
    ] * 3
    (post,) = found.values()
    assert post["title"] == "The ferry line to the northern harbour carries freight again from Monday."
    assert post["text"].count("\n") == 1
    assert (post["text_from"], post["revisions"]) == ("feed", 0)
    assert post["url"].startswith(f"{server.url('/posts')}?seedwatch-item=")
