"""Backfills against a real server: sitemaps, archives of feeds, paged lists; newest first, resumable, last of all."""

import json
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import clock
from crawler.articles.store import store_reading
from crawler.cadence.due_rules import BACKFILL_RULES
from crawler.cadence.next_look import choose_looks
from scheduler.config.load import load_config
from scheduler.config.sync import sync
from scheduler.daemon.backfills import begin_backfills
from scheduler.health.anomalies import RECENT, USUAL
from storage import db
from storage.articles import watches
from storage.health import signs
from storage.records.backfills import ArchiveReading, FurtherPage, PastLink
from storage.records.sources import FeedEntry, LinkOutcome, QueuedLink
from storage.sources import backfill_states, backfills, links, runs, sources
from storage.topics import background, topics
from tests.support import warm_crawls
from tests.support.command_line import run_here, started, wait_until
from tests.support.outlets import story, write_settings
from tests.support.samples import DECLARED, FEED, NOW, TEXT, TOPIC, article, reading, stated
from tests.support.servers import Answer, FaultServer, answer, serving
from tests.support.shared import once

SITEMAPS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
XML: dict[str, Any] = {"Content_Type": "application/xml"}


def rows(folder: Path, sql: str, *values: object) -> list[sqlite3.Row]:
    with closing(db.connect(folder / "test.db", readonly=True)) as connection:
        return connection.execute(sql, values).fetchall()


def states(folder: Path) -> dict[str, str]:
    """Path of each link of a backfill -> state."""
    found = rows(folder, "SELECT url, state FROM links WHERE archive_page_id IS NOT NULL ORDER BY id")
    return {"/" + row["url"].split("/", 3)[3]: row["state"] for row in found}


def backfill(folder: Path, name: str) -> sqlite3.Row:
    return rows(
        folder, "SELECT * FROM backfills JOIN sources ON sources.id = source_id WHERE name = ?", name
    )[0]


def index(server: FaultServer, *named: tuple[str, str]) -> bytes:
    entries = "".join(
        f"<sitemap><loc>{server.url(path)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</sitemap>"
        for path, day in named
    )
    return answer(f'<?xml version="1.0"?><sitemapindex {SITEMAPS}>{entries}</sitemapindex>'.encode(), **XML)


def urls(server: FaultServer, *named: tuple[str, str]) -> bytes:
    entries = "".join(
        f"<url><loc>{server.url(path)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>"
        for path, day in named
    )
    return answer(f'<?xml version="1.0"?><urlset {SITEMAPS}>{entries}</urlset>'.encode(), **XML)


def atom(server: FaultServer, *named: tuple[str, str], links: str = "") -> bytes:
    entries = "".join(
        f'<entry><title>{path}</title><id>{path}</id><link href="{server.url(path)}"/>'
        f"<published>{day}T10:00:00Z</published></entry>"
        for path, day in named
    )
    text = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>i</id>{links}{entries}</feed>'
    return answer(text.encode(), Content_Type="application/atom+xml")


def listing(paths: list[str], following: str = "") -> bytes:
    items = "".join(
        f'<li><h2><a href="{path}">A long headline of the story that stands at {path}</a></h2></li>'
        for path in paths
    )
    return answer(f"<!doctype html><html><body><ul>{items}</ul>{following}</body></html>".encode())


def dated(title: str, day: str) -> bytes:
    """A page that states its date."""
    body = story(title).partition(b"\r\n\r\n")[2]
    meta = f'<meta property="article:published_time" content="{day}T10:00:00Z">'
    return answer(body.replace(b"</head>", meta.encode() + b"</head>"))


@pytest.fixture(scope="module")
def read(tmp_path_factory) -> Path:
    return once(tmp_path_factory, "backfilled", read_the_past)


