"""Crawls that look again at what matched, by a clock that is put forward: edits, removals, and what is neither."""

import json
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage import db
from tests.support import warm_crawls
from tests.support.command_line import Done, run_here
from tests.support.outlets import feed, write_settings
from tests.support.servers import Answer, answer, redirect, serving
from tests.support.shared import once

TOPIC = '[[topic]]\nname = "harbour"\nany = "committee"'
NAMES = (
    "silent", "owned", "noisy", "gone", "soft", "front", "back", "walled", "reused", "moved", "still", "teaser", "odd",
)  # fmt: skip
WORDS = [
    "harbour", "pilot", "ferry", "cargo", "tariff", "council", "winter", "fisher", "warden", "dredger", "quay",
    "customs", "engine", "voyage", "storm", "bridge", "ledger", "survey", "signal", "canvas", "lantern", "copper",
]  # fmt: skip
FLOOD = "Rivers rise in the north after days of rain"
# Hours after the first crawl.
FIRST, SECOND, THIRD = 2.4, 4.8, 32.0


@dataclass
class Watched:
    """Crawls of one outlet over two days."""

    folder: Path
    done: list[Done]
    heads: list[str]  # of the requests of the second crawl


def paragraphs(name: str, number: int = 6) -> list[str]:
    """A text that no other page has; the committee is in each."""
    chance = random.Random(name)
    return [
        f"The committee of {name} met. " + " ".join(chance.choices(WORDS, k=50)).capitalize() + "."
        for _ in range(number)
    ]


def page(title: str, texts: list[str], *, modified: str = "", beside: str = "") -> bytes:
    """A page with an article."""
    head = f'<meta property="article:modified_time" content="{modified}">' if modified else ""
    body = "".join(f"<p>{text}</p>" for text in texts)
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{head}</head><body><nav><a href="/">Home</a></nav>'
        f"<article><h1>{title}</h1>{body}</article><aside>{beside}</aside></body></html>"
    ).encode()


def title_of(name: str) -> str:
    return f"Report on the {name} question"


@pytest.fixture(scope="module")
def watched(tmp_path_factory) -> Watched:
    return once(tmp_path_factory, "watched", crawl_for_two_days)


def crawl_for_two_days(folder: Path) -> Watched:
    routes: dict[str, Answer] = {}
    lost: dict[str, Answer] = {}
    with serving(routes) as server:
        with serving(lost) as other:
            lost["/lost"] = answer(page(title_of("lost"), paragraphs("lost")))
            lost["/feed"] = feed({title_of("lost"): other.url("/lost")})
            routes |= before(server.url())
            sources = [
                {"name": "courier", "feeds": [server.url("/feed")]},
                {"name": "gazette", "feeds": [other.url("/feed")]},
            ]
            write_settings(folder, sources, [server.place, other.place], more=f"keep_pages = true\n{TOPIC}")
            facts = Watched(folder, [crawl(folder, 0)], [])
        # The other host is gone as a whole from here on.
        routes |= after()
        server.heads.clear()
        facts.done.append(crawl(folder, FIRST))
        facts.heads = list(server.heads)
        facts.done.append(crawl(folder, SECOND))
        routes["/back"] = answer(page(title_of("back"), paragraphs("back")))
        facts.done.append(crawl(folder, THIRD))
    return facts


def crawl(folder: Path, hours: float) -> Done:
    return warm_crawls.crawl(folder=folder, hours=hours)


def before(home: str) -> dict[str, Answer]:
    routes: dict[str, Answer] = {
        f"/{name}": answer(page(title_of(name), paragraphs(name), modified="2026-05-04T10:00:00Z"))
        for name in NAMES
    }
    routes["/still"] = answer(page(title_of("still"), paragraphs("still")), ETag='"one"')
    routes["/feed"] = feed({title_of(name): f"{home}{name}" for name in NAMES})
    routes["/"] = answer(page("The Courier", ["Welcome to the front page of the paper."]))
    return routes


def after() -> dict[str, Answer]:
    """The same addresses hours later."""
    edited = paragraphs("silent")
    edited[2] = edited[2].replace("The committee of silent met", "Nine ministers resigned on Friday night")
    owned = [*paragraphs("owned"), "The chair denied on Friday that money had been paid to the owners."]
    teaser = page(title_of("teaser"), paragraphs("teaser")[:2], beside='<div class="paywall">Subscribe</div>')
    return {
        "/silent": answer(page(title_of("silent"), edited, modified="2026-05-04T10:00:00Z")),
        "/owned": answer(page(title_of("owned"), owned, modified="2026-05-04T18:00:00Z")),
        "/noisy": answer(
            page(title_of("noisy"), paragraphs("noisy"), modified="2026-05-04T10:00:00Z", beside="1,204 readers")
        ),
        "/gone": answer(b"", 410),
        "/soft": answer(page("Page not found", ["The page that you asked for does not exist."])),
        "/front": redirect("/"),
        "/back": answer(b"", 404),
        "/walled": redirect("/login?next=/walled"),
        "/login?next=/walled": answer(page("Log in", ["Please log in."])),
        "/reused": answer(page(FLOOD, paragraphs("flood"), modified="2026-05-04T19:00:00Z")),
        "/moved": redirect("/archive/moved", 301),
        "/archive/moved": answer(page(title_of("moved"), paragraphs("moved"))),
        "/still": answer(b"", 304, ETag='"one"'),
        "/teaser": answer(teaser),
        "/odd": answer(b"", 500),
    }  # fmt: skip


def query(watched: Watched, sql: str, *values: object) -> list[sqlite3.Row]:
    with closing(db.connect(watched.folder / "test.db", readonly=True)) as connection:
        return connection.execute(sql, values).fetchall()


