"""A crawl of outlets with faults: each is recorded with its reason, and none of them ends the run."""

import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler import limits
from crawler.cadence.next_try import RETRY_PAUSES
from crawler.tasks.outcomes import link_failure
from storage import db
from storage.records.sources import FeedEntry, QueuedLink
from tests.support import warm_crawls
from tests.support.command_line import Done
from tests.support.outlets import feed, rss, story, write_settings
from tests.support.servers import Answer, FaultServer, answer, redirect, serving, unanswered_port
from tests.support.shared import once

XML = "application/rss+xml"
CHECK = (
    b'<html><head><script>window["bobcmn"]="1";</script><script src="/TSPD/1?type=8"></script></head></html>'
)
GARBAGE = bytes(range(1, 256)) * 8
# name -> what its feed answers, and the outcome that its poll has.
FEEDS: dict[str, tuple[Answer, str]] = {
    "page": (answer(b"<!doctype html><html><body><p>Our feed has moved.</p></body></html>"), "html"),
    "empty": (answer(b"", Content_Type=XML), "empty"),
    "garbage": (answer(GARBAGE, Content_Type=XML), "not_text"),
    "cut-off": (
        answer(rss({"One": "http://127.0.0.1/one"}), Content_Type=XML, Content_Length=9_000),
        "truncated",
    ),
    "missing": (answer(b"", 404), "http_404"),
    "gone": (answer(b"", 410), "http_410"),
    "forbidden": (answer(b"", 403), "http_403"),
    "busy": (answer(b"", 429, Retry_After=7_200), "http_429"),
    "broken": (answer(b"", 500), "http_5xx"),
    "no-http": (b"this is no HTTP\r\n\r\n", "protocol"),
    "turning": (redirect("/feed"), "redirects"),
    "check": (answer(CHECK), "challenge"),
    "refusing-check": (answer(CHECK, 403), "challenge"),
    "huge": (answer(b"<rss>", Content_Type=XML, Content_Length=limits.PAGE_BYTES + 1), "too_large"),
}
# path -> state and reason of the link, after the first crawl.
PAGES = {
    "/good": ("fetched", None),
    "/missing": ("gone", "http_404"),
    "/gone": ("gone", "http_410"),
    "/recovers": ("failed", "http_5xx"),
    "/broken": ("failed", "http_5xx"),
    "/to-canary": ("blocked", "blocked"),
    "/to-file": ("blocked", "blocked"),
    "/turning": ("failed", "redirects"),
    "/to-front": ("failed", "front_page"),
    "/huge": ("failed", "too_large"),
    "/cut-off": ("failed", "truncated"),
    "/bare": ("not_article", "no_text"),
    "/picture": ("not_article", None),
    "/check": ("not_article", "challenge"),
    "/refusing-check": ("failed", "challenge"),
}