def read_the_past(folder: Path) -> Path:
    """Three sources with archives of three kinds, read to the end."""
    routes: dict[str, Answer] = {}
    with serving(routes) as maps, serving(routes) as feeds, serving(routes) as lists:
        routes |= {
            "/robots.txt": answer(
                f"User-agent: *\nDisallow: /closed/\nSitemap: {maps.url('/index.xml')}\n"
                "Sitemap: https://elsewhere.example/sitemap.xml\n".encode(),
                Content_Type="text/plain",
            ),
            "/index.xml": index(
                maps,
                ("/posts-2.xml", "2026-05-02"),
                ("/posts-1.xml", "2024-02-01"),
                ("/posts-0.xml", "2021-02-01"),
                ("/post_tag-sitemap.xml", "2026-05-02"),
                ("/broken.xml", "2025-01-01"),
            ),
            "/posts-2.xml": urls(
                maps,
                ("/2026/05/01/the-ferry-is-late-again", "2026-05-02"),
                ("/closed/2026/04/30/the-strait-is-closed", "2026-04-30"),
                ("/about", "2026-05-02"),
                ("/2019/05/01/an-old-story-with-a-new-footer", "2026-05-02"),
                ("/2026/04/02/a-page-that-is-gone", "2026-04-02"),
                ("/news/the-newest-of-the-feed-12345", "2026-05-03"),
            ),
            "/posts-1.xml": urls(
                maps,
                ("/2024/01/05/the-council-votes-on-the-quay", "2024-01-05"),
                ("/2022/12/31/the-year-ends-with-a-storm", "2024-01-05"),
                ("/2023/07/05/the-survey-of-the-harbour", "2023-07-05"),
            ),
            "/broken.xml": answer(b"<html><body><p>Not here</p></body></html>"),
            "/news/the-newest-of-the-feed-12345": story("The newest of the feed"),
            "/2026/05/01/the-ferry-is-late-again": dated("The ferry is late again", "2026-05-01"),
            "/2024/01/05/the-council-votes-on-the-quay": dated("The council votes on the quay", "2024-01-05"),
            "/2023/07/05/the-survey-of-the-harbour": dated("The survey of the harbour", "2023-07-05"),
            "/feed": atom(maps, ("/news/the-newest-of-the-feed-12345", "2026-05-03")),
        }
        own = {
            "/arch": atom(
                feeds,
                ("/n3", "2026-05-03"),
                links='<link rel="prev-archive" href="/arch/2"/>',
            ),
            "/arch/2": atom(feeds, ("/n2", "2025-05-03"), links='<link rel="prev-archive" href="/arch/1"/>'),
            "/arch/1": atom(feeds, ("/n1", "2021-05-03"), links='<link rel="prev-archive" href="/arch/0"/>'),
            "/n3": dated("The third number", "2026-05-03"),
            "/n2": dated("The second number", "2025-05-03"),
            "/section": listing([f"/story/the-news-of-today-{n}" for n in range(10_001, 10_009)],
                                '<a href="/section?page=2">2</a> <a href="/section?page=3">3</a>'),
            "/section?page=2": listing([f"/story/the-news-of-last-year-{n}" for n in range(9_001, 9_009)],
                                       '<a rel="next" href="/section?page=3">Older</a>'),
            "/section?page=3": listing([f"/story/the-news-of-long-ago-{n}" for n in range(5_001, 5_009)],
                                       '<a rel="next" href="/section?page=4">Older</a>'),
            "/section?page=4": listing(["/story/never-asked-for-1234"]),
            **{f"/story/the-news-of-today-{n}": dated(f"Today {n}", "2026-05-01") for n in range(10_001, 10_009)},
            **{f"/story/the-news-of-last-year-{n}": dated(f"Last year {n}", "2025-05-01") for n in range(9_001, 9_009)},
            **{f"/story/the-news-of-long-ago-{n}": dated(f"Long ago {n}", "2020-05-01") for n in range(5_001, 5_009)},
        }  # fmt: skip
        routes |= own
        write_settings(
            folder,
            [
                {"name": "courier", "home": maps.url("/"), "feeds": [maps.url("/feed")]},
                {"name": "gazette", "feeds": [feeds.url("/arch")]},
                {"name": "herald", "sections": [lists.url("/section")]},
            ],
            [maps.place, feeds.place, lists.place],
            more='[[topic]]\nname = "harbour"\nany = "committee"\n[[alert]]\nname = "desk"\nurl = "json://127.0.0.1:9"',
        )
        warm_crawls.crawl(folder=folder)
        for name, server in (("courier", maps), ("gazette", feeds), ("herald", lists)):
            before = len(server.hits)
            done = run_here("crawl", name, "--since", "2023-01-01", "--json", folder=folder)
            (folder / f"{name}.json").write_text(done.out)
            (folder / f"{name}.hits").write_text(json.dumps(server.hits[before:]))
    return folder


