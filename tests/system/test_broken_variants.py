"""Who lists a broken variant of an address first does not keep the article from being read."""

from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from storage import db
from tests.support import warm_crawls
from tests.support.outlets import feed, story, write_settings
from tests.support.servers import answer, redirect, serving

# A variant that a stranger lists first, what it answers, and the outlet's own spelling.
VARIANTS = {
    "/news/1/amp": (answer(b"", 404), "/news/1"),
    "/amp/news/two": (answer(b"", 404), "/news/two"),
    "/news/3?print=1": (answer(b"", 403), "/news/3"),
    "/news/4?print=1": (answer(b"<html><body><p>Print this page.</p></body></html>"), "/news/4"),
}


def links(folder: Path) -> dict[str, tuple[str, str | None]]:
    with closing(db.connect(folder / "test.db", readonly=True)) as connection:
        rows = connection.execute(
            "SELECT links.url, sources.name, state FROM links JOIN sources ON sources.id = links.source_id"
        ).fetchall()
    return {row["url"]: (row["name"], row["state"]) for row in rows}


@pytest.mark.parametrize("own_first", [False, True])
def test_the_outlets_own_address_is_read_whoever_listed_which_variant_first(tmp_path, own_first):
    with ExitStack() as running:
        routes = {path: body for path, (body, _) in VARIANTS.items()}
        routes |= {own: story(f"The story of {own}") for _, own in VARIANTS.values()}
        outlet = running.enter_context(serving(routes))
        routes["/feed"] = feed({own: outlet.url(own) for _, own in VARIANTS.values()})
        stranger = running.enter_context(
            serving({"/feed": feed({path: outlet.url(path) for path in VARIANTS})})
        )
        sources = [
            {"name": "stranger", "feeds": [stranger.url("/feed")]},
            {"name": "outlet", "feeds": [outlet.url("/feed")]},
        ]
        write_settings(tmp_path, sources, [outlet.place, stranger.place])

        order = ("outlet", "stranger") if own_first else ("stranger", "outlet")
        for name in order:
            warm_crawls.crawl(name, folder=tmp_path)
        warm_crawls.crawl(folder=tmp_path)
        asked = list(outlet.hits)
        warm_crawls.crawl(folder=tmp_path)

    assert links(tmp_path) == {outlet.url(own): ("outlet", "fetched") for _, own in VARIANTS.values()}
    assert max(asked.count(path) for path in [*VARIANTS, *(own for _, own in VARIANTS.values())]) == 1
    assert [path for path in outlet.hits[len(asked) :] if "news" in path] == [], "nothing is asked for twice"


def test_when_all_spellings_are_in_vain_each_was_tried_once_and_the_link_waits(tmp_path):
    with ExitStack() as running:
        outlet = running.enter_context(serving({}))
        strangers = [
            running.enter_context(serving({"/feed": feed({"One": outlet.url(f"/news/1{tail}")})}))
            for tail in ("/amp", "?print=1", "?utm_source=a", "?utm_source=b", "?utm_source=c")
        ]
        own = running.enter_context(serving({"/feed": feed({"One": outlet.url("/news/1")})}))
        sources = [
            {"name": f"s{number}", "feeds": [one.url("/feed")]}
            for number, one in enumerate([*strangers, own])
        ]
        write_settings(tmp_path, sources, [outlet.place, own.place, *(one.place for one in strangers)])

        for _ in range(9):
            warm_crawls.crawl(folder=tmp_path)

    with closing(db.connect(tmp_path / "test.db", readonly=True)) as connection:
        (link,) = connection.execute("SELECT * FROM links").fetchall()
    assert link["state"] == "gone"
    # A spelling that is listed while the others are being tried in vain is a try of its own.
    assert link["listed_tries"] in (1, 2)
    assert link["next_try_at"] is not None
    asked = [path for path in outlet.hits if path.startswith("/news")]
    assert len(asked) == len(set(asked))
    assert len(asked) in (4, 5), "of strangers' spellings some are kept"


def articles(folder: Path) -> dict[str, tuple[str, int]]:
    with closing(db.connect(folder / "test.db", readonly=True)) as connection:
        rows = connection.execute(
            """
            SELECT url, sources.name, (SELECT count(*) FROM revisions WHERE article_id = articles.id) AS revisions
            FROM articles JOIN sources ON sources.id = articles.source_id
            """
        ).fetchall()
    return {row["url"]: (row["name"], row["revisions"]) for row in rows}


@pytest.mark.parametrize("stranger_first", [False, True])
def test_what_a_strangers_chain_brought_is_the_strangers(tmp_path, stranger_first):
    """Even where the chain passes through the outlet's own redirect, and the page names the outlet as its origin."""
    with ExitStack() as running:
        outlet = running.enter_context(serving(routes := {"/news/1": story("The harbour opens")}))
        stranger = running.enter_context(serving(theirs := {}))
        evil = stranger.url("/evil")
        routes["/feed"] = feed({"The harbour opens": outlet.url("/news/1")})
        routes["/go"] = redirect(evil)
        canonical = f'<link rel="canonical" href="{outlet.url("/news/1")}">'.encode()
        forged = story("The harbour opens", "forged")
        _, body = forged.split(b"\r\n\r\n", 1)
        theirs |= {
            "/chain": redirect(outlet.url("/go")),
            "/evil": answer(body.replace(b"</head>", canonical + b"</head>")),
            "/feed": feed({"The harbour opens": stranger.url("/chain"), "Again": outlet.url("/go")}),
        }
        sources = [
            {"name": "outlet", "feeds": [outlet.url("/feed")]},
            {"name": "stranger", "feeds": [stranger.url("/feed")]},
        ]
        write_settings(tmp_path, sources, [outlet.place, stranger.place])

        for name in ("stranger", "outlet") if stranger_first else ("outlet", "stranger"):
            warm_crawls.crawl(name, folder=tmp_path)
        warm_crawls.crawl(folder=tmp_path)

    assert articles(tmp_path) == {outlet.url("/news/1"): ("outlet", 0), evil: ("stranger", 0)}