@dataclass
class Faulty:
    """What two crawls of the outlets left behind."""

    database: Path
    home: str  # of the outlet with the pages
    secret: str  # address inside this machine that no crawl may ask for
    canary_hits: list[str]  # of the server with that address
    first: Done
    second: Done
    hits: list[str]  # of the outlet with the pages, in the first crawl
    all_hits: list[str]  # in both

    def query(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with closing(db.connect(self.database, readonly=True)) as connection:
            return connection.execute(sql, values).fetchall()

    def poll(self, source: str) -> sqlite3.Row:
        """The one poll of a source in the first crawl."""
        (row,) = self.query(
            """
            SELECT polls.*, feeds.next_due_at AS due, feeds.lease_token FROM polls
            JOIN feeds ON feeds.id = polls.feed_id JOIN sources ON sources.id = feeds.source_id
            WHERE sources.name = ? AND polls.run_id = 1
            """,
            source,
        )
        return row

    def link(self, path: str) -> sqlite3.Row:
        (row,) = self.query("SELECT * FROM links WHERE url = ?", f"{self.home}{path}")
        return row


@pytest.fixture(scope="module")
def faulty(tmp_path_factory) -> Faulty:
    return once(tmp_path_factory, "faults", crawl_twice)


def crawl_twice(folder: Path) -> Faulty:
    with ExitStack() as running:
        feeds = {name: running.enter_context(serving({"/feed": body})) for name, (body, _) in FEEDS.items()}
        canary = running.enter_context(serving({"/": answer(), "/secret": answer()}))
        refused = running.enter_context(unanswered_port())
        routes = page_routes(canary)
        pages = running.enter_context(serving(routes))
        links = {path.strip("/"): pages.url(path) for path in PAGES} | {
            "script": "javascript:alert(1)", "file": "file:///etc/passwd", "mail": "mailto:desk@example.org",
            "canary": canary.url("/secret"),
        }  # fmt: skip
        routes["/feed"] = feed(links)
        limiting = running.enter_context(serving(limiting_routes := {}))
        limiting_routes |= {path: answer(b"", 429, Retry_After=7_200) for path in ("/one", "/two", "/three")}
        limiting_routes["/feed"] = feed({path: limiting.url(path) for path in limiting_routes})
        sources = [
            {"name": name, "feeds": [server.url("/feed")]}
            for name, server in [*feeds.items(), ("pages", pages), ("limiting", limiting)]
        ]
        sources.append({"name": "refused", "feeds": [f"http://{refused}/feed"]})
        allowed = [server.place for server in [*feeds.values(), pages, limiting]]
        write_settings(folder, sources, [*allowed, refused])
        first = warm_crawls.crawl(folder=folder)
        hits = list(pages.hits)
        let_time_pass(folder / "test.db")
        routes["/recovers"] = story("The server recovers")
        second = warm_crawls.crawl("pages", folder=folder)
        secret, home = canary.url("/secret"), pages.url("")
        return Faulty(folder / "test.db", home, secret, canary.hits, first, second, hits, pages.hits)


def page_routes(canary: FaultServer) -> dict[str, Answer]:
    return {
        "/": answer(),
        "/good": story("A good page"),
        "/gone": answer(b"", 410),
        "/recovers": answer(b"", 500),
        "/broken": answer(b"", 502),
        "/to-canary": redirect(canary.url("/secret")),
        "/to-file": redirect("file:///etc/passwd"),
        "/turning": redirect("/turning"),
        "/to-front": redirect("/"),
        "/huge": answer(b"<p>", Content_Length=limits.PAGE_BYTES + 1),
        "/cut-off": answer(b"<p>text", Content_Length=9_000),
        "/bare": answer(b"<html><body><p>Short.</p></body></html>"),
        "/check": answer(CHECK),
        "/refusing-check": answer(CHECK, 403),
        "/picture": answer(b"\x89PNG\r\n\x1a\n" + GARBAGE, Content_Type="image/png"),
    }


def let_time_pass(database: Path) -> None:
    """Make the pauses of the failed links of the outlet with the pages be over."""
    with closing(db.connect(database)) as connection:
        connection.execute(
            """
            UPDATE links SET next_try_at = '2020-01-01T00:00:00+00:00'
            WHERE next_try_at IS NOT NULL AND source_id = (SELECT id FROM sources WHERE name = 'pages')
            """
        )


@pytest.mark.parametrize("name", FEEDS)
def test_faulty_feed_is_recorded_with_its_reason(faulty, name):
    assert faulty.poll(name)["outcome"] == FEEDS[name][1]


def test_refused_connection_is_recorded(faulty):
    assert faulty.poll("refused")["outcome"] == "refused"


@pytest.mark.parametrize("name", [*FEEDS, "refused"])
def test_faulty_feed_is_polled_later_than_usual_and_is_free(faulty, name):
    poll = faulty.poll(name)

    pause = datetime.fromisoformat(poll["due"]) - datetime.fromisoformat(poll["polled_at"])

    assert pause > timedelta(hours=1)
    assert poll["decided_by"] == ("retry_after" if name == "busy" else "failure")
    assert poll["lease_token"] is None


def test_wish_of_the_server_is_kept_by_the_next_poll(faulty):
    poll = faulty.poll("busy")

    pause = datetime.fromisoformat(poll["due"]) - datetime.fromisoformat(poll["polled_at"])

    assert poll["retry_after_s"] == 7_200
    assert pause >= timedelta(seconds=7_200)


def test_run_goes_on_and_ends_with_code_1(faulty):
    assert faulty.first.code == 1
    assert faulty.first.json["state"] == "finished"
    lines = {line["source"]: line for line in faulty.first.json["lines"]}
    assert {name for name, line in lines.items() if line["poll_failures"]} == {*FEEDS, "refused"}
    assert lines["pages"]["poll_failures"] == 0


def test_addresses_that_are_no_web_pages_are_counted_as_skipped(faulty):
    assert faulty.poll("pages")["skipped"] == 3
    assert faulty.query("SELECT url FROM links WHERE url NOT LIKE 'http://%'") == []


@pytest.mark.parametrize("path", PAGES)
def test_link_is_recorded_with_its_state_and_reason(faulty, path):
    state, reason = PAGES[path]
    link = faulty.link(path)

    if path == "/recovers":
        assert link["state"] == "fetched"
    else:
        assert link["state"] == state
    if reason is not None and path != "/recovers":
        assert link["reason"] == reason


def test_address_inside_this_machine_is_blocked_without_a_request(faulty):
    (link,) = faulty.query("SELECT * FROM links WHERE url = ?", faulty.secret)

    assert (link["state"], link["reason"]) == ("blocked", "blocked")
    assert faulty.canary_hits == []


@pytest.mark.parametrize("path", [path for path in PAGES if path not in ("/turning", "/to-front")])
def test_page_is_asked_for_once_in_a_crawl(faulty, path):
    assert faulty.hits.count(path) == 1


def test_failed_links_alone_do_not_make_a_crawl_fail(faulty):
    assert faulty.second.code == 0
    assert faulty.link("/broken")["state"] == "failed"


def test_failed_link_is_tried_again_later_and_stored_when_it_works(faulty):
    assert faulty.hits.count("/recovers") == 1
    assert faulty.all_hits.count("/recovers") == 2
    (article,) = faulty.query(
        "SELECT title FROM articles WHERE id = ?", faulty.link("/recovers")["article_id"]
    )
    assert article["title"] == "The server recovers"


def test_link_that_fails_again_waits_longer(faulty):
    link = faulty.link("/broken")

    pause = datetime.fromisoformat(link["next_try_at"]) - datetime.fromisoformat(link["fetched_at"])

    assert link["attempts"] == 2
    assert abs(pause - RETRY_PAUSES[1]) <= timedelta(seconds=1)


def test_host_that_asks_for_fewer_requests_is_left_alone_as_long_as_it_says(faulty):
    rows = faulty.query(
        """
        SELECT links.* FROM links JOIN sources ON sources.id = links.source_id
        WHERE sources.name = 'limiting' ORDER BY reason
        """
    )

    assert [(row["state"], row["reason"]) for row in rows] == [
        ("failed", "host_paused"),
        ("failed", "host_paused"),
        ("failed", "http_429"),
    ]
    assert [row["attempts"] for row in rows] == [0, 0, 1]  # what was not asked for uses up no try
    for row in rows:
        pause = datetime.fromisoformat(row["next_try_at"]) - datetime.fromisoformat(row["fetched_at"])
        assert pause >= timedelta(seconds=7_199)


@pytest.mark.parametrize("path", ["/missing", "/gone", "/to-canary", "/huge", "/bare"])
def test_link_that_was_given_up_is_tried_again_as_its_feed_lists_it_still(faulty, path):
    row = faulty.link(path)

    assert row["next_try_at"] is not None
    assert row["listed_tries"] == faulty.all_hits.count(path) == 2


def test_link_that_gave_an_article_is_not_tried_again(faulty):
    assert faulty.link("/good")["next_try_at"] is None
    assert faulty.all_hits.count("/good") == 1


def test_counts_of_the_run_are_those_of_its_rows(faulty):
    (run,) = faulty.query("SELECT * FROM runs WHERE id = 1")

    assert run["feeds_polled"] == len(FEEDS) + 3
    assert run["feeds_failed"] == len(FEEDS) + 1
    assert (run["articles_new"], run["state"]) == (1, "finished")


@pytest.mark.parametrize(
    ("reason", "is_tried_again"), [("http_5xx", False), ("timeout", False), ("host_paused", True)]
)
def test_page_is_given_up_after_the_last_pause_unless_it_was_never_asked_for(reason, is_tried_again):
    attempts = len(RETRY_PAUSES)
    link = QueuedLink(
        1, "http://a.example/", "a.example/", "a", FeedEntry("http://a.example/"), attempts=attempts
    )

    outcome = link_failure(link, reason, "", permanent=False, now=datetime(2026, 5, 4, tzinfo=UTC))

    assert outcome.state == "failed"
    assert (outcome.next_try_at is not None) == is_tried_again