def hits(folder: Path, name: str) -> list[str]:
    """What was asked of a server by the backfill, its poll before left out; its robots.txt is known from that."""
    asked: list[str] = json.loads((folder / f"{name}.hits").read_text())
    return asked


def report(folder: Path, name: str) -> dict[str, object]:
    return json.loads((folder / f"{name}.json").read_text())["backfills"][0]


def lists(folder: Path, name: str) -> dict[str, tuple[str, str | None]]:
    """Path of each list -> state and detail."""
    found = rows(
        folder,
        "SELECT * FROM archive_pages JOIN sources ON sources.id = source_id WHERE name = ? ORDER BY archive_pages.id",
        name,
    )
    return {"/" + row["url"].split("/", 3)[3]: (row["state"], row["detail"]) for row in found}


def test_sitemaps_of_robots_are_read_newest_first(read: Path) -> None:
    assert hits(read, "courier") == [
        "/feed",
        "/index.xml",
        "/posts-2.xml",
        "/2026/05/01/the-ferry-is-late-again",
        "/2026/04/02/a-page-that-is-gone",
        "/broken.xml",
        "/posts-1.xml",
        "/2024/01/05/the-council-votes-on-the-quay",
        "/2023/07/05/the-survey-of-the-harbour",
    ]


def test_sitemaps_say_what_was_left_out_and_what_failed(read: Path) -> None:
    found = lists(read, "courier")
    assert found["/robots.txt"] == ("read", "1 sitemaps of other sites left out")
    assert found["/index.xml"] == ("read", "left out: 2 lists that are too old or list no articles")
    assert found["/posts-2.xml"] == ("read", "left out: 1 addresses that name no article, 1 older pages")
    assert found["/broken.xml"][0] == "failed"
    assert "HTML page" in (found["/broken.xml"][1] or "")


def test_each_page_of_a_sitemap_has_its_outcome(read: Path) -> None:
    known = states(read)
    assert known["/2026/05/01/the-ferry-is-late-again"] == "fetched"
    assert known["/closed/2026/04/30/the-strait-is-closed"] == "blocked"
    assert known["/2026/04/02/a-page-that-is-gone"] == "gone"
    assert "/2019/05/01/an-old-story-with-a-new-footer" not in known
    assert "/news/the-newest-of-the-feed-12345" not in known  # the feed had it before


def test_the_end_is_reported(read: Path) -> None:
    told = report(read, "courier")
    assert told["state"] == "finished"
    assert (told["pages_read"], told["articles"], told["pages_waiting"]) == (5, 3, 0)
    assert (told["lists_read"], told["lists_failed"], told["lists_waiting"]) == (5, 1, 0)


def test_older_documents_of_a_feed_are_read_as_far_back_as_asked(read: Path) -> None:
    assert hits(read, "gazette") == [
        "/arch",
        "/sitemap.xml",
        "/sitemap_index.xml",
        "/arch/2",
        "/arch/1",
        "/n2",
    ]
    assert report(read, "gazette")["state"] == "finished"


