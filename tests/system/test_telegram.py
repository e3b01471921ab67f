"""A channel of Telegram from its address to its deleted post, against a local server in the form of the preview."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import clock
from storage import db
from tests.support import warm_crawls
from tests.support.command_line import Done, run_here
from tests.support.outlets import write_settings
from tests.support.servers import Answer, FaultServer, answer, serving
from tests.support.shared import once
from tests.support.telegram import NO_PREVIEW, Message, preview, served

TOPIC = '\n[[topic]]\nname = "ferries"\nany = "ferry"\n'
OLD = [
    Message(number, f"Old ferry number {number} has left the quay.", "2025-03-01T06:00:00+00:00")
    for number in (1, 2)
]
AT = (clock.system_now() - timedelta(hours=2)).replace(microsecond=0).isoformat()
NEW = [
    Message(3, "Ferry three leaves the harbour at noon.", AT),
    Message(4, "Ferry four leaves the harbour at night, says the pilot.", AT),
    Message(5, "Ferry five waits for wagons from the north.", AT, forwarded_from="Quay watch"),
]


def number_of(row: dict[str, object]) -> str:
    """The number of the post that a row is of."""
    return str(row["url"]).rpartition("/")[2]


class Channel:
    """What a channel became, step by step."""

    def __init__(self, folder: Path, server: FaultServer) -> None:
        self.folder, self.home = folder, server.url("/s/harbour")
        self.done: dict[str, Done] = {}
        self.hits: dict[str, list[str]] = {}
        self.rows: dict[str, list[dict[str, object]]] = {}

    def query(self, sql: str) -> list[dict[str, object]]:
        with closing(db.connect(self.folder / "test.db", readonly=True)) as connection:
            return [dict(row) for row in connection.execute(sql)]


@pytest.fixture(scope="module")
def channel(tmp_path_factory) -> Channel:
    return once(tmp_path_factory, "telegram", follow)


def follow(folder: Path) -> Channel:
    newest = preview(NEW, before=3)
    routes: dict[str, Answer] = {
        "/s/harbour": served(newest),
        "/s/harbour?before=3": served(preview(OLD)),
        "/s/closed": served(NO_PREVIEW),
    }
    with serving(routes) as server:
        write_settings(folder, [], [server.place], more=TOPIC)
        made = Channel(folder, server)
        step(made, server, "added", "sources", "add", made.home, "--name", "harbour", "--json")
        step(made, server, "closed", "sources", "add", server.url("/s/closed"), "--name", "closed")
        step(made, server, "crawled", "crawl")
        step(made, server, "past", "crawl", "harbour", "--since", "2020-01-01")
        edited = Message(4, "Ferry four leaves the harbour at night, says the captain.", AT, is_edited=True)
        after = [NEW[0], edited]
        routes |= {f"/s/harbour/{number}": served(preview(after)) for number in range(1, 6)}
        routes["/s/harbour"] = answer(b"", 304)
        with closing(db.connect(folder / "test.db")) as connection:
            connection.execute(
                "UPDATE watches SET due_at = '2026-01-01T00:00:00+00:00' WHERE due_at IS NOT NULL"
            )
            connection.commit()
        made.done["looked"] = warm_crawls.crawl("harbour", folder=folder)
        made.rows["looks"] = made.query(
            "SELECT articles.url, outcome, reason FROM looks JOIN articles ON articles.id = article_id"
        )
        made.rows["articles"] = made.query(
            "SELECT articles.*, text FROM articles JOIN article_texts ON article_id = articles.id"
        )
    return made


def step(made: Channel, server: FaultServer, name: str, *arguments: str) -> None:
    before = len(server.hits)
    made.done[name] = run_here(*arguments, folder=made.folder)
    made.hits[name] = [path for path in server.hits[before:] if path != "/robots.txt"]


def test_channel_is_added_by_its_preview_and_one_post_is_told(channel):
    added = channel.done["added"]

    assert added.code == 0, added.err
    (found,) = added.json["found"]
    assert (found["kind"], found["entries"]) == ("feed", 3)
    assert added.json["reading"]["title"] == NEW[2].text
    assert channel.hits["added"] == ["/s/harbour"]


def test_channel_without_a_preview_is_not_added(channel):
    assert channel.done["closed"].code == 2
    assert "nothing was added" in channel.done["closed"].err


def test_posts_are_kept_without_a_request_for_each(channel):
    assert channel.done["crawled"].code == 0
    assert channel.hits["crawled"] == ["/s/harbour"]
    kept = {number_of(row): row for row in channel.rows["articles"]}
    assert kept["5"]["authors"] == "Quay watch"
    assert (kept["3"]["published_at"], kept["3"]["published_precision"]) == (
        AT,
        "second",
    )


def test_past_is_paged_and_read_without_a_request_for_each_post(channel):
    assert channel.done["past"].code == 0, channel.done["past"].err
    assert [path for path in channel.hits["past"] if "sitemap" not in path] == [
        "/s/harbour",
        "/s/harbour?before=3",
    ]
    assert {number_of(row) for row in channel.rows["articles"]} == {"1", "2", "3", "4", "5"}


def test_second_looks_see_an_edit_and_a_post_that_is_gone(channel):
    looks = {number_of(row): (row["outcome"], row["reason"]) for row in channel.rows["looks"]}

    assert looks["3"] == ("unchanged", None)
    assert looks["4"] == ("revised", None)
    assert looks["5"] == ("absent", "not_found")
    kept = {number_of(row): row for row in channel.rows["articles"]}
    assert str(kept["4"]["text"]).endswith("says the captain.\n[edited]")
