"""A site made by scripts, from its front page to its articles, by the system's Chromium; and one beside it."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crawler.browser.installed import missing
from storage import db
from tests.support.command_line import Done, run_here
from tests.support.outlets import feed, write_settings
from tests.support.servers import Answer, answer, redirect, serving
from tests.support.shared import once

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]
TOPIC = '\n[[topic]]\nname = "ferries"\nany = "ferry"\n'
SHELL = "<!doctype html><html><head><title>Harbour</title></head><body><div id=root></div><script src=/app.js></script>"
APP = """
const path = location.pathname;
fetch('/data' + path + '.json', {headers: {'X-Asked': 'app'}}).then(r => r.json()).then(data => {
  document.title = data.title;
  document.getElementById('root').innerHTML = data.html;
});
new Image().src = '/pixel.png';
fetch('/private/reader');
"""
TEXT = (
    "The ferry {number} left the quay at noon with nine wagons, the harbour master said on Friday. Customs officers "
    "had opened every one of them before, and found timber. A second ferry is expected on Monday, if the wind allows."
)


def page(title: str, html: str) -> bytes:
    return answer(json.dumps({"title": title, "html": html}).encode(), Content_Type="application/json")


def article(number: int) -> bytes:
    text = TEXT.format(number=number)
    return page(
        f"Ferry {number} leaves",
        f"<article><h1>Ferry {number} leaves</h1><p>{text}</p><p>{text[::-1]}</p></article>",
    )


def site() -> dict[str, Answer]:
    links = "".join(
        f"<li><h2><a href='/news/ferry-leaves-{n}'>Ferry {n} leaves the quay</a></h2></li>"
        for n in range(1, 4)
    )
    routes: dict[str, Answer] = {
        "/app.js": answer(APP.encode(), Content_Type="text/javascript"),
        "/front": answer(SHELL.encode(), Set_Cookie="seen=1"),
        "/other": answer(SHELL.encode()),
        "/data/other.json": page("Harbour", f"<ul>{links}</ul>"),
        "/data/front.json": page("Harbour", f"<ul>{links}</ul>"),
    }
    for number in range(1, 4):
        routes[f"/news/ferry-leaves-{number}"] = answer(SHELL.encode(), ETag='"shell"')
        routes[f"/data/news/ferry-leaves-{number}.json"] = article(number)
    routes["/news/ferry-leaves-2"] = answer(b"<script>location = '/news/moved'</script>")
    routes["/news/moved"] = redirect("/news/ferry-leaves-1?moved")
    routes["/news/ferry-leaves-1?moved"] = answer(SHELL.encode())
    routes["/robots.txt"] = answer(
        b"User-agent: *\nDisallow: /news/ferry-leaves-3\nDisallow: /private/\n", Content_Type="text/plain"
    )
    return routes


class World:
    def __init__(self) -> None:
        self.done: dict[str, Done] = {}
        self.hits: list[str] = []
        self.heads: list[str] = []
        self.links: dict[str, tuple[str, str]] = {}
        self.articles: list[dict[str, Any]] = []
        self.settings = ""


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    return once(tmp_path_factory, "browser-pages", crawl)


def crawl(folder: Path) -> World:
    world, shells = World(), {f"/shell-{number}": answer(SHELL.encode()) for number in range(4)}
    routes: dict[str, Answer] = {}
    with serving(routes) as server, serving(shells) as plain:
        routes |= site()
        shells["/feed"] = feed({f"Ferry {number}": plain.url(f"/shell-{number}") for number in range(4)})
        sources: list[dict[str, object]] = [
            {
                "name": "made-by-scripts",
                "sections": [server.url("/front")],
                "browser": True,
                "headers": ["X-Key: mine"],
            },
            {"name": "not-told", "feeds": [plain.url("/feed")]},
        ]
        write_settings(folder, sources, [server.place, plain.place], more=TOPIC)
        adding = ("sources", "add", server.url("/other"), "--browser", "--name", "added", "--json")
        world.done["added"] = run_here(*adding, folder=folder)
        world.settings = (folder / "seedwatch.toml").read_text()
        server.hits.clear()
        server.heads.clear()
        world.done["crawl"] = run_here("crawl", folder=folder)
        world.done["status"] = run_here("status", folder=folder)
        world.hits, world.heads = list(server.hits), list(server.heads)
    with closing(db.connect(folder / "test.db", readonly=True)) as connection:
        world.links = {
            row["url"].rpartition("/")[2]: (row["state"], row["reason"] or "")
            for row in connection.execute("SELECT url, state, reason FROM links")
        }
        world.articles = [dict(row) for row in connection.execute("SELECT * FROM articles ORDER BY id")]
    return world


def test_front_page_and_articles_are_read_as_their_scripts_make_them(world):
    assert world.done["crawl"].code == 0, world.done["crawl"].err
    assert world.links["ferry-leaves-1"] == ("fetched", ""), world.links
    assert "Ferry 1 leaves" in [row["title"] for row in world.articles]


def test_such_a_site_is_added_in_one_line(world):
    added = world.done["added"]
    assert added.code == 0, added.err
    assert [found["kind"] for found in added.json["found"] if found["use"]] == ["section"]
    assert added.json["reading"]["words"] > 30, added.json
    assert "browser = true" in world.settings.partition('name = "added"')[2]


def test_each_page_is_fetched_once_and_what_is_not_needed_never(world):
    assert world.hits.count("/front") == 1
    assert world.hits.count("/news/ferry-leaves-1") == 1
    assert "/pixel.png" not in world.hits
    assert "/private/reader" not in world.hits
    assert world.hits.count("/robots.txt") == 1


def test_the_users_headers_go_to_the_pages_own_domain_with_its_requests(world):
    asked = [head for head in world.heads if head.startswith("GET /data/front.json")]
    assert asked
    assert all("X-Key: mine" in head and "seedwatch/" in head for head in asked), asked


def test_robots_txt_rules_pages_and_where_their_scripts_lead(world):
    assert world.links["ferry-leaves-3"] == ("blocked", "robots")
    assert "/news/ferry-leaves-3" not in world.hits
    assert "/news/moved" in world.hits


def test_validators_of_the_empty_page_are_not_kept(world):
    assert '"shell"' not in repr(world.articles)


def test_a_site_that_is_not_told_is_proposed_and_not_switched(world):
    assert world.links["shell-0"] == ("not_article", "needs_browser")
    assert "not-told" in world.done["status"].out
    assert "`browser = true`" in world.done["status"].out