def test_sitemaps_that_nothing_named_are_no_failure(read: Path) -> None:
    assert lists(read, "gazette")["/sitemap.xml"][0] == "skipped"
    assert report(read, "gazette")["lists_failed"] == 0


def test_a_paged_list_without_dates_ends_where_its_articles_are_too_old(read: Path) -> None:
    asked = hits(read, "herald")
    assert [path for path in asked if path.startswith("/section")] == [
        "/section", "/section?page=2", "/section?page=3",
    ]  # fmt: skip
    assert asked.index("/section?page=3") > max(
        place for place, path in enumerate(asked) if "last-year" in path
    )
    assert lists(read, "herald")["/section?page=4"] == ("skipped", "what it lists is too old")


def test_articles_of_the_past_are_judged_like_new_ones_and_told_of_to_nobody(read: Path) -> None:
    (row,) = rows(
        read,
        "SELECT articles.* FROM articles JOIN matches ON matches.article_id = articles.id WHERE title = ?",
        "The council votes on the quay",
    )
    assert row["published_at"].startswith("2024-01-05")
    assert rows(read, "SELECT * FROM alert_rules WHERE enabled")
    assert rows(read, "SELECT * FROM alerts") == []


def small(
    folder: Path, server: FaultServer, *, pages: int = 12, delay: float = 0, **source: object
) -> dict[str, Answer]:
    """A source with an empty feed and a sitemap of *pages*; its routes."""
    named = [
        (f"/2025/03/{day:02}/the-story-of-day-{day}", f"2025-03-{day:02}") for day in range(1, pages + 1)
    ]
    write_settings(
        folder, [{"name": "courier", "feeds": [server.url("/feed")], **source}], [server.place], delay=delay,
        more='[[topic]]\nname = "harbour"\nany = "committee"',
    )  # fmt: skip
    return {
        "/feed": atom(server),
        "/robots.txt": answer(f"Sitemap: {server.url('/map.xml')}".encode(), Content_Type="text/plain"),
        "/map.xml": urls(server, *named),
        **{path: dated(f"Day {day}", day) for path, day in named},
    }


def story_hits(server: FaultServer) -> list[str]:
    return [path for path in server.hits if "/the-story-of-" in path]


def test_what_was_broken_off_goes_on_and_nothing_is_asked_for_twice(tmp_path: Path) -> None:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes |= small(tmp_path, server, delay=0.1)
        with started("crawl", "courier", "--since", "2025-01-01", folder=tmp_path) as process:
            wait_until(lambda: len(story_hits(server)) >= 3)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
        assert 3 <= len(story_hits(server)) < 12
        assert backfill(tmp_path, "courier")["state"] == "running"
        done = run_here("crawl", "courier", "--since", "2025-01-01", folder=tmp_path)
        assert (done.code, backfill(tmp_path, "courier")["state"]) == (0, "finished")
        assert "12 pages and 3 lists read, 12 articles kept" in done.out
        assert len(story_hits(server)) == len(set(story_hits(server))) == 12


def test_the_daemon_reads_the_past_beside_its_polls(tmp_path: Path) -> None:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes |= small(tmp_path, server, every="5m")
        with started("run", "--tick", "0.2", folder=tmp_path):
            wait_until(lambda: server.hits.count("/feed") == 1)
            done = run_here("crawl", "courier", "--since", "2025-01-01", folder=tmp_path)
            assert (done.code, "the daemon reads it" in done.err) == (0, True)
            wait_until(lambda: backfill(tmp_path, "courier")["state"] == "finished")
        assert len(story_hits(server)) == 12
        runs = rows(tmp_path, "SELECT * FROM runs WHERE pages_fetched > 0")
        assert {row["trigger"] for row in runs} == {"schedule"}


def test_a_plain_crawl_leaves_the_past_alone(tmp_path: Path) -> None:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes |= small(tmp_path, server)
        warm_crawls.crawl(folder=tmp_path)
        with closing(db.connect(tmp_path / "test.db")) as connection:
            begin_backfills(connection, ["courier"], date(2025, 1, 1), clock.now())
        warm_crawls.crawl(folder=tmp_path)
        assert story_hits(server) == []