def outcomes(watched: Watched, name: str) -> list[str]:
    """Of the looks at an article, in order."""
    rows = query(
        watched,
        "SELECT outcome FROM looks JOIN articles ON articles.id = article_id WHERE title = ? ORDER BY looks.id",
        title_of(name),
    )
    return [row["outcome"] for row in rows]


def events(watched: Watched, name: str) -> list[tuple[str, dict]]:
    rows = query(
        watched,
        """
        SELECT event, detail FROM article_events JOIN articles ON articles.id = article_id
        WHERE title = ? ORDER BY article_events.id
        """,
        title_of(name),
    )
    return [(row["event"], json.loads(row["detail"])) for row in rows]


def article(watched: Watched, name: str) -> sqlite3.Row:
    (row,) = query(watched, "SELECT * FROM articles WHERE title = ?", title_of(name))
    return row


def test_each_matching_article_is_looked_at_in_each_crawl(watched):
    assert [done.code for done in watched.done] == [0, 1, 1, 1], watched.done  # the other host's feed is gone
    looked = [sum(line["looked"] for line in done.json["lines"]) for done in watched.done]

    assert looked[0] == 0
    assert looked[1] == len(NAMES) + 1


def test_an_edit_that_the_page_owns_up_to_is_no_silent_one(watched):
    rows = query(
        watched,
        """
        SELECT title_after.title AS name, revisions.* FROM revisions
        JOIN articles AS title_after ON title_after.id = article_id WHERE number > 1
        """,
    )

    found = {row["name"]: row for row in rows}
    assert set(found) == {title_of("silent"), title_of("owned")}
    assert (found[title_of("silent")]["silent"], found[title_of("owned")]["silent"]) == (1, 0)
    assert "ministers resigned" in found[title_of("silent")]["added"]
    assert "committee of silent met" in found[title_of("silent")]["removed"]
    assert "money had been paid" in found[title_of("owned")]["added"]
    assert found[title_of("owned")]["removed"] == ""


def test_what_was_taken_out_is_found_again(watched):
    removed = run_here("search", "--removed", '"committee of silent"', "--json", folder=watched.folder)
    added = run_here("search", "--added", "money", "--since", "2020-01-01", "--json", folder=watched.folder)

    assert title_of("silent") in removed.out
    assert title_of("owned") in added.out
    assert title_of("owned") not in removed.out


@pytest.mark.parametrize(
    ("name", "reason"), [("gone", "http_410"), ("soft", "not_found"), ("front", "front_page")]
)
def test_two_looks_and_a_living_neighbour_make_a_removal(watched, name, reason):
    assert outcomes(watched, name)[:2] == ["absent", "deleted"]
    ((event, detail),) = events(watched, name)
    assert event == "deleted"
    assert [look["reason"] for look in detail["looks"]] == [reason, reason]
    assert detail["neighbour"]["url"].startswith("http://127.0.0.1:")
    assert article(watched, name)["state"] == "deleted"


def test_what_was_removed_keeps_its_text_and_its_match(watched):
    (row,) = query(
        watched,
        """
        SELECT text, (SELECT count(*) FROM matches WHERE matches.article_id = articles.id) AS matches
        FROM articles JOIN article_texts ON article_texts.article_id = articles.id WHERE title = ?
        """,
        title_of("gone"),
    )

    assert "committee of gone met" in row["text"]
    assert row["matches"] == 1


def test_an_article_that_is_there_again_returns(watched):
    assert outcomes(watched, "back") == ["absent", "deleted", "unchanged"]
    assert [event for event, _ in events(watched, "back")] == ["deleted", "returned"]
    assert article(watched, "back")["state"] == "live"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("noisy", "unchanged"), ("still", "not_modified"), ("walled", "wall"), ("teaser", "wall"),
        ("odd", "failed"), ("lost", "failed"),
    ],
)  # fmt: skip
def test_what_says_nothing_of_the_text_makes_no_revision_and_no_removal(watched, name, expected):
    assert set(outcomes(watched, name)) == {expected}
    assert events(watched, name) == []
    assert article(watched, name)["state"] == "live"
    assert article(watched, name)["revisions"] == 0


def test_an_address_with_another_story_has_two_articles(watched):
    assert outcomes(watched, "reused") == ["replaced"]
    assert article(watched, "reused")["state"] != "deleted"
    assert query(watched, "SELECT 1 FROM articles WHERE title = ?", FLOOD)


def test_an_article_that_moved_is_followed(watched):
    assert [event for event, _ in events(watched, "moved")] == ["moved"]
    assert article(watched, "moved")["state"] == "live"


def test_a_page_that_has_not_changed_is_asked_for_by_its_validator(watched):
    (head,) = (head for head in watched.heads if head.startswith("GET /still "))

    assert 'if-none-match: "one"' in head.lower()


def test_each_revision_has_its_page_as_evidence(watched):
    kept = query(
        watched,
        """
        SELECT title, count(*) AS pages, count(DISTINCT sha256) AS bodies
        FROM pages JOIN articles ON articles.id = article_id GROUP BY title
        """,
    )

    pages = {row["title"]: (row["pages"], row["bodies"]) for row in kept}
    assert pages[title_of("silent")] == (2, 2)
    assert pages[title_of("still")][1] == 1


def test_a_budget_of_none_looks_at_nothing(watched, tmp_path):
    for file in ("test.db", "seedwatch.toml"):
        shutil.copy(watched.folder / file, tmp_path)
    settings = tmp_path / "seedwatch.toml"
    settings.write_text(
        settings.read_text().replace("keep_pages = true", "second_looks_per_source_per_day = 0")
    )

    done = crawl(tmp_path, 24 * 20)

    assert sum(line["looked"] for line in done.json["lines"]) == 0
