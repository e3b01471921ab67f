"""robots.txt over several crawls: asked for once a day, or as its server says; one that cannot be had by each crawl."""

from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest

from storage import db
from tests.support import warm_crawls
from tests.support.outlets import feed, story, write_settings
from tests.support.servers import answer, serving
from tests.support.shared import once

CLOSED = b"User-agent: *\nDisallow: /page\n"


def rules(body: bytes, status: int = 200, **headers: str) -> bytes:
    return answer(body, status, Content_Type="text/plain", **headers)


# What robots.txt answers; how often it is asked for by two crawls, and what becomes of the page in the second.
SITES = {
    "open": (rules(b"User-agent: *\nDisallow: /private\n"), 1, "fetched"),
    "closed": (rules(CLOSED), 1, "blocked"),
    "none": (rules(b"", 404), 1, "fetched"),
    "not-kept": (rules(CLOSED, Cache_Control="no-store"), 2, "blocked"),
    "stale": (rules(CLOSED, Cache_Control="max-age=0"), 2, "blocked"),
    "an-hour": (rules(CLOSED, Cache_Control="max-age=3600"), 1, "blocked"),
    "failing": (rules(b"", 500), 2, "failed"),
}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory) -> tuple[Path, dict[str, int]]:
    """The folder after two crawls in a row, and how often each site was asked for its robots.txt."""
    return once(tmp_path_factory, "kept-robots", crawl_twice)


def crawl_twice(folder: Path) -> tuple[Path, dict[str, int]]:
    with ExitStack() as running:
        lists = running.enter_context(serving(routes := {}))
        sites = {}
        for name, (robots, _, _) in SITES.items():
            sites[name] = running.enter_context(
                serving({"/robots.txt": robots, "/page": story(f"Of {name}")})
            )
            routes[f"/{name}"] = feed({name: sites[name].url("/page")})
        sources = [{"name": name, "feeds": [lists.url(f"/{name}")]} for name in SITES]
        write_settings(folder, sources, [lists.place, *(site.place for site in sites.values())])
        warm_crawls.crawl(folder=folder)
        with closing(db.connect(folder / "test.db")) as connection:
            connection.execute("UPDATE links SET state = 'queued', next_try_at = NULL, run_id = NULL")
            connection.execute("UPDATE hosts SET paused_until = NULL")
        warm_crawls.crawl(folder=folder)
        return folder, {name: site.hits.count("/robots.txt") for name, site in sites.items()}


@pytest.mark.parametrize("name", SITES)
def test_robots_txt_is_asked_for_as_seldom_as_it_may_be(crawled, name):
    _, asked = crawled

    assert asked[name] == SITES[name][1]


def test_the_page_is_had_or_not_as_the_kept_rules_say(crawled):
    folder, _ = crawled
    with closing(db.connect(folder / "test.db", readonly=True)) as connection:
        rows = connection.execute(
            "SELECT sources.name, links.state FROM links JOIN sources ON sources.id = links.source_id"
        ).fetchall()

    assert {row["name"]: row["state"] for row in rows} == {
        name: state for name, (_, _, state) in SITES.items()
    }


def test_what_is_kept_says_for_how_long(crawled):
    folder, _ = crawled
    with closing(db.connect(folder / "test.db", readonly=True)) as connection:
        rows = connection.execute("SELECT fetched_at, keep_until, status FROM robots_files").fetchall()
    kept = sorted(
        (
            row["status"],
            (db.from_iso(row["keep_until"]) - db.from_iso(row["fetched_at"])) // timedelta(hours=1),
        )
        for row in rows
    )

    # The lists' own, too, which has none.
    assert kept == [(200, 1), (200, 24), (200, 24), (404, 24), (404, 24)]