def test_a_host_that_is_gone_pauses_the_backfill(tmp_path: Path) -> None:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes |= small(tmp_path, server)
        for path in [path for path in routes if "the-story" in path]:
            routes[path] = answer(b"", 500)
        done = run_here("crawl", "courier", "--since", "2025-01-01", folder=tmp_path)
        assert len(story_hits(server)) == 5
        assert "12 pages wait, the newest of 2025-03-12; goes on at" in done.out
        assert backfill(tmp_path, "courier")["next_at"] is not None
        assert set(states(tmp_path).values()) == {"past"}


def test_a_host_that_asks_for_a_pause_gets_it(tmp_path: Path) -> None:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes |= small(tmp_path, server)
        routes["/2025/03/12/the-story-of-day-12"] = answer(b"", 429, Retry_After=3_000)
        run_here("crawl", "courier", "--since", "2025-01-01", folder=tmp_path)
        again = run_here("crawl", "courier", "--since", "2025-01-01", "--json", folder=tmp_path)
        told = json.loads(again.out)["backfills"][0]
        assert story_hits(server) == ["/2025/03/12/the-story-of-day-12"]
        assert (told["state"], told["pages_waiting"]) == ("running", 12)


def test_the_past_is_stopped_taken_up_and_reaches_farther(tmp_path: Path) -> None:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes |= small(tmp_path, server)
        run_here("crawl", "courier", "--since", "2025-03-10", folder=tmp_path)
        assert len(story_hits(server)) == 3
        run_here("crawl", "courier", "--since", "2025-03-04", folder=tmp_path)
        assert len(story_hits(server)) == 9
        with closing(db.connect(tmp_path / "test.db")) as connection:
            begin_backfills(connection, ["courier"], date(2025, 1, 1), clock.now())
        done = run_here("crawl", "courier", "--stop-past", folder=tmp_path)
        assert "`seedwatch crawl courier --since 2025-01-01` goes on" in done.out
        assert backfill(tmp_path, "courier")["state"] == "stopped"
        nothing = run_here("crawl", "--stop-past", folder=tmp_path)
        assert (nothing.code, nothing.err) == (0, "there is no backfill that goes on\n")
        assert len(story_hits(server)) == 9


def past_link(connection: sqlite3.Connection) -> QueuedLink:
    """One page of the past of the courier."""
    sources.sync(connection, DECLARED)
    runs.begin(connection, trigger="schedule", token="one", now=NOW, host="here", pid=1)
    lists = [FurtherPage("http://courier.example/map.xml", "map", "sitemap")]
    backfills.begin(connection, "courier", date(2020, 1, 1), lists, NOW, BACKFILL_RULES)
    (due,) = backfills.due(connection, NOW)
    (page,), _ = backfills.claim(
        connection, due, BACKFILL_RULES, run_id=1, now=NOW, running_since=NOW, each=5
    )
    old = PastLink("old", FeedEntry("http://courier.example/old"), "2026-09-01")
    assert backfills.add_links(connection, page, [old, old], NOW) == 1
    backfills.record_read(connection, page, ArchiveReading((old,), entries=1), 1, NOW, BACKFILL_RULES)
    _, (link,) = backfills.claim(
        connection, due, BACKFILL_RULES, run_id=1, now=NOW, running_since=NOW, each=5
    )
    return link


def test_a_page_that_a_feed_has_too_is_news(connection: sqlite3.Connection) -> None:
    link = past_link(connection)

    found, new = links.discover(connection, FEED, {"old": link.entry}, run_id=1, now=NOW)

    assert ([one.id for one in found], new) == ([link.id], 1)
    row = connection.execute("SELECT * FROM links").fetchone()
    assert (row["state"], row["feed_id"], row["archive_page_id"]) == ("queued", 1, None)


@pytest.mark.parametrize("goes_on", [True, False], ids=["in hand", "let go"])
def test_a_later_day_lets_go_of_what_no_run_has_in_hand(
    connection: sqlite3.Connection, goes_on: bool
) -> None:
    link = past_link(connection)
    if not goes_on:
        runs.end(connection, 1, state="interrupted", now=NOW)

    backfills.begin(connection, "courier", date(2026, 9, 10), [], NOW, BACKFILL_RULES)

    assert [row["id"] for row in connection.execute("SELECT id FROM links")] == [link.id] * goes_on


def test_the_past_is_no_sign_of_the_present(connection: sqlite3.Connection) -> None:
    link = past_link(connection)

    store_reading(connection, reading(link.url, link=link, matches=()), keep_all=True)

    assert signs.page_signs(connection, NOW, recent=RECENT, usual=USUAL) == {}
    links.discover(connection, FEED, {"new": FeedEntry("http://courier.example/new")}, run_id=1, now=NOW)
    assert list(signs.page_signs(connection, NOW, recent=RECENT, usual=USUAL)) == ["courier"]


def test_the_past_is_no_part_of_the_background_that_tells_how_much_comes(
    connection: sqlite3.Connection,
) -> None:
    link = past_link(connection)

    store_reading(connection, reading(link.url, link=link, matches=(), background=("tunnel",)), keep_all=True)
    assert background.sizes(connection) == {}

    store_reading(
        connection,
        reading("http://courier.example/n", text=f"{TEXT} More.", matches=(), background=("tunnel",)),
        keep_all=True,
    )
    assert background.sizes(connection) == {"en": 1}


def test_news_is_looked_at_again_before_what_was_old_when_it_was_found(
    connection: sqlite3.Connection,
) -> None:
    past_link(connection)
    topics.sync(connection, [TOPIC])
    for number, published in enumerate((NOW - timedelta(days=900), NOW - timedelta(hours=5))):
        dated_article = replace(
            article(f"http://courier.example/{number}"), published=stated(published), text=f"{number} " * 60
        )
        store_reading(connection, reading(dated_article.url, article=dated_article, text_hash=str(number)))
    watches.schedule(connection, [(1, NOW), (2, NOW + timedelta(hours=1))])

    due = watches.due(
        connection,
        run_id=1,
        now=NOW + timedelta(days=1),
        running_since=NOW,
        latest=NOW + timedelta(days=99),
    )

    chosen = choose_looks(due, {}, per_day=9, each=1).chosen
    assert [watch.article_id for watch in chosen] == [2]


def test_a_page_of_the_past_that_fails_waits_in_the_past(connection: sqlite3.Connection) -> None:
    link = past_link(connection)
    later = NOW + timedelta(minutes=15)

    links.record(connection, LinkOutcome(link.id, "failed", "timeout", NOW, next_try_at=later), run_id=1)

    assert links.waiting(connection, now=later) == []
    runs.begin(connection, trigger="schedule", token="two", now=NOW, host="here", pid=1)
    (due,) = backfills.due(connection, NOW)
    assert backfills.claim(connection, due, BACKFILL_RULES, run_id=2, now=NOW, running_since=NOW, each=5) == (
        [],
        [],
    )
    assert backfills.due(connection, NOW) == []
    (again,) = backfills.due(connection, later)
    assert (
        backfills.claim(connection, again, BACKFILL_RULES, run_id=2, now=later, running_since=later, each=5)[
            1
        ][0].id
        == link.id
    )


def test_a_list_that_ends_its_crawls_is_given_up(connection: sqlite3.Connection) -> None:
    sources.sync(connection, DECLARED)
    lists = [FurtherPage("http://courier.example/map.xml", "map", "sitemap")]
    backfills.begin(connection, "courier", date(2020, 1, 1), lists, NOW, BACKFILL_RULES)
    (due,) = backfills.due(connection, NOW)
    for number in range(1, 11):
        runs.begin(connection, trigger="schedule", token=str(number), now=NOW, host="here", pid=1)
        asked, _ = backfills.claim(
            connection, due, BACKFILL_RULES, run_id=number, now=NOW, running_since=NOW, each=5
        )
        assert len(asked) == 1
        runs.end(connection, number, state="failed", now=NOW)

    assert backfills.claim(
        connection, due, BACKFILL_RULES, run_id=11, now=NOW, running_since=NOW, each=5
    ) == ([], [])
    (state,) = backfill_states.states(connection)
    assert (state.state, state.lists_failed) == ("finished", 1)


def test_pages_in_other_hands_are_left_alone(connection: sqlite3.Connection) -> None:
    past_link(connection)
    (due,) = backfills.due(connection, NOW)

    before = NOW - timedelta(hours=1)
    assert backfills.claim(
        connection, due, BACKFILL_RULES, run_id=2, now=NOW, running_since=before, each=5
    ) == ([], [])
    (state,) = backfill_states.states(connection)
    assert (state.state, state.pages_waiting) == ("running", 1)


def test_status_has_the_backfill(tmp_path: Path) -> None:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes |= small(tmp_path, server, delay=2)
        run_here("check", folder=tmp_path)
        with closing(db.connect(tmp_path / "test.db")) as connection:
            sync(connection, load_config(tmp_path / "seedwatch.toml", {}), clock.now())
            begin_backfills(connection, ["courier"], date(2025, 1, 1), clock.now())
    shown = run_here("status", folder=tmp_path)
    assert "courier: its past since 2025-01-01: 0 pages and 0 lists read, 0 articles kept; " in shown.out
    assert "; 2 lists wait; at least 1 minute more" in shown.out
    (told,) = json.loads(run_here("status", "--json", folder=tmp_path).out)["backfills"]
    assert (told["source"], told["least_s"]) == ("courier", 4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "2025-01-01"], "--since needs a source"),
        (["courier", "--since", "2999-01-01"], "is in the future"),
        (["courier", "--since", "yesterday"], "yesterday"),
        (["nobody", "--since", "2025-01-01"], "there is no source 'nobody'"),
        (["resting", "--since", "2025-01-01"], "the source 'resting' is disabled"),
        (["courier", "--since", "2025-01-01", "--stop-past"], "--stop-past goes with sources alone"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    write_settings(
        tmp_path,
        [
            {"name": "courier", "feeds": ["https://courier.example/feed"]},
            {"name": "resting", "feeds": ["https://resting.example/feed"], "enabled": False},
        ],
        [],
    )
    done = run_here("crawl", *arguments, folder=tmp_path)
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize(("kind", "followed"), [("sitemap", BACKFILL_RULES.levels), ("section", 40)])
def test_sitemaps_that_name_new_ones_for_ever_are_followed_some_levels(connection, kind, followed) -> None:
    sources.sync(connection, DECLARED)
    first = FurtherPage("http://courier.example/1", "1", kind)
    backfills.begin(connection, "courier", date(2020, 1, 1), [first], NOW, BACKFILL_RULES)
    runs.begin(connection, trigger="schedule", token="one", now=NOW, host="here", pid=1)
    (due,) = backfills.due(connection, NOW)
    read = 0

    for number in range(2, 42):
        pages, _ = backfills.claim(
            connection, due, BACKFILL_RULES, run_id=1, now=NOW, running_since=NOW, each=1
        )
        if not pages:
            break
        read += 1
        further = FurtherPage(f"http://courier.example/{number}", str(number), kind)
        backfills.record_read(connection, pages[0], ArchiveReading((), (further,)), 0, NOW, BACKFILL_RULES)

    assert read == followed
    (last,) = connection.execute("SELECT detail FROM archive_pages ORDER BY id DESC LIMIT 1").fetchone()
    assert last == ("1 sitemaps below 6 levels left out" if kind == "sitemap" else None)
